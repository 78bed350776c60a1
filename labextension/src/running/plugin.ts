import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';

import { runOffered } from '../offered';
import { onceKnown } from '../pool/once-known';
import { CommandIds, IMLXPool, pluginId } from '../tokens';
import type { IVerbs } from './manager';

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('running'),
  description: 'The models of the pool in the list of what runs, beside the kernels.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [IRunningSessionManagers],
  activate: (app: JupyterFrontEnd, pool: IMLXPool, managers: IRunningSessionManagers | null) => {
    if (managers !== null) {
      onceKnown(pool, async () => {
        const { RunningModels } = await import(/* webpackChunkName: "lists" */ './manager');
        managers.add(new RunningModels(pool, verbsOf(app)));
      });
    }
  }
};

function verbsOf(app: JupyterFrontEnd): IVerbs {
  return {
    open: model => runOffered(app, CommandIds.openPanel, { ask: model }),
    evict: model => runOffered(app, CommandIds.evict, { model }),
    evictUnpinned: () => runOffered(app, CommandIds.evictUnpinned)
  };
}

export default plugin;
