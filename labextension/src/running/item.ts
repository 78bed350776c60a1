import { IModelStatus, IPoolStatus } from '../api/wire';
import { modelsInMemory } from '../words/headline';
import { pinners, requests, sizeOf, stateOf } from '../words/model';

/** A model beside the kernels: its id, `4.24 MB · pinned by you`, and what the mouse is told. */
export interface IRunningModel {
  readonly model: string;
  readonly detail: string;
  readonly title: string;
}

/** Those that hold memory, or are about to. */
export function runningModels(status: IPoolStatus | null): IRunningModel[] {
  if (status === null) {
    return [];
  }
  return modelsInMemory(status).map(model => shown(model, status.models[model]));
}

function shown(model: string, known: IModelStatus): IRunningModel {
  const facts = [sizeOf(known)];
  if (known.status === 'loading') {
    facts.push(stateOf(known));
  }
  if (known.pinned) {
    facts.push(`pinned by ${pinners(known)}`);
  }
  if (known.in_use) {
    facts.push(`in use by ${requests(known)}`);
  }
  return {
    model,
    detail: facts.join(' · '),
    title: `${model}\nKind: ${known.kind}\n${facts.join('\n')}`
  };
}
