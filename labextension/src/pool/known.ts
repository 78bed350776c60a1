import { IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';

/** What the pool says now; null where it says nothing. */
export function statusOf(state: PoolState): IPoolStatus | null {
  return state.kind === 'known' ? state.status : null;
}
