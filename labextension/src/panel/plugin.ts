import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { CommandIds, IMLXPool, pluginId } from '../tokens';
import { mlxIcon } from './icon';
import { Sidebar } from './sidebar';

const RANK = 900;

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('panel'),
  description: 'Shows the pool of local models in the right sidebar.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, pool: IMLXPool, restorer: ILayoutRestorer | null): void => {
    const panel = new Sidebar(pool, app.restored);
    app.shell.add(panel, 'right', { rank: RANK, type: 'MLX' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIds.openPanel, {
      label: 'Show MLX Models',
      caption: 'What the pool of local models holds, with buttons to change it',
      icon: mlxIcon,
      describedBy: { args: ARGUMENTS },
      execute: async args => {
        app.shell.activateById(panel.id);
        // A palette that closes gives the focus to the document.
        await new Promise(requestAnimationFrame);
        app.shell.activateById(panel.id);
        if (typeof args.ask === 'string') {
          panel.ask(args.ask);
        } else if (args.load) {
          panel.focusLoad();
        }
      }
    });
  }
};

const ARGUMENTS = {
  type: 'object',
  properties: {
    ask: { type: 'string', description: 'The model to put a question to' },
    load: { type: 'boolean', description: 'Go to the choice of a model to load' }
  }
};

export default plugin;
