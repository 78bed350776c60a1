import { IModelStatus, IPoolStatus } from '../api/wire';
import { modelsInMemory } from '../pool/known';

/** The models that may go without loss to anyone. */
export function evictable(status: IPoolStatus | null): string[] {
  if (status === null) {
    return [];
  }
  return modelsInMemory(status).filter(id => whyItStays(status.models[id]) === '');
}

/** Why it stays; empty where it need not. */
export function whyItStays({ status, pinned, in_use: inUse }: IModelStatus): string {
  if (status === 'loading') {
    return 'loading';
  }
  return pinned ? 'pinned' : inUse ? 'in use' : '';
}
