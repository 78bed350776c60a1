import { IPoolStatus } from '../api/wire';
import { modelsInMemory } from '../pool/known';
import { gigabytes, inGigabytes } from './bytes';

/** Less is not worth a number of gigabytes. */
const SMALL_GB = 0.1;

/** The pool in a few words: `MLX 11.2 / 24 GB · 3 models`. */
export function headline(status: IPoolStatus): string {
  return `${budget(status)} · ${models(status)}`;
}

/** What is used, and of what: `MLX 11.2 / 24 GB`, `MLX 3.53 MB / 24 GB`. */
export function budget({ memory }: IPoolStatus): string {
  const { used_gb, limit_gb } = memory;
  const used = used_gb > 0 && used_gb < SMALL_GB ? gigabytes(used_gb) : inGigabytes(used_gb);
  const limit = limit_gb < SMALL_GB ? gigabytes(limit_gb) : `${inGigabytes(limit_gb)} GB`;
  return `MLX ${used} / ${limit}`;
}

/** How much of the budget is used, in percent and rounded down; 100 where it is overdrawn. */
export function percentUsed(status: IPoolStatus): number {
  const { used_gb, limit_gb } = status.memory;
  return limit_gb > 0 ? Math.min(100, Math.floor((100 * used_gb) / limit_gb)) : 0;
}

function models(status: IPoolStatus): string {
  const count = modelsInMemory(status).length;
  return count === 1 ? '1 model' : `${count} models`;
}
