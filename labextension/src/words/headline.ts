import { IPoolStatus } from '../api/wire';
import { inGigabytes } from './bytes';

/** The pool in a few words: `MLX 11.2 / 24 GB · 3 models`. */
export function headline(status: IPoolStatus): string {
  const { used_gb, limit_gb } = status.memory;
  return `MLX ${inGigabytes(used_gb)} / ${inGigabytes(limit_gb)} GB · ${models(status)}`;
}

/** How much of the budget is used, in percent and rounded down; 100 where it is overdrawn. */
export function percentUsed(status: IPoolStatus): number {
  const { used_gb, limit_gb } = status.memory;
  return limit_gb > 0 ? Math.min(100, Math.floor((100 * used_gb) / limit_gb)) : 0;
}

/** Those that hold memory: loaded, and loading. */
export function modelsInMemory(status: IPoolStatus): string[] {
  return Object.entries(status.models)
    .filter(([, model]) => model.status === 'running' || model.status === 'loading')
    .map(([id]) => id);
}

function models(status: IPoolStatus): string {
  const count = modelsInMemory(status).length;
  return count === 1 ? '1 model' : `${count} models`;
}
