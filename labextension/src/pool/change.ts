import { JSONExt, PartialJSONValue } from '@lumino/coreutils';

import { IModelStatus, IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';
import { gigabytes } from '../words/bytes';

/** Is anything different that someone may see? Figures differ when their three digits do. */
export function isShownDifferently(before: PoolState, after: PoolState): boolean {
  return !JSONExt.deepEqual(shown(before), shown(after));
}

/** Has a model come, gone, or been pinned, so that there are events which tell of it? */
export function hasHappened(before: IPoolStatus, after: IPoolStatus): boolean {
  return !JSONExt.deepEqual(milestones(before), milestones(after));
}

function shown(state: PoolState): PartialJSONValue {
  switch (state.kind) {
    case 'known':
      return { kind: state.kind, status: figures(state.status), last: state.events.at(-1)?.id };
    case 'unreachable':
      return { kind: state.kind, reason: state.reason };
    default:
      return { kind: state.kind };
  }
}

function figures(status: IPoolStatus): PartialJSONValue {
  const { pressure, ...sizes } = status.memory;
  const memory = Object.values(sizes).map(gigabytes);
  const models = Object.entries(status.models).map(([id, model]) => [id, rounded(model)]);
  return { pressure, memory, models } as PartialJSONValue;
}

function rounded(model: IModelStatus): object {
  const { progress, tokens_per_second: speed, memory_used_gb, ...rest } = model;
  return {
    ...rest,
    memory: gigabytes(memory_used_gb),
    speed: speed === null || speed === undefined ? null : Number(speed.toPrecision(2)),
    progress: progress && { ...progress, elapsed_seconds: Math.floor(progress.elapsed_seconds) }
  };
}

function milestones(status: IPoolStatus): PartialJSONValue {
  return Object.entries(status.models).map(([id, model]) => [id, model.status, model.pinned]);
}
