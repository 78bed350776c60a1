import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { Client, PoolError } from '../api/client';
import { IMLXPool, IPreferences, PoolState } from '../tokens';
import { isShownDifferently } from './change';
import { look, lookFailed } from './look';
import { DEFAULTS } from './preferences';
import { untilNextLook } from './rhythm';
import { Turns } from './turns';

/** Events that come close together are answered by one look. */
const COALESCE_MILLISECONDS = 100;

/**
 * Follows the pool by looking at it: again and again, more often while it works, and soon after
 * `hasNews`. Nobody is asked while the page is hidden, nor before `start`.
 */
export class PoolModel implements IMLXPool {
  constructor(readonly client: Client) {}

  get state(): PoolState {
    return this.current;
  }

  get changed(): ISignal<IMLXPool, PoolState> {
    return this.stateChanged;
  }

  get preferences(): IPreferences {
    return this.wishes;
  }

  set preferences(wishes: IPreferences) {
    this.wishes = wishes;
    this.wishesChanged.emit(wishes);
    if (this.poll.state.phase !== 'constructed') {
      this.rest();
    }
  }

  get preferencesChanged(): ISignal<IMLXPool, IPreferences> {
    return this.wishesChanged;
  }

  start(): void {
    void this.poll.start();
  }

  /** Instead of `start`, for a server that is known to have no pool. */
  isMissing(): void {
    this.tell({ kind: 'missing' });
  }

  /** Something happened in the pool, so there is one: looks soon, if someone can see it. */
  hasNews(): void {
    this.isNews = true;
    this.soon();
  }

  /** Looks soon, unless the server is known to have no pool. */
  lookSoon(): void {
    if (this.current.kind !== 'missing') {
      this.soon();
    }
  }

  /** The server is gone. One that had no pool may have one when it is back. */
  hasLostConnection(): void {
    if (this.current.kind === 'missing' && this.failures === 0) {
      this.failures = 1;
      this.rest();
    } else if (this.current.kind === 'known') {
      this.lookSoon();
    }
  }

  async refresh(): Promise<void> {
    await this.turns.run();
    this.rest();
  }

  load(model: string, pin: boolean): Promise<void> {
    return this.afterwards(this.client.load(model, pin));
  }

  evict(model: string, force = false): Promise<void> {
    return this.afterwards(this.client.unload(model, force));
  }

  async evictUnpinned(): Promise<string[]> {
    const { models } = await this.client.status();
    const free = Object.keys(models).filter(
      id => models[id].status === 'running' && !models[id].pinned && !models[id].in_use
    );
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
    return this.afterwards(this.client.switchTo(model));
  }

  /** The state is right when a verb is over, and soon after it began: it may take minutes. */
  private async afterwards<T>(request: Promise<T>): Promise<T> {
    this.lookSoon();
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

  private async look(): Promise<void> {
    const { isNews, current } = this;
    this.isNews = false;
    try {
      this.tell(await look(this.client, current, isNews));
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.isNews ||= isNews;
      this.tell(lookFailed(current, error, this.failures));
      if (this.current.kind === 'missing' && error instanceof PoolError) {
        this.failures = 0;
      }
    }
    this.setPace();
  }

  private soon(): void {
    if (this.isSoon || document.hidden) {
      return;
    }
    this.isSoon = true;
    // Not a Throttler: what comes while its function runs is lost on it.
    setTimeout(() => {
      this.isSoon = false;
      void this.refresh();
    }, COALESCE_MILLISECONDS);
  }

  private tell(state: PoolState): void {
    const isDifferent = isShownDifferently(this.current, state);
    this.current = state;
    if (isDifferent) {
      this.stateChanged.emit(state);
    }
  }

  private setPace(): void {
    const seconds = untilNextLook(this.current, this.failures, this.wishes.refreshSeconds);
    this.poll.frequency = { interval: 1000 * seconds, backoff: false, max: Poll.NEVER };
  }

  /** Waits for the next look as long as is right now. */
  private rest(): void {
    this.setPace();
    void this.poll.schedule();
  }

  private current: PoolState = { kind: 'unknown' };
  private wishes = DEFAULTS;
  private failures = 0;
  private isNews = false;
  private isSoon = false;
  private readonly stateChanged = new Signal<this, PoolState>(this);
  private readonly wishesChanged = new Signal<this, IPreferences>(this);
  private readonly turns = new Turns(() => this.look());
  private readonly poll = new Poll({
    name: '@mlx-jupyter/labextension:pool',
    auto: false,
    factory: () => this.turns.run(),
    frequency: { interval: 1000 * DEFAULTS.refreshSeconds, backoff: false, max: Poll.NEVER },
    linger: 0,
    standby: 'when-hidden'
  });
}
