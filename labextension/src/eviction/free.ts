import { IModelStatus, IPoolStatus } from '../api/wire';
import { gigabytes } from '../words/bytes';
import { modelsInMemory } from '../words/headline';

/** The models that may go without loss to anyone. */
export function evictable(status: IPoolStatus | null): string[] {
  return status === null ? [] : modelsInMemory(status).filter(id => why(status.models[id]) === '');
}

/** What evicting all of these would do, in words: who goes, and who stays. */
export function evictAllWords(status: IPoolStatus): string {
  const going = evictable(status);
  const staying = modelsInMemory(status).filter(id => !going.includes(id));
  const freed = going.reduce((sum, id) => sum + status.models[id].memory_used_gb, 0);
  const leave =
    going.length > 0
      ? `${going.join(', ')} will leave, which frees ${gigabytes(freed)}.`
      : 'None will leave.';
  const stay = staying.map(id => `${id} (${why(status.models[id])})`).join(', ');
  return stay === '' ? leave : `${leave} What is pinned, in use or loading stays: ${stay}.`;
}

/** Why it stays; empty where it need not. */
function why({ status, pinned, in_use: inUse }: IModelStatus): string {
  if (status === 'loading') {
    return 'loading';
  }
  return pinned ? 'pinned' : inUse ? 'in use' : '';
}
