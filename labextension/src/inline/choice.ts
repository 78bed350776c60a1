import { IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';
import { IInlineSettings } from './settings';

/**
 * Which model completes, or null for none. One that is not loaded only where the user has named it
 * and lets it be loaded. A name that the pool does not list may be an alias of the server's.
 */
export function chosenModel(state: PoolState, settings: IInlineSettings): string | null {
  if (state.kind !== 'known') {
    return null;
  }
  const { model, mayLoad } = settings;
  if (model === '') {
    return lastUsed(state.status);
  }
  const named = state.status.models[model];
  return named === undefined || named.status === 'running' || mayLoad ? model : null;
}

function lastUsed({ models }: IPoolStatus): string | null {
  const ready = Object.keys(models).filter(
    id => models[id].status === 'running' && models[id].kind === 'text'
  );
  ready.sort((one, other) => (models[other].last_used ?? 0) - (models[one].last_used ?? 0));
  return ready[0] ?? null;
}
