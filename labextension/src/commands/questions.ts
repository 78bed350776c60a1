import { NotebookPanel } from '@jupyterlab/notebook';

import { chatCell, explainCell, LOAD_EXTENSION, loadsMagics } from './cells';
import { codeCell } from './codecell';
import { codeCells, editActive, insertBelow, run } from './notebook';

/** Puts a cell below the active one in which the user goes on writing a question. */
export async function insertChat(
  panel: NotebookPanel | null,
  model: string | null,
  text: string
): Promise<void> {
  if (panel === null) {
    return;
  }
  const before = missing(panel);
  const cells = insertBelow(panel, [...before, chatCell(model, text)]);
  void run(panel, cells.slice(0, before.length));
  await editActive(panel);
}

/** Puts a cell below the active one that asks why that one failed; runs it if `isAsked`. */
export async function explain(
  panel: NotebookPanel | null,
  model: string | null,
  isAsked: boolean
): Promise<void> {
  const active = panel?.content.activeCell;
  const failed = active ? codeCell(active) : null;
  if (!panel || !failed?.error) {
    return;
  }
  const question = explainCell(failed, codeCells(panel.content), model);
  const cells = insertBelow(panel, [...missing(panel), question]);
  if (isAsked) {
    await run(panel, cells);
  }
}

/** What has to be run before the magics are there. */
function missing({ content }: NotebookPanel): string[] {
  return loadsMagics(codeCells(content)) ? [] : [LOAD_EXTENSION];
}
