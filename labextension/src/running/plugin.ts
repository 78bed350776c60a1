import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';

import { evictAndTell, evictUnpinnedAndTell } from '../eviction/told';
import { CommandIds, IMLXPool, pluginId } from '../tokens';
import { IVerbs, RunningModels } from './manager';

const plugin: JupyterFrontEndPlugin<void> = {
  id: pluginId('running'),
  description: 'The models of the pool in the list of what runs, beside the kernels.',
  autoStart: true,
  requires: [IMLXPool],
  optional: [IRunningSessionManagers],
  activate: (app: JupyterFrontEnd, pool: IMLXPool, managers: IRunningSessionManagers | null) => {
    if (managers !== null) {
      onceKnown(pool, () => managers.add(new RunningModels(pool, verbsOf(app, pool))));
    }
  }
};

/** Where the server has no pool there is no section. */
function onceKnown(pool: IMLXPool, act: () => void): void {
  const look = (): void => {
    if (pool.state.kind === 'known') {
      pool.changed.disconnect(look);
      act();
    }
  };
  pool.changed.connect(look);
  look();
}

function verbsOf({ commands }: JupyterFrontEnd, pool: IMLXPool): IVerbs {
  return {
    open: model => {
      if (commands.hasCommand(CommandIds.openPanel)) {
        void commands.execute(CommandIds.openPanel, { ask: model });
      }
    },
    evict: model => void evictAndTell(pool, model),
    evictUnpinned: () => void evictUnpinnedAndTell(pool)
  };
}

export default plugin;
