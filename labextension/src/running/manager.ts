import { IRunningSessions } from '@jupyterlab/running';
import { LabIcon } from '@jupyterlab/ui-components';
import { ISignal } from '@lumino/signaling';

import { evictAllWords } from '../eviction/words';
import { mlxIcon } from '../panel/icon';
import { statusOf } from '../pool/known';
import { IMLXPool, PoolState } from '../tokens';
import { IRunningModel, runningModels } from './item';

export interface IVerbs {
  /** Shows the model in the panel. */
  open(model: string): void;
  evict(model: string): void;
  evictUnpinned(): void;
}

/** The pool's models as a section of JupyterLab's list of what runs. */
export class RunningModels implements IRunningSessions.IManager {
  constructor(
    private readonly pool: IMLXPool,
    private readonly verbs: IVerbs
  ) {}

  readonly name = 'MLX models';
  readonly shutdownLabel = 'Evict';
  readonly shutdownAllLabel = 'Evict All';
  readonly supportsMultipleViews = false;

  get runningChanged(): ISignal<IMLXPool, PoolState> {
    return this.pool.changed;
  }

  readonly shutdownAllConfirmationText = (): string => {
    const status = statusOf(this.pool.state);
    return status ? evictAllWords(status) : 'The server does not answer now.';
  };

  running(): IRunningSessions.IRunningItem[] {
    return runningModels(statusOf(this.pool.state)).map(each => this.item(each));
  }

  shutdownAll(): void {
    this.verbs.evictUnpinned();
  }

  refreshRunning(): void {
    void this.pool.refresh();
  }

  private item({ model, detail, title }: IRunningModel): IRunningSessions.IRunningItem {
    return {
      icon: (): LabIcon => mlxIcon,
      label: () => model,
      labelTitle: () => title,
      detail: () => detail,
      context: 'mlx-model',
      open: () => this.verbs.open(model),
      shutdown: () => this.verbs.evict(model)
    };
  }
}
