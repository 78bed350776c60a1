import { IModelStatus, IProgress } from '../api/wire';
import { gigabytes } from './bytes';

const USER = 'user';
const SHORT = 8;

/** Where it is on its way into memory: `loaded`, `loading 40 %`, `downloading 3 %`, `failed`. */
export function stateOf(model: IModelStatus): string {
  if (model.status === 'running') {
    return 'loaded';
  }
  if (model.status !== 'loading') {
    return model.status;
  }
  const verb = model.progress?.stage === 'download' ? 'downloading' : 'loading';
  return model.progress ? `${verb} ${percentDone(model.progress)} %` : verb;
}

export function percentDone(progress: IProgress): number {
  const share = progress.total_bytes > 0 ? progress.done_bytes / progress.total_bytes : 0;
  return Math.floor(100 * Math.min(share, 1));
}

/** What it takes in memory, or will take: `4.24 MB`. */
export function sizeOf(model: IModelStatus): string {
  return gigabytes(model.memory_used_gb || model.size_gb);
}

/** `you`, `kernel 1a2b3c4d`. */
export function pinners(model: IModelStatus): string {
  return model.pinned_by
    .map(name => (name === USER ? 'you' : `kernel ${name.slice(0, SHORT)}`))
    .join(', ');
}

/** `1 request`, `2 requests`; a model in use has at least one. */
export function requests(model: IModelStatus): string {
  const count = model.requests || 1;
  return count === 1 ? '1 request' : `${count} requests`;
}
