import { INotebookTracker } from '@jupyterlab/notebook';

import type { ICell } from './cells';

export type Cell = NonNullable<INotebookTracker['activeCell']>;

/** What is needed of a code cell's model. */
interface ICode {
  readonly executionCount: number | null;
  readonly outputs: {
    readonly length: number;
    get(index: number): { readonly type: string; toJSON(): object };
  };
}

interface IErrorOutput {
  readonly ename: string;
  readonly traceback: readonly string[];
}

const ERROR = 'error';
const STOPPED = 'KeyboardInterrupt';

/** Null for a cell that holds no code. */
export function codeCell({ model }: Cell): ICell | null {
  if (model.type !== 'code') {
    return null;
  }
  const { executionCount } = model as Cell['model'] & ICode;
  return { source: model.sharedModel.source, count: executionCount, error: errorOf(model) };
}

/** Did the cell end with an error, other than that it was stopped? */
export function hasFailed(cell: Cell | null): boolean {
  return cell !== null && cell.model.type === 'code' && errorOf(cell.model) !== null;
}

function errorOf(model: Cell['model']): readonly string[] | null {
  const { outputs } = model as Cell['model'] & ICode;
  const last = outputs.length > 0 ? outputs.get(outputs.length - 1) : null;
  if (last?.type !== ERROR) {
    return null;
  }
  const { ename, traceback } = last.toJSON() as IErrorOutput;
  return ename === STOPPED ? null : traceback;
}
