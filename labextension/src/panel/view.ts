import { IModelStatus, IPoolEvent, IPoolStatus } from '../api/wire';
import { PoolState } from '../tokens';
import { gigabytes } from '../words/bytes';
import { budgetOf, IBudget } from './budget';
import { ILogLine, logLines } from './log';
import { answers, IRow, rowOf } from './row';

const MISSING =
  'The server extension mlx_jupyter is not enabled here: pip install mlx-jupyter, ' +
  'then restart Jupyter.';

/** A model to choose, and what is said of it there. */
export interface IChoice {
  readonly model: string;
  readonly label: string;
}

/** What the panel shows, but for what the user does in it. */
export interface IView {
  readonly standing: PoolState['kind'];
  /** Why there is nothing to see, or nothing to press; empty where all is well. */
  readonly notice: string;
  /** Null while nothing is known. */
  readonly budget: IBudget | null;
  readonly rows: readonly IRow[];
  /** The models of this machine that may be loaded. */
  readonly absent: readonly IChoice[];
  /** Those that answer questions, loaded ones first. */
  readonly askable: readonly IChoice[];
  /** All that are known, those that answer no questions too. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly log: readonly ILogLine[];
}

/** `events` are those that the log tells of. */
export function viewOf(state: PoolState, events: readonly IPoolEvent[]): IView {
  const status = 'status' in state ? state.status : null;
  const view = { standing: state.kind, notice: noticeOf(state), log: logLines(events) };
  return { ...view, ...(status === null ? NOTHING : shown(status)) };
}

const NOTHING = { budget: null, rows: [], absent: [], askable: [], kinds: new Map() };

function noticeOf(state: PoolState): string {
  switch (state.kind) {
    case 'unknown':
      return 'Looking…';
    case 'missing':
      return MISSING;
    case 'unreachable':
      return `${state.reason} Looking for it again…`;
    case 'known':
      return '';
  }
}

function shown(status: IPoolStatus): Omit<IView, 'standing' | 'notice' | 'log'> {
  const models = Object.entries(status.models);
  const rows = models.map(([id, model]) => rowOf(id, model)).filter(row => row !== null);
  const isThere = (model: IModelStatus) => ['running', 'loading'].includes(model.status);
  const asked = models.filter(([, model]) => answers(model));
  const first = asked.filter(([, model]) => isThere(model));
  const later = asked.filter(([, model]) => !isThere(model));
  return {
    budget: budgetOf(status),
    rows,
    absent: models.filter(([, model]) => !isThere(model)).map(([id, model]) => absent(id, model)),
    askable: [
      ...first.map(([id]) => ({ model: id, label: id })),
      ...later.map(([id]) => ({ model: id, label: `${id} (will be loaded)` }))
    ],
    kinds: new Map(models.map(([id, model]) => [id, model.kind]))
  };
}

function absent(model: string, { kind, size_gb: gb }: IModelStatus): IChoice {
  return { model, label: `${kind} · ${gigabytes(gb)}` };
}
