import { IPoolStatus } from '../api/wire';
import { IRow, rowOf } from '../panel/row';
import { modelsInMemory } from '../pool/known';
import { marks } from '../words/short';

/**
 * A model beside the kernels: its id, `pinned · 4.24 MB`, of which a narrow list shows the
 * beginning, and what the mouse is told.
 */
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
  const rows = modelsInMemory(status).map(id => rowOf(id, status.models[id]));
  return rows.filter(row => row !== null).map(shown);
}

function shown(row: IRow): IRunningModel {
  const { model, kind, size, state, facts } = row;
  const detail = [...marks(row), size].join(' · ');
  return { model, detail, title: [model, kind, size, state, ...facts].join('\n') };
}
