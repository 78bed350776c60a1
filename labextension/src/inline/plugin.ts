import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICompletionProviderManager } from '@jupyterlab/completer';

import { IMLXPool, pluginId } from '../tokens';
import { InlineProvider } from './provider';

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('inline'),
  description: 'Offers inline completion of code by a local model; off until it is switched on.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [ICompletionProviderManager],
  activate: (
    _app: JupyterFrontEnd,
    pool: IMLXPool,
    completers: ICompletionProviderManager | null
  ): void => {
    // At once, and not later: JupyterLab makes the settings from those that it knows by then.
    completers?.registerInlineProvider(new InlineProvider(pool));
  }
};

export default plugin;
