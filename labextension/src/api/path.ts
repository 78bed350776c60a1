/** A part that a URL is shortened by: an absolute path begins with an empty one. */
const LOST = /(^|\/)\.{0,2}(\/|$)/;

/**
 * A model's id as the end of a URL. Ids hold slashes, which stay; they are encoded where the id
 * would be another one if the URL were made shorter: `/models/llama`, `./llama`.
 */
export function pathOf(model: string): string {
  const encoded = encodeURIComponent(model);
  return LOST.test(model) ? encoded : encoded.replaceAll('%2F', '/');
}
