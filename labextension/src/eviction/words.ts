import { IPoolStatus } from '../api/wire';
import { modelsInMemory } from '../pool/known';
import { gigabytes } from '../words/bytes';
import { evictable, whyItStays } from './free';

/** What evicting all of these would do, in words: who goes, and who stays. */
export function evictAllWords(status: IPoolStatus): string {
  const going = evictable(status);
  const staying = modelsInMemory(status).filter(id => !going.includes(id));
  const freed = going.reduce((sum, id) => sum + status.models[id].memory_used_gb, 0);
  const leave =
    going.length > 0
      ? `${going.join(', ')} will leave, which frees ${gigabytes(freed)}.`
      : 'None will leave.';
  const stay = staying.map(id => `${id} (${whyItStays(status.models[id])})`).join(', ');
  return stay === '' ? leave : `${leave} What is pinned, in use or loading stays: ${stay}.`;
}
