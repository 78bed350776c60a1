import {
  CompletionHandler,
  ICompletionContext,
  IInlineCompletionContext,
  IInlineCompletionItem,
  IInlineCompletionList,
  InlineCompletionTriggerKind
} from '@jupyterlab/completer';
import { Text } from '@jupyterlab/coreutils';
import { JSONValue } from '@lumino/coreutils';

import { IMLXPool } from '../tokens';
import { Answer } from './answer';
import { Asker } from './asker';
import { earlierCells } from './cells';
import { DEFAULTS } from './schema';
import { settingsOf } from './settings';
import { isOpen } from './suggestion';
import { surroundings } from './surroundings';

/** Text that is no code: completed when asked to, but not while someone writes it. */
const PROSE = /markdown|gfm|plain/;

/** JupyterLab gives the editor too, without saying so in its type. */
type Context = IInlineCompletionContext & Pick<ICompletionContext, 'editor'>;

/**
 * Suggests how code goes on. There is at most one request at a time, and it ends, in the server
 * too, when the text or the cursor moves on. What fails is not shown.
 */
export class Suggester {
  constructor(pool: IMLXPool) {
    this.asker = new Asker(pool);
  }

  configure(values?: { [name: string]: JSONValue }): void {
    this.settings = settingsOf(values);
    this.asker.forgive();
    this.current?.abort();
  }

  async fetch(
    request: CompletionHandler.IRequest,
    context: IInlineCompletionContext
  ): Promise<IInlineCompletionList> {
    this.current?.abort();
    const answer = this.answer(request, context);
    const first = await answer?.first();
    if (answer === null || first === undefined) {
      return { items: [] };
    }
    const token = `${(this.tokens += 1)}`;
    this.answers.set(token, answer);
    return { items: [{ insertText: first, isIncomplete: true, token }] };
  }

  async *stream(token: string): AsyncGenerator<{ response: IInlineCompletionItem }> {
    const answer = this.answers.get(token);
    this.answers.delete(token);
    for await (const insertText of answer?.rest() ?? []) {
      yield { response: { insertText, isIncomplete: true } };
    }
  }

  /** Null where nobody should be asked. */
  private answer(request: CompletionHandler.IRequest, context: Context): Answer | null {
    const { text, offset, mimeType = '' } = request;
    const isWished = context.triggerKind === InlineCompletionTriggerKind.Invoke;
    if (PROSE.test(mimeType) && !isWished) {
      return null;
    }
    const model = this.asker.model(this.settings);
    const cursor = Text.charIndexToJsIndex(offset, text);
    const place = surroundings(earlierCells(context.widget), text, cursor);
    const isPlace = isWished || isOpen(place.after, this.asker.canFill(model));
    if (model === null || !isPlace) {
      return null;
    }
    this.current = new AbortController();
    const texts = this.asker.ask(model, place, this.settings, this.current.signal);
    return new Answer(texts, this.current, this.settings.timeoutMilliseconds, context.editor);
  }

  private readonly asker: Asker;
  private readonly answers = new Map<string, Answer>();
  private current: AbortController | null = null;
  private settings = DEFAULTS;
  private tokens = 0;
}
