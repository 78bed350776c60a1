import { ServerConnection } from '@jupyterlab/services';

/** What went wrong, in one line for the user. */
export function inWords(error: unknown): string {
  if (error instanceof ServerConnection.NetworkError) {
    return 'The Jupyter server does not answer.';
  }
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\s+/).join(' ').trim() || 'It failed, and no reason is known.';
}
