import { Client, PoolError } from '../api/client';
import { IPoolEvent, IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';
import { inWords } from '../words/errors';
import { hasHappened } from './change';

const EVENTS_KEPT = 30;
/** A proxy in front of a server that starts again may say for a while that there is nothing. */
const PATIENCE_LOOKS = 5;

/** What the server says now. The events are asked for where something happened since `before`. */
export async function look(
  client: Client,
  before: PoolState,
  isNews: boolean
): Promise<PoolState> {
  const status = await client.status();
  const known = before.kind === 'known' ? before : null;
  const isOld = known !== null && !isNews && !hasHappened(known.status, status);
  const events = isOld ? known.events : await lastEvents(client, known?.events ?? []);
  return { kind: 'known', status, events, at: Date.now() };
}

/** What is known after a look that had no answer, the `failures`th in a row. */
export function lookFailed(before: PoolState, error: unknown, failures: number): PoolState {
  const status = lastStatus(before);
  const isGone = error instanceof PoolError && error.isMissing;
  if (before.kind === 'missing' || (isGone && (status === null || failures > PATIENCE_LOOKS))) {
    return { kind: 'missing' };
  }
  return { kind: 'unreachable', reason: inWords(error), status };
}

function lastStatus(state: PoolState): IPoolStatus | null {
  return state.kind === 'known' || state.kind === 'unreachable' ? state.status : null;
}

async function lastEvents(
  client: Client,
  before: readonly IPoolEvent[]
): Promise<readonly IPoolEvent[]> {
  // A log that cannot be read is no reason to hide the models.
  return client.events(EVENTS_KEPT).catch(() => before);
}
