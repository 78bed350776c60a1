import { Editor, watch } from './attention';

/**
 * A suggestion as it grows, for as long as someone waits for it: until the user does something
 * else in `editor`, and for its first words at most `timeoutMilliseconds`. A failure is an end.
 */
export class Answer {
  constructor(
    private readonly texts: AsyncGenerator<string>,
    private readonly aborter: AbortController,
    timeoutMilliseconds: number,
    editor?: Editor | null
  ) {
    const abort = (): void => aborter.abort();
    this.timer = setTimeout(abort, timeoutMilliseconds);
    this.endWatch = editor ? watch(editor, abort) : () => undefined;
  }

  /** Undefined where there is nothing to suggest. */
  async first(): Promise<string | undefined> {
    const text = await this.next();
    clearTimeout(this.timer);
    return text;
  }

  async *rest(): AsyncGenerator<string> {
    for (let text = await this.next(); text !== undefined; text = await this.next()) {
      yield text;
    }
  }

  private async next(): Promise<string | undefined> {
    try {
      const { done, value } = await this.texts.next();
      if (!done && !this.aborter.signal.aborted) {
        return value;
      }
    } catch (error) {
      if (!this.aborter.signal.aborted) {
        console.debug('MLX models: no inline completion.', error);
      }
    }
    this.end();
    return undefined;
  }

  private end(): void {
    clearTimeout(this.timer);
    this.endWatch();
  }

  private readonly timer: ReturnType<typeof setTimeout>;
  private readonly endWatch: () => void;
}
