import { ISignal, Signal } from '@lumino/signaling';

import { IMLXPool } from '../tokens';
import { inWords } from '../words/errors';
import { begun, ended, grown, IAnswer } from './answer';

const BETWEEN_UPDATES_MILLISECONDS = 80;

/** A question to a model, and its answer as it is written; one at a time. */
export class Question {
  constructor(private readonly pool: IMLXPool) {}

  /** At most some times a second, and at the end. */
  get changed(): ISignal<this, void> {
    return this.signal;
  }

  get answer(): IAnswer | null {
    return this.current;
  }

  /** In words; empty where nothing went wrong. */
  get error(): string {
    return this.wrong;
  }

  get isRunning(): boolean {
    return this.running !== null;
  }

  /** Never rejects: what goes wrong is in `error`. Does nothing while an answer is written. */
  async ask(model: string, question: string): Promise<void> {
    if (this.running !== null) {
      return;
    }
    const running = (this.running = new AbortController());
    this.wrong = '';
    this.tell(begun(model));
    try {
      await this.read(model, question, running.signal);
      this.finish('stop');
    } catch (error) {
      this.wrong = running.signal.aborted ? '' : inWords(error);
      this.finish(running.signal.aborted ? 'stopped' : 'error');
    }
  }

  /** Ends the answer, in the server too; what is written stays. */
  stop(): void {
    this.running?.abort();
  }

  private async read(model: string, content: string, signal: AbortSignal): Promise<void> {
    const messages = [{ role: 'user' as const, content }];
    let answer = begun(model);
    for await (const chunk of this.pool.client.chat({ model, messages }, signal)) {
      const isFirst = answer.firstAt === null;
      answer = grown(answer, chunk, performance.now());
      this.tellSoon(answer);
      if (isFirst && answer.firstAt !== null) {
        this.lookAtUse();
      }
    }
  }

  /** A use makes no event. */
  private lookAtUse(): void {
    void this.pool.refresh();
  }

  private finish(how: 'stop' | 'stopped' | 'error'): void {
    this.running = null;
    if (this.current !== null) {
      this.tell(ended(this.current, how));
    }
    this.lookAtUse();
  }

  private tellSoon(answer: IAnswer): void {
    this.current = answer;
    this.timer ??= setTimeout(() => this.tell(this.current), BETWEEN_UPDATES_MILLISECONDS);
  }

  private tell(answer: IAnswer | null): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.current = answer;
    this.signal.emit();
  }

  private readonly signal = new Signal<this, void>(this);
  private current: IAnswer | null = null;
  private wrong = '';
  private running: AbortController | null = null;
  private timer: number | undefined;
}
