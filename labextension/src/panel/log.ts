import { IPoolEvent } from '../api/wire';
import { clock } from '../words/clock';

export interface ILogLine {
  readonly id: number;
  /** The local time of day. */
  readonly time: string;
  readonly words: string;
}

const KEPT = 20;

/** An eviction, pressure on the machine's memory, or a model that ended by itself. */
export function isTold({ type, state, before, reason }: IPoolEvent): boolean {
  if (type !== 'state') {
    return type === 'eviction' || type === 'pressure';
  }
  return state === 'absent' && before !== 'unloading' && Boolean(reason);
}

/** `demo/chat was evicted to make room for llama`, the newest first. */
export function logLines(events: readonly IPoolEvent[]): ILogLine[] {
  return events
    .filter(isTold)
    .slice(-KEPT)
    .reverse()
    .map(event => ({ id: event.id, time: clock(event.time), words: words(event) }));
}

/** What has been told, with what is new in `after`: the last ones that the server keeps. */
export function remembered(
  told: readonly IPoolEvent[],
  after: readonly IPoolEvent[]
): readonly IPoolEvent[] {
  // A server that was started again counts from the beginning: its first ones are no longer new.
  const before = told.filter(({ id }) => after.length > 0 && id < after[0].id);
  return [...before, ...after.filter(isTold)].slice(-KEPT);
}

function words({ type, model, state, reason, made_room_for: guest }: IPoolEvent): string {
  const why = (reason ?? '').split(/\s+/).join(' ').trim();
  if (type === 'pressure') {
    return `memory pressure ${state ?? ''}: ${why}`;
  }
  if (type === 'state') {
    return `${model} failed: ${why}`;
  }
  return guest
    ? `${model} was evicted to make room for ${guest}`
    : `${model} was evicted: ${why || 'no reason is known'}`;
}
