import { Poll } from '@lumino/polling';
import { ISignal, Signal } from '@lumino/signaling';

import { Client, PoolError } from '../api/client';
import { PoolState } from '../tokens';
import { isShownDifferently } from './change';
import { look, lookFailed } from './look';
import { untilNextLook } from './rhythm';
import { Turns } from './turns';

/** Events that come close together are answered by one look. */
const COALESCE_MILLISECONDS = 100;

/**
 * Follows the pool by looking at it: again and again, more often while it works, and soon after
 * `hasNews`. Nobody is asked while the page is hidden, nor before `start`.
 */
export class Follower {
  constructor(
    private readonly client: Client,
    private seconds: number
  ) {}

  get state(): PoolState {
    return this.current;
  }

  /** Something that is shown is different. */
  get changed(): ISignal<this, PoolState> {
    return this.stateChanged;
  }

  /** Seconds between two looks at an idle pool. */
  set idleSeconds(seconds: number) {
    this.seconds = seconds;
    if (this.poll.state.phase !== 'constructed') {
      this.rest();
    }
  }

  start(): void {
    void this.poll.start();
  }

  /** Instead of `start`, for a server that is known to have no pool. */
  isMissing(): void {
    this.tell({ kind: 'missing' });
  }

  /** Something happened in the pool, so there is one. */
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

  /** Resolves when `state` is what the server said after this call. Never rejects. */
  async refresh(): Promise<void> {
    await this.turns.run();
    this.rest();
  }

  private soon(): void {
    if (this.isSoon) {
      return;
    }
    this.isSoon = true;
    // Not a Throttler: what comes while its function runs is lost on it.
    setTimeout(() => {
      this.isSoon = false;
      if (!document.hidden) {
        void this.refresh();
      }
    }, COALESCE_MILLISECONDS);
  }

  private async look(): Promise<void> {
    const { isNews, current } = this;
    this.isNews = false;
    try {
      this.tell(await look(this.client, current, isNews));
      this.failures = 0;
    } catch (error) {
      this.isNews ||= isNews;
      this.hasFailed(error);
    }
    this.setPace();
  }

  private hasFailed(error: unknown): void {
    this.failures += 1;
    this.tell(lookFailed(this.current, error, this.failures));
    // Where the server itself said that there is none, nothing is tried again.
    if (this.current.kind === 'missing' && error instanceof PoolError) {
      this.failures = 0;
    }
  }

  private tell(state: PoolState): void {
    const isDifferent = isShownDifferently(this.current, state);
    this.current = state;
    if (isDifferent) {
      this.stateChanged.emit(state);
    }
  }

  /** Waits for the next look as long as is right now. */
  private rest(): void {
    this.setPace();
    void this.poll.schedule();
  }

  private setPace(): void {
    const interval = 1000 * untilNextLook(this.current, this.failures, this.seconds);
    this.poll.frequency = { interval, backoff: false, max: Poll.NEVER };
  }

  private current: PoolState = { kind: 'unknown' };
  private failures = 0;
  private isNews = false;
  private isSoon = false;
  private readonly stateChanged = new Signal<this, PoolState>(this);
  private readonly turns = new Turns(() => this.look());
  private readonly poll = new Poll({
    name: '@mlx-jupyter/labextension:pool',
    auto: false,
    factory: () => this.turns.run(),
    linger: 0,
    standby: 'when-hidden'
  });
}
