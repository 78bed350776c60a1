import { PoolError } from '../api/client';
import { loss } from '../panel/buttons';
import { mayEvict } from '../panel/confirm';
import { rowOf } from '../panel/row';
import { statusOf } from '../pool/known';
import { IMLXPool } from '../tokens';

const IN_USE = 409;
const IN_USE_NOW = 'It has begun to answer a request, which will fail.';

/**
 * Evicts it. Asks first where it is pinned or in use, if that is wished; false where the user would
 * rather not. Rejects as the pool does.
 */
export async function evict(pool: IMLXPool, model: string): Promise<boolean> {
  const known = statusOf(pool.state)?.models[model];
  const row = known ? rowOf(model, known) : null;
  if (row && !(await isMeant(pool, model, loss(row)))) {
    return false;
  }
  try {
    await pool.evict(model, row !== null && (row.requests > 0 || row.status === 'loading'));
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

async function isMeant(pool: IMLXPool, model: string, lost: string): Promise<boolean> {
  return lost === '' || !pool.preferences.confirmEvict || mayEvict(model, lost);
}
