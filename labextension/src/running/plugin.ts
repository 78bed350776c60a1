import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

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

/** What other plugins offer as commands; without them nothing happens. */
function verbsOf({ commands }: JupyterFrontEnd): IVerbs {
  const run = (command: string, args?: ReadonlyPartialJSONObject): void => {
    if (commands.hasCommand(command)) {
      void commands.execute(command, args);
    }
  };
  return {
    open: model => run(CommandIds.openPanel, { ask: model }),
    evict: model => run(CommandIds.evict, { model }),
    evictUnpinned: () => run(CommandIds.evictUnpinned)
  };
}

export default plugin;
