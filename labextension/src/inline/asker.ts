import { PoolError } from '../api/client';
import { IMLXPool, PoolState } from '../tokens';
import { choice } from './choice';
import { IInlineSettings } from './settings';
import { IAsked, isEnded, stops, suggestion } from './suggestion';
import { ISurroundings } from './surroundings';

/** Asks the pool, and remembers what a model cannot do. */
export class Asker {
  constructor(private readonly pool: IMLXPool) {}

  /**
   * Who can be asked now. Nobody who has refused, until the pool is another. A model that may be
   * loaded is, for a later question.
   */
  model(settings: IInlineSettings): string | null {
    const { state } = this.pool;
    const chosen = choice(state, settings);
    if (chosen === null || (this.refusal?.model === chosen.model && this.refusal.state === state)) {
      return null;
    }
    if (!chosen.isLoaded) {
      void this.load(chosen.model);
    }
    return chosen.isLoaded ? chosen.model : null;
  }

  /** The user wants another try. */
  forgive(): void {
    this.refusal = null;
    this.tried.clear();
  }

  /** As far as is known. */
  canFill(model: string | null): boolean {
    return model !== null && !this.without.has(model);
  }

  /** Suggestions, each in place of the one before; rejects as the client does. */
  async *ask(
    model: string,
    place: ISurroundings,
    settings: IInlineSettings,
    signal: AbortSignal
  ): AsyncGenerator<string> {
    const { isMultiline } = settings;
    const isFilling = this.canFill(model) && place.after.trim() !== '';
    const asked = { after: place.after, isFilling, isMultiline };
    const { state } = this.pool;
    try {
      yield* this.answered(model, place.before, asked, settings, signal);
    } catch (error) {
      if (!isFilling || !isUnable(error)) {
        this.refusal = error instanceof PoolError ? { model, state } : this.refusal;
        throw error;
      }
      this.without.add(model);
      yield* this.ask(model, place, settings, signal);
    }
  }

  private async *answered(
    model: string,
    prompt: string,
    asked: IAsked,
    settings: IInlineSettings,
    signal: AbortSignal
  ): AsyncGenerator<string> {
    const request = {
      model,
      prompt,
      suffix: asked.isFilling ? asked.after : null,
      stop: stops(asked),
      max_tokens: settings.maxTokens,
      temperature: 0,
      only_loaded: true
    };
    let answer = '';
    let shown = '';
    for await (const chunk of this.pool.client.complete(request, signal)) {
      answer += chunk.choices?.[0]?.text ?? '';
      const next = suggestion(answer, asked, false);
      if (next !== shown) {
        yield (shown = next);
      }
      if (isEnded(answer, asked)) {
        break;
      }
    }
    const last = suggestion(answer, asked, true);
    if (last !== shown) {
      yield last;
    }
  }

  /** Once: what failed is not tried again. A load goes on when the user does. */
  private async load(model: string): Promise<void> {
    if (this.tried.has(model)) {
      return;
    }
    this.tried.add(model);
    try {
      await this.pool.load(model, false);
      this.tried.delete(model);
    } catch (error) {
      console.debug(`MLX models: '${model}' was not loaded for inline completion.`, error);
    }
  }

  private readonly tried = new Set<string>();
  private readonly without = new Set<string>();
  private refusal: { readonly model: string; readonly state: PoolState } | null = null;
}

/** The model has no marks for a suffix. */
function isUnable(error: unknown): boolean {
  return error instanceof PoolError && error.code === 'unsupported_parameter';
}
