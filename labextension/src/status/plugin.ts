import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';

import { runOffered } from '../offered';
import { onceKnown } from '../pool/once-known';
import { CommandIds, IMLXPool, pluginId } from '../tokens';

/** Beyond the items that speak of the document, towards the middle. */
const RANK = 100;

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('status'),
  description: 'The pool of local models in the status bar.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, pool: IMLXPool, statusBar: IStatusBar | null) => {
    if (statusBar !== null) {
      onceKnown(pool, () => addItem(app, pool, statusBar));
    }
  }
};

async function addItem(app: JupyterFrontEnd, pool: IMLXPool, statusBar: IStatusBar): Promise<void> {
  const { StatusItem } = await import(/* webpackChunkName: "lists" */ './item');
  const item = new StatusItem(pool, () => runOffered(app, CommandIds.openPanel));
  statusBar.registerStatusItem(plugin.id, {
    item,
    align: 'right',
    rank: RANK,
    isActive: () => item.isActive,
    activeStateChanged: item.activeChanged
  });
}

export default plugin;
