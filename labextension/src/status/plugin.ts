import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';

import { CommandIds, IMLXPool, pluginId } from '../tokens';
import { StatusItem } from './item';

/** Beyond the items that speak of the document, towards the middle. */
const RANK = 100;

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('status'),
  description: 'The pool of local models in the status bar.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, pool: IMLXPool, statusBar: IStatusBar | null) => {
    if (statusBar === null) {
      return;
    }
    const item = new StatusItem(pool, () => {
      if (app.commands.hasCommand(CommandIds.openPanel)) {
        void app.commands.execute(CommandIds.openPanel);
      }
    });
    statusBar.registerStatusItem(plugin.id, {
      item,
      align: 'right',
      rank: RANK,
      isActive: () => item.isActive,
      activeStateChanged: item.activeChanged
    });
  }
};

export default plugin;
