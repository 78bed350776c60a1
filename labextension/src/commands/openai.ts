/**
 * What a shell needs so that OpenAI's clients use the pool. The key is named, not written: a
 * clipboard is read by others, and a secret has no place in a notebook.
 */
export function openaiConfiguration(url: string): string {
  return [
    `export OPENAI_BASE_URL='${url}'`,
    "export OPENAI_API_KEY='<your Jupyter token>'",
    '# `jupyter server list` shows the token. On the machine of the server this sets both:',
    '# eval "$(python -m mlx_jupyter env)"',
    ''
  ].join('\n');
}
