import { ServerConnection } from '@jupyterlab/services';

import { PoolError } from '../api/client';

/** How Chromium, Firefox and Safari call a connection that ended in the middle of an answer. */
const CUT_OFF = ['network error', 'Error in input stream', 'Load failed'];

/** What went wrong, in one line for the user. */
export function inWords(error: unknown): string {
  if (isNetworkError(error)) {
    return 'The Jupyter server does not answer.';
  }
  if (error instanceof PoolError && error.status === 401) {
    return 'You are logged out of the Jupyter server: log in again and reload this page.';
  }
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\s+/).join(' ').trim() || 'It failed, and no reason is known.';
}

function isNetworkError(error: unknown): boolean {
  return (
    error instanceof ServerConnection.NetworkError ||
    (error instanceof TypeError && CUT_OFF.includes(error.message)) ||
    // A part of this extension that could not be fetched.
    (error instanceof Error && error.name === 'ChunkLoadError')
  );
}
