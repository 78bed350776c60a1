import { IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';

/** What the pool says now; null where it says nothing. */
export function statusOf(state: PoolState): IPoolStatus | null {
  return state.kind === 'known' ? state.status : null;
}

/** Those that hold memory: loaded, and loading. */
export function modelsInMemory(status: IPoolStatus): string[] {
  return Object.entries(status.models)
    .filter(([, model]) => model.status === 'running' || model.status === 'loading')
    .map(([id]) => id);
}
