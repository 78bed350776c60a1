import { ISignal, Signal } from '@lumino/signaling';

import { Client, PoolError } from '../api/client';
import { evictable } from '../eviction/free';
import { IMLXPool, IPreferences, PoolState } from '../tokens';
import { Follower } from './follower';
import { Loads } from './loads';
import { DEFAULTS } from './preferences';

/** The pool as the other plugins have it: what is followed, and verbs to change it. */
export class PoolModel implements IMLXPool {
  constructor(readonly client: Client) {
    this.follower = new Follower(client, DEFAULTS.refreshSeconds);
    this.follower.changed.connect((_, state) => this.stateChanged.emit(state));
  }

  readonly follower: Follower;

  get state(): PoolState {
    return this.follower.state;
  }

  get changed(): ISignal<IMLXPool, PoolState> {
    return this.stateChanged;
  }

  get preferences(): IPreferences {
    return this.wishes;
  }

  set preferences(wishes: IPreferences) {
    this.wishes = wishes;
    this.follower.idleSeconds = wishes.refreshSeconds;
    this.wishesChanged.emit(wishes);
  }

  get preferencesChanged(): ISignal<IMLXPool, IPreferences> {
    return this.wishesChanged;
  }

  refresh(): Promise<void> {
    return this.follower.refresh();
  }

  load(model: string, pin: boolean): Promise<void> {
    return this.afterwards(this.loads.run(() => this.client.load(model, pin)));
  }

  evict(model: string, force = false): Promise<void> {
    return this.afterwards(this.client.unload(model, force));
  }

  async evictUnpinned(): Promise<string[]> {
    const free = evictable(await this.client.status());
    const gone = await this.afterwards(Promise.all(free.map(id => this.evictIfFree(id))));
    return gone.filter(id => id !== null);
  }

  pin(model: string): Promise<void> {
    return this.afterwards(this.client.pin(model));
  }

  unpin(model: string): Promise<void> {
    return this.afterwards(this.client.unpin(model));
  }

  switchTo(model: string): Promise<void> {
    return this.afterwards(this.loads.run(() => this.client.load(model, false, 'largest')));
  }

  /** The state is right when a verb is over, and soon after it began: it may take minutes. */
  private async afterwards<T>(request: Promise<T>): Promise<T> {
    this.follower.lookSoon();
    try {
      return await request;
    } finally {
      await this.refresh();
    }
  }

  /** Null where someone else was faster: it is gone, or in use now. */
  private async evictIfFree(model: string): Promise<string | null> {
    try {
      await this.client.unload(model, false);
      return model;
    } catch (error) {
      if (error instanceof PoolError && [404, 409].includes(error.status)) {
        return null;
      }
      throw error;
    }
  }

  private readonly loads = new Loads();
  private wishes = DEFAULTS;
  private readonly stateChanged = new Signal<this, PoolState>(this);
  private readonly wishesChanged = new Signal<this, IPreferences>(this);
}
