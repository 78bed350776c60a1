import { JupyterFrontEnd } from '@jupyterlab/application';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { flag } from '../flag';
import { statusOf } from '../pool/known';
import { CommandIds, IMLXPool } from '../tokens';
import { argumentsOf, words } from './arguments';
import { hasFailed } from './codecell';
import { deeds } from './fetched';

const PYTHON = /^(i?python[\d.]*)?$/i;
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
    execute: async args => {
      const notebook = panel();
      return (await deeds())?.insertChat(notebook, words(args.model), words(args.text) ?? '');
    }
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
    execute: async args => {
      const notebook = panel();
      return (await deeds())?.explain(notebook, words(args.model), flag(args.run, true));
    }
  });
  const args = { isMenu: true };
  app.contextMenu.addItem({ command: CommandIds.explainError, args, selector: ERRORS, rank: 0 });
  return [CommandIds.insertChatCell, CommandIds.explainError];
}

/** Whether cells may be put into it, and its kernel may know the magics. */
function isWritable({ model }: NotebookPanel): boolean {
  return model !== null && !model.readOnly && PYTHON.test(model.defaultKernelLanguage);
}
