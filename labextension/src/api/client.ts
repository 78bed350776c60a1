import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { pathOf } from './path';
import { eventData } from './sse';
import { IChatMessage, IChunk, IMayFail, IPlan, IPoolEvent, IPoolStatus } from './wire';

const LIFECYCLE = 'state,eviction,pin,pressure';

/** The server answered, but not with what was asked for. */
export class PoolError extends Error {
  /**
   * `status` is 200 for an error that ended a stream, `code` the server's own word for it, `plan`
   * what a load that was refused would have taken.
   */
  constructor(
    message: string,
    readonly status: number,
    readonly code: string | null = null,
    readonly plan: IPlan | null = null
  ) {
    super(message);
  }

  /** The server extension is not there: these routes are Jupyter's own 404. */
  get isMissing(): boolean {
    return this.status === 404 && this.code === null;
  }
}

/**
 * The routes under `<base_url>mlx/`. Every request goes through `ServerConnection`, which adds the
 * token or the XSRF header. Methods reject with `PoolError`, or with
 * `ServerConnection.NetworkError` where there is no server.
 */
export class Client {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  /** What an OpenAI client needs as its `base_url`. */
  get openaiUrl(): string {
    return this.url('v1').replace(/\/$/, '');
  }

  status(): Promise<IPoolStatus> {
    return this.json('v1/models/status');
  }

  plan(model: string, signal?: AbortSignal): Promise<IPlan> {
    return this.json(`admin/models/plan?model=${encodeURIComponent(model)}`, { signal });
  }

  /** The last events that are kept, the newest last; without those that come all the time. */
  async events(count: number): Promise<IPoolEvent[]> {
    const response = await this.send(`admin/events?limit=${count}&types=${LIFECYCLE}`);
    const events: IPoolEvent[] = [];
    for await (const event of this.payloads<IPoolEvent>(response)) {
      events.push(event);
    }
    return events;
  }

  /**
   * `policy` is who leaves first, where the server's own is not wanted. As a stream, since browsers
   * give up on an answer that takes minutes to begin.
   */
  async load(model: string, pin: boolean, policy: 'largest' | null = null): Promise<void> {
    const request = { pin, policy, stream: true };
    const response = await this.post(`admin/models/load/${pathOf(model)}`, request);
    let isLoaded = false;
    for await (const event of this.payloads<{ status?: string }>(response)) {
      isLoaded ||= event.status !== undefined;
    }
    if (!isLoaded) {
      throw new PoolError(`The server stopped before '${model}' was loaded.`, response.status);
    }
  }

  async unload(model: string, force: boolean): Promise<void> {
    await this.post(`admin/models/unload/${pathOf(model)}?force=${force}`, {});
  }

  async pin(model: string): Promise<void> {
    await this.post(`admin/models/pin/${pathOf(model)}`, {});
  }

  async unpin(model: string): Promise<void> {
    await this.post(`admin/models/unpin/${pathOf(model)}`, {});
  }

  /** An answer as it is written. Aborting `signal`, or leaving the loop, ends it in the server. */
  chat(
    request: { model: string; messages: IChatMessage[]; max_tokens?: number },
    signal: AbortSignal
  ): AsyncGenerator<IChunk> {
    return this.stream('v1/chat/completions', request, signal);
  }

  /** As `chat`, for text that is to be continued. */
  complete(
    request: { model: string; prompt: string; [option: string]: unknown },
    signal: AbortSignal
  ): AsyncGenerator<IChunk> {
    return this.stream('v1/completions', request, signal);
  }

  private async *stream(
    route: string,
    request: object,
    signal: AbortSignal
  ): AsyncGenerator<IChunk> {
    const options = { stream: true, stream_options: { include_usage: true } };
    const response = await this.post(route, { ...request, ...options }, signal);
    yield* this.payloads<IChunk>(response);
  }

  /** Ends at `[DONE]`, or throws the error that ended the stream. */
  private async *payloads<T extends object>(response: Response): AsyncGenerator<T> {
    for await (const data of eventData(bodyOf(response))) {
      if (data === '[DONE]') {
        return;
      }
      const payload: T = JSON.parse(data);
      const { error } = payload as IMayFail;
      if (error) {
        throw new PoolError(error.message, response.status, error.code ?? null, error.plan ?? null);
      }
      yield payload;
    }
  }

  private async json<T>(route: string, init: RequestInit = {}): Promise<T> {
    return (await this.send(route, init)).json();
  }

  private post(route: string, body: object, signal?: AbortSignal): Promise<Response> {
    return this.send(route, { method: 'POST', body: JSON.stringify(body), signal });
  }

  private async send(route: string, init: RequestInit = {}): Promise<Response> {
    const response = await ServerConnection.makeRequest(this.url(route), init, this.settings);
    if (!response.ok) {
      throw await refusal(response);
    }
    return response;
  }

  private url(route: string): string {
    return URLExt.join(this.settings.baseUrl, 'mlx', route);
  }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  return response.body ?? new ReadableStream({ start: controller => controller.close() });
}

async function refusal(response: Response): Promise<PoolError> {
  const { status, statusText } = response;
  const said = await response.json().catch(() => null);
  const error = said?.error;
  if (typeof error?.message !== 'string') {
    return new PoolError(`The server answered ${status} ${statusText}`.trimEnd() + '.', status);
  }
  return new PoolError(error.message, status, error.code ?? error.type ?? '', error.plan ?? null);
}
