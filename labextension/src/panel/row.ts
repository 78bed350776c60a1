import { IModelStatus, IProgress } from '../api/wire';
import { gigabytes } from '../words/bytes';
import { clock, duration } from '../words/clock';

/**
 * A model in words. `share` of 1 is how far its load has come, null where it does not load; `facts`
 * are pins, uses and times, which are absolute: they need no update as time passes.
 */
export interface IRow {
  readonly model: string;
  readonly kind: string;
  readonly size: string;
  readonly state: string;
  readonly status: IModelStatus['status'];
  readonly share: number | null;
  readonly facts: readonly string[];
  /** Why it is not loaded, where that is known. */
  readonly error: string;
  readonly pinned: boolean;
  readonly requests: number;
}

/** Null for a model that is only there on the disk. */
export function rowOf(model: string, status: IModelStatus): IRow | null {
  if (status.status === 'unloaded' && !status.pinned) {
    return null;
  }
  return {
    model,
    kind: status.kind,
    size: gigabytes(status.memory_used_gb || status.size_gb),
    state: stateOf(status),
    status: status.status,
    share: status.status === 'loading' ? shareOf(status.progress) : null,
    facts: factsOf(status),
    error: (status.last_error ?? '').split(/\s+/).join(' ').trim(),
    pinned: status.pinned,
    requests: requestsOf(status)
  };
}

/** Who is there, and how: what a load would do is another thing when this is different. */
export function seats(rows: readonly IRow[]): string {
  return rows.map(({ model, status, pinned }) => `${model} ${status} ${pinned}`).join('\n');
}

/** Can a question be put to it? */
export function answers(status: IModelStatus): boolean {
  return status.kind === 'text' || status.kind === 'vision';
}

/** `1 request`, `2 requests`. */
export function requestsInWords(count: number): string {
  return count === 1 ? '1 request' : `${count} requests`;
}

/** `you, kernel 1a2b3c4d`; enough of a kernel's id to tell it from the others. */
export function pinners(names: readonly string[]): string {
  return names.map(name => (name === 'user' ? 'you' : `kernel ${name.slice(0, 8)}`)).join(', ');
}

function stateOf({ status, progress }: IModelStatus): string {
  if (status !== 'loading') {
    return status === 'running' ? 'loaded' : status;
  }
  const verb = progress?.stage === 'download' ? 'downloading' : 'loading';
  return progress ? `${verb} ${Math.trunc(100 * shareOf(progress))} %` : verb;
}

function shareOf(progress: IProgress | null): number {
  const isKnown = progress !== null && progress.total_bytes > 0;
  return isKnown ? Math.min(progress.done_bytes / progress.total_bytes, 1) : 0;
}

function requestsOf(status: IModelStatus): number {
  return status.in_use ? status.requests || 1 : 0;
}

function keeps(kept: number, what: string): string {
  return kept > 0 ? `keeps ${gigabytes(kept)} of ${what}` : '';
}

function factsOf(status: IModelStatus): string[] {
  const { in_use: inUse, last_used: last, tokens_per_second: speed, expires_at: end } = status;
  const eta = status.status === 'loading' ? status.progress?.eta_seconds : null;
  const isLoaded = status.status === 'running';
  return [
    eta && eta >= 1 ? `${duration(eta)} left` : '',
    status.pinned ? `pinned by ${pinners(status.pinned_by)}` : '',
    inUse ? `in use by ${requestsInWords(requestsOf(status))}` : '',
    !inUse && isLoaded && last !== null ? `idle since ${clock(last)}` : '',
    inUse && speed ? `${speed.toFixed(speed >= 10 ? 0 : 1)} tokens/s` : '',
    keeps(status.prompt_cache_gb, 'prompts'),
    keeps(status.image_cache_gb, 'pictures'),
    end !== null ? `leaves at ${clock(end)}` : '',
    isLoaded && status.health === 'unhealthy' ? 'does not answer' : ''
  ].filter(fact => fact !== '');
}
