import { tellDone, tellFailed } from '../notice/notice';
import { IMLXPool } from '../tokens';
import { evict } from './evict';

/** Evicts it as `evict` does, and tells how it went. Resolves to whether it is gone. */
export async function evictAndTell(pool: IMLXPool, model: string): Promise<boolean> {
  try {
    const isGone = await evict(pool, model);
    if (isGone) {
      tellDone(`${model} is evicted`);
    }
    return isGone;
  } catch (error) {
    tellFailed(`${model} was not evicted`, error);
    return false;
  }
}

/** Evicts all that are neither pinned nor in use, and tells which; resolves to those. */
export async function evictUnpinnedAndTell(pool: IMLXPool): Promise<string[]> {
  try {
    const gone = await pool.evictUnpinned();
    tellDone(gone.length > 0 ? `Evicted ${gone.join(', ')}` : 'No model was free to be evicted');
    return gone;
  } catch (error) {
    tellFailed('Not all models were evicted', error);
    return [];
  }
}
