import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { ServiceManager } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Client } from '../api/client';
import { IMLXPool, pluginId } from '../tokens';
import { Follower } from './follower';
import { PoolModel } from './model';
import { preferencesOf } from './preferences';

const SCHEMA_ID = 'https://github.com/mlx-jupyter/mlx-jupyter/events/pool';

const plugin: JupyterFrontEndPlugin<IMLXPool> = {
  id: pluginId('pool'),
  description: 'Knows the pool of local models, and follows it.',
  autoStart: true,
  provides: IMLXPool,
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, settings: ISettingRegistry | null): IMLXPool => {
    const pool = new PoolModel(new Client(app.serviceManager.serverSettings));
    const { follower } = pool;
    listen(follower, app.serviceManager);
    if (settings !== null) {
      void read(pool, settings);
    }
    void app.restored.then(() => begin(follower));
    return pool;
  }
};

/** Does the server say of itself that it has a pool? A question in vain is red in the console. */
function isAnnounced(): boolean {
  return PageConfig.getOption('mlxJupyter') !== '';
}

function listen(follower: Follower, services: ServiceManager.IManager): void {
  services.events.stream.connect((_, event) => {
    if (event.schema_id === SCHEMA_ID) {
      follower.hasNews();
    }
  });
  services.connectionFailure.connect(() => follower.hasLostConnection());
}

function begin(follower: Follower): void {
  if (isAnnounced()) {
    follower.start();
  } else {
    follower.isMissing();
  }
  document.addEventListener('visibilitychange', () => follower.lookSoon());
}

/** Settings that cannot be read leave the defaults. */
async function read(pool: PoolModel, registry: ISettingRegistry): Promise<void> {
  const settings = await registry.load(plugin.id).catch(() => null);
  const apply = (): void => {
    pool.preferences = preferencesOf(settings?.composite ?? {});
  };
  settings?.changed.connect(apply);
  apply();
}

export default plugin;
