import { IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';

const BUSY_SECONDS = 1;
const FIRST_RETRY_SECONDS = 1;
/** Who was away for a minute is found again in half a minute at most. */
const GROWTH = 1.5;
const LAST_RETRY_SECONDS = 300;

/**
 * How long until the next look at the pool, in seconds; Infinity for none.
 *
 * `failures` is how many looks in a row had no answer: each makes it half as long again, up to
 * five minutes.
 */
export function untilNextLook(state: PoolState, failures: number, idleSeconds: number): number {
  if (failures > 0) {
    return Math.min(FIRST_RETRY_SECONDS * GROWTH ** (failures - 1), LAST_RETRY_SECONDS);
  }
  if (state.kind === 'missing') {
    return Infinity;
  }
  return state.kind === 'known' && isBusy(state.status) ? BUSY_SECONDS : idleSeconds;
}

function isBusy(status: IPoolStatus): boolean {
  return Object.values(status.models).some(model => model.in_use || model.status === 'loading');
}
