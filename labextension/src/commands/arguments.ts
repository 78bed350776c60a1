import { ReadonlyJSONObject } from '@lumino/coreutils';

/** What a command says of its arguments, as a JSON schema; none is required. */
export function argumentsOf(properties: ReadonlyJSONObject): { args: ReadonlyJSONObject } {
  return { args: { type: 'object', properties } };
}

/** Null for what is no text, or an empty one. */
export function words(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
