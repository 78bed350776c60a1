import { IModelStatus, IPoolStatus } from '../api/wire';
import { gigabytes } from '../words/bytes';
import { modelsInMemory } from '../words/headline';
import { pinners, requests } from '../words/model';

/** What an eviction now would take from someone, in a sentence; null where it is nothing. */
export function lossOf(model: IModelStatus): string | null {
  const losses: string[] = [];
  if (model.pinned) {
    losses.push(`It is pinned by ${pinners(model) || 'someone'}.`);
  }
  if (model.in_use) {
    losses.push(`It is answering ${requests(model)}, which will fail.`);
  }
  return losses.length > 0 ? losses.join(' ') : null;
}

/** Those that may go without loss to anyone. */
export function evictable(status: IPoolStatus | null): string[] {
  if (status === null) {
    return [];
  }
  return modelsInMemory(status).filter(id => {
    const model = status.models[id];
    return model.status === 'running' && lossOf(model) === null;
  });
}

/** What evicting all that may go would do: who goes, and who stays. */
export function evictAllWords(status: IPoolStatus): string {
  const going = evictable(status);
  const staying = modelsInMemory(status).filter(id => !going.includes(id));
  const freed = going.reduce((sum, id) => sum + status.models[id].memory_used_gb, 0);
  const sentences = [
    going.length > 0
      ? `${going.join(', ')} will leave, which frees ${gigabytes(freed)}.`
      : 'None will leave.'
  ];
  if (staying.length > 0) {
    const said = staying.map(id => `${id} (${why(status.models[id])})`);
    sentences.push(`What is pinned, in use or loading stays: ${said.join(', ')}.`);
  }
  return sentences.join(' ');
}

function why(model: IModelStatus): string {
  if (model.status === 'loading') {
    return 'loading';
  }
  return model.pinned ? 'pinned' : 'in use';
}
