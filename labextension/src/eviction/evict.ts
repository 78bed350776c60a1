import { Dialog, showDialog } from '@jupyterlab/apputils';

import { PoolError } from '../api/client';
import { IMLXPool } from '../tokens';
import { statusOf } from '../pool/known';
import { lossOf } from './loss';

const IN_USE = 409;
const IN_USE_NOW = 'It has begun to answer a request, which will fail.';

/**
 * Evicts it. Asks first where it is pinned or in use, if that is wished; false where the user would
 * rather not. Rejects as the pool does.
 */
export async function evict(pool: IMLXPool, model: string): Promise<boolean> {
  const known = statusOf(pool.state)?.models[model];
  const loss = known ? lossOf(known) : null;
  if (loss !== null && !(await isMeant(pool, model, loss))) {
    return false;
  }
  try {
    await pool.evict(model, known?.in_use ?? false);
    return true;
  } catch (error) {
    // A request came between the look and the click.
    if (!(error instanceof PoolError) || error.status !== IN_USE) {
      throw error;
    }
  }
  if (!(await isMeant(pool, model, IN_USE_NOW))) {
    return false;
  }
  await pool.evict(model, true);
  return true;
}

async function isMeant(pool: IMLXPool, model: string, loss: string): Promise<boolean> {
  if (!pool.preferences.confirmEvict) {
    return true;
  }
  const answer = await showDialog({
    title: `Evict ${model}?`,
    body: loss,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Evict' })]
  });
  return answer.button.accept;
}
