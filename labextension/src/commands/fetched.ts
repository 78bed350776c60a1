import { Notification } from '@jupyterlab/apputils';

import { inWords } from '../words/errors';

const SHOWN_MILLISECONDS = 10_000;

type Deeds = typeof import('./deeds');

/**
 * What the commands do: nobody needs it before the first of them is run. Null where it could not be
 * fetched, which the user is told; the next time it is tried again.
 */
export async function deeds(): Promise<Deeds | null> {
  try {
    return await import(/* webpackChunkName: "commands" */ './deeds');
  } catch (error) {
    Notification.error(`Nothing was done: ${inWords(error)}`, { autoClose: SHOWN_MILLISECONDS });
    return null;
  }
}
