import { JupyterFrontEnd } from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { statusOf } from '../pool/known';
import { CommandIds, IMLXPool } from '../tokens';
import { argumentsOf, flag, words } from './arguments';
import { chatCell, explainCell, LOAD_EXTENSION, loadsMagics } from './cells';
import {
  codeCell,
  codeCells,
  editActive,
  hasFailed,
  insertBelow,
  isWritable,
  run
} from './notebook';

const MODEL = { type: 'string', description: 'The id of the model; the default one without it.' };
const ERRORS =
  '.jp-CodeCell .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]';

/** The commands that put cells into the notebook the user is in. */
export function addCellCommands(
  app: JupyterFrontEnd,
  pool: IMLXPool,
  tracker: INotebookTracker
): string[] {
  const panel = (): NotebookPanel | null => {
    const { currentWidget } = tracker;
    const isThere = currentWidget !== null && currentWidget === app.shell.currentWidget;
    return isThere && statusOf(pool.state) && isWritable(currentWidget) ? currentWidget : null;
  };
  const canExplain = (): boolean => panel() !== null && hasFailed(tracker.activeCell);
  app.commands.addCommand(CommandIds.insertChatCell, {
    label: 'Insert Chat Cell',
    caption: 'A cell below this one that asks a local model',
    describedBy: argumentsOf({
      model: MODEL,
      text: { type: 'string', description: 'The question, or its beginning.' }
    }),
    isEnabled: () => panel() !== null,
    execute: args => insertChat(panel(), chatCell(words(args.model), words(args.text) ?? ''))
  });
  app.commands.addCommand(CommandIds.explainError, {
    label: 'Explain Error with a Local Model',
    caption: 'Ask a local model why this cell failed, in a cell below it',
    describedBy: argumentsOf({
      model: MODEL,
      run: { type: 'boolean', description: 'Whether it is asked at once; true by default.' }
    }),
    isEnabled: canExplain,
    // On another output than an error's the context menu has nothing to offer.
    isVisible: args => args.isMenu !== true || canExplain(),
    execute: args => explain(panel(), words(args.model), flag(args.run, true))
  });
  const args = { isMenu: true };
  app.contextMenu.addItem({ command: CommandIds.explainError, args, selector: ERRORS, rank: 0 });
  return [CommandIds.insertChatCell, CommandIds.explainError];
}

async function insertChat(panel: NotebookPanel | null, source: string): Promise<void> {
  if (panel === null) {
    return;
  }
  const before = missing(panel);
  const cells = insertBelow(panel, [...before, source]);
  void run(panel, cells.slice(0, before.length));
  await editActive(panel);
}

async function explain(
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
