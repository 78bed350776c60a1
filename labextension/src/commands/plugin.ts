import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';

import { CommandIds, IMLXPool, pluginId } from '../tokens';
import { addCellCommands } from './cell-commands';
import { addPoolCommands } from './pool-commands';

const CATEGORY = 'MLX';

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('commands'),
  description: 'Commands on the pool of local models, and on cells that ask them.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [ICommandPalette, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    pool: IMLXPool,
    palette: ICommandPalette | null,
    tracker: INotebookTracker | null
  ) => {
    const ids = [
      ...addPoolCommands(app.commands, pool),
      ...(tracker ? addCellCommands(app, pool, tracker) : [])
    ];
    const offered = [CommandIds.openPanel, ...ids];
    offered.forEach(command => palette?.addItem({ command, category: CATEGORY }));
    pool.changed.connect(() => ids.forEach(id => app.commands.notifyCommandChanged(id)));
  }
};

export default plugin;
