import {
  CompletionHandler,
  IInlineCompletionContext,
  IInlineCompletionItem,
  IInlineCompletionList,
  IInlineCompletionProvider
} from '@jupyterlab/completer';
import { offlineBoltIcon } from '@jupyterlab/ui-components';
import { JSONValue } from '@lumino/coreutils';

import { IMLXPool, pluginId } from '../tokens';
import { SCHEMA } from './schema';
import type { Suggester } from './suggester';

/**
 * What JupyterLab has to know of the suggestions at its start. Who makes them is fetched when it is
 * first asked for one, and so never where this is off.
 */
export class InlineProvider implements IInlineCompletionProvider {
  readonly name = 'MLX models (local)';
  readonly identifier = pluginId('inline');
  readonly icon = offlineBoltIcon;
  readonly schema = SCHEMA;

  constructor(private readonly pool: IMLXPool) {}

  configure(values?: { [name: string]: JSONValue }): void {
    this.values = values;
    this.suggester?.configure(values);
  }

  async fetch(
    request: CompletionHandler.IRequest,
    context: IInlineCompletionContext
  ): Promise<IInlineCompletionList> {
    return (await this.made())?.fetch(request, context) ?? { items: [] };
  }

  async *stream(token: string): AsyncGenerator<{ response: IInlineCompletionItem }> {
    yield* this.suggester?.stream(token) ?? [];
  }

  /** Null where it could not be fetched. */
  private async made(): Promise<Suggester | null> {
    try {
      const { Suggester } = await import(/* webpackChunkName: "inline" */ './suggester');
      if (this.suggester === null) {
        this.suggester = new Suggester(this.pool);
        this.suggester.configure(this.values);
      }
    } catch (error) {
      console.debug('MLX models: no inline completion.', error);
    }
    return this.suggester;
  }

  private suggester: Suggester | null = null;
  private values: { [name: string]: JSONValue } | undefined;
}
