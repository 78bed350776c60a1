import { ISignal, Signal } from '@lumino/signaling';

import { inWords } from '../words/errors';

/**
 * What the user has asked for and the server has not done yet, one thing a model; and what went
 * wrong with the last one, until it is tried again.
 */
export class Errands {
  get changed(): ISignal<this, void> {
    return this.signal;
  }

  isBusy(model: string): boolean {
    return this.underWay.has(model);
  }

  /** In words; empty where nothing went wrong. */
  errorOf(model: string): string {
    return this.errors.get(model) ?? '';
  }

  /** Does `job`; resolves to whether it was done. It never rejects: the error is kept. */
  async run(model: string, job: () => Promise<void>): Promise<boolean> {
    const turn = {};
    this.underWay.set(model, turn);
    this.errors.delete(model);
    this.signal.emit();
    try {
      await job();
      return true;
    } catch (error) {
      // What was given up by a later errand has not failed.
      if (this.underWay.get(model) === turn) {
        this.errors.set(model, inWords(error));
      }
      return false;
    } finally {
      if (this.underWay.get(model) === turn) {
        this.underWay.delete(model);
      }
      this.signal.emit();
    }
  }

  private readonly signal = new Signal<this, void>(this);
  private readonly underWay = new Map<string, object>();
  private readonly errors = new Map<string, string>();
}
