import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IMLXPool, pluginId } from '../tokens';

const plugin: JupyterFrontEndPlugin<IMLXPool> = {
  id: pluginId('pool'),
  description: 'Knows the pool of local models, and follows it.',
  autoStart: true,
  provides: IMLXPool,
  activate: (_app: JupyterFrontEnd): IMLXPool => {
    throw new Error('not yet');
  }
};

export default plugin;
