import { Notification, showErrorMessage } from '@jupyterlab/apputils';

import { inWords } from '../words/errors';

const SHORT_MILLISECONDS = 3_000;
const LONG_MILLISECONDS = 10_000;
/** JupyterLab cuts a notification off there. */
const MOST_LETTERS = 140;

export function tellDone(message: string): void {
  Notification.success(message, { autoClose: SHORT_MILLISECONDS });
}

/** `what` is what was tried: `demo/chat was not loaded`. */
export function tellFailed(what: string, error: unknown): void {
  Notification.error(...failure(what, error));
}

/** Tells that it goes on, and how it ended. Resolves to whether it succeeded. */
export async function tellDuring(
  pending: string,
  job: Promise<unknown>,
  done: string,
  failed: string
): Promise<boolean> {
  const id = Notification.emit(pending, 'in-progress', { autoClose: false });
  try {
    await job;
    Notification.update({ id, message: done, type: 'success', autoClose: SHORT_MILLISECONDS });
    return true;
  } catch (error) {
    const [message, options] = failure(failed, error);
    Notification.update({ id, message, type: 'error', ...options });
    return false;
  }
}

function failure(what: string, error: unknown): [string, Notification.IOptions<null>] {
  const why = inWords(error);
  const message = `${what}: ${why}`;
  const showAll = { label: 'Show all', callback: () => void showErrorMessage(what, why) };
  const actions = message.length > MOST_LETTERS ? [showAll] : [];
  return [message, { autoClose: LONG_MILLISECONDS, actions }];
}
