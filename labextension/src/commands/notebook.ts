import { INotebookTracker, Notebook, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

import { ICell } from './cells';

type Cell = NonNullable<INotebookTracker['activeCell']>;

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
const PYTHON = /^(i?python[\d.]*)?$/i;

/** Whether cells may be put into it, and its kernel may know the magics. */
export function isWritable({ model }: NotebookPanel): boolean {
  return model !== null && !model.readOnly && PYTHON.test(model.defaultKernelLanguage);
}

/** Its code cells. */
export function codeCells(notebook: Notebook): ICell[] {
  return notebook.widgets.map(codeCell).filter(cell => cell !== null);
}

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

/**
 * Puts cells below the active one; the last of them is active then, and one undo takes them away.
 * Returns the widgets of the cells.
 */
export function insertBelow({ content }: NotebookPanel, sources: readonly string[]): Cell[] {
  const at = content.activeCell ? content.activeCellIndex + 1 : 0;
  const cells = sources.map(source => ({ cell_type: 'code', source, metadata: { trusted: true } }));
  content.model?.sharedModel.insertCells(at, cells);
  content.activeCellIndex = at + cells.length - 1;
  content.deselectAll();
  return content.widgets.slice(at, at + cells.length);
}

/** Runs cells, if there is a kernel. Resolves to whether they succeeded. */
export async function run(panel: NotebookPanel, cells: readonly Cell[]): Promise<boolean> {
  const { content, sessionContext } = panel;
  const isThere = Boolean(sessionContext.session?.kernel);
  return isThere && (await NotebookActions.runCells(content, cells, sessionContext));
}

/** Lets the user write on at the end of the active cell. */
export async function editActive({ content }: NotebookPanel): Promise<void> {
  const cell = content.activeCell;
  await cell?.ready;
  // A palette that closes gives the focus to the cell, and with it the command mode.
  await new Promise(requestAnimationFrame);
  const end = cell?.editor?.getPositionAt(cell.model.sharedModel.source.length);
  if (end) {
    cell?.editor?.setCursorPosition(end);
  }
  content.mode = 'edit';
  content.activate();
}
