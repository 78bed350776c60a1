import { Notebook, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

import { ICell } from './cells';
import { Cell, codeCell } from './codecell';

/** Its code cells. */
export function codeCells(notebook: Notebook): ICell[] {
  return notebook.widgets.map(codeCell).filter(cell => cell !== null);
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
