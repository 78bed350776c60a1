import { ISignal, Signal } from '@lumino/signaling';

import { Client } from '../api/client';
import { inWords } from '../words/errors';
import { planWords } from './plan';

const UNTIL_ASKED_MILLISECONDS = 150;

/** What a load of the chosen model would do; asked for when the user has paused. */
export class Forecast {
  constructor(private readonly client: Client) {}

  get changed(): ISignal<this, void> {
    return this.signal;
  }

  /** Empty while nothing is known. */
  get words(): string {
    return this.said;
  }

  /** Empty for none. */
  get model(): string {
    return this.asked;
  }

  /** What is said of another model is taken back; a request for it is given up. */
  choose(model: string): void {
    if (model !== this.asked) {
      this.asked = model;
      this.say('');
    }
    this.askAgain();
  }

  /** The pool has changed, and what was said may be wrong now; it stays until there is more. */
  askAgain(): void {
    this.giveUp();
    if (this.asked !== '') {
      this.timer = setTimeout(() => void this.ask(), UNTIL_ASKED_MILLISECONDS);
    }
  }

  giveUp(): void {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = null;
  }

  private async ask(): Promise<void> {
    const request = (this.request = new AbortController());
    const said = await this.client
      .plan(this.asked, request.signal)
      .then(planWords)
      .catch(inWords);
    if (!request.signal.aborted) {
      this.say(said);
    }
  }

  private say(words: string): void {
    this.said = words;
    this.signal.emit();
  }

  private readonly signal = new Signal<this, void>(this);
  private asked = '';
  private said = '';
  private request: AbortController | null = null;
  private timer: number | undefined;
}
