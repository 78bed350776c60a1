import { IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';
import { IInlineSettings } from './settings';

/** A model that is loaded, or one that the user lets be loaded. */
export interface IChoice {
  readonly model: string;
  readonly isLoaded: boolean;
}

/** Which model completes, or null for none. */
export function choice(state: PoolState, settings: IInlineSettings): IChoice | null {
  if (state.kind !== 'known') {
    return null;
  }
  const { model, mayLoad } = settings;
  if (model === '') {
    return lastUsed(state.status);
  }
  const status = state.status.models[model]?.status;
  const isLoaded = status === 'running';
  return isLoaded || (mayLoad && status === 'unloaded') ? { model, isLoaded } : null;
}

function lastUsed({ models }: IPoolStatus): IChoice | null {
  const ready = Object.keys(models).filter(
    id => models[id].status === 'running' && models[id].kind === 'text'
  );
  ready.sort((one, other) => (models[other].last_used ?? 0) - (models[one].last_used ?? 0));
  return ready.length > 0 ? { model: ready[0], isLoaded: true } : null;
}
