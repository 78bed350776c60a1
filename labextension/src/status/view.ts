import { IPoolStatus } from '../api/wire';
import { rowOf } from '../panel/row';
import { inShort } from '../words/short';
import { modelsInMemory } from '../pool/known';
import { IPreferences, PoolState } from '../tokens';
import { gigabytes } from '../words/bytes';
import { budget, headline, percentUsed } from '../words/headline';

/**
 * `title` says more than `text` does. `said` is what a screen reader tells of a change: it holds no
 * number that moves with every look.
 */
export interface IStatusView {
  readonly text: string;
  readonly title: string;
  readonly said: string;
  readonly isWarning: boolean;
}

const AWAY = 'MLX: server does not answer';
const MOST_MODELS = 8;

/** Whether there is anything to say, and the user wants to hear it. */
export function isShown(state: PoolState, preferences: IPreferences): boolean {
  return preferences.showStatus && (state.kind === 'known' || state.kind === 'unreachable');
}

/**
 * The first of these that is so: (1) nobody answers, (2) something loads, (3) the machine is short
 * of memory, (4) the budget is nearly used up, (5) all is well.
 */
export function statusView(state: PoolState, warnPercent: number): IStatusView | null {
  if (state.kind === 'unreachable') {
    const title = [state.reason, ...(state.status ? ['Before that:'] : [])];
    return view(AWAY, AWAY, title, state.status, true); // 1
  }
  if (state.kind !== 'known') {
    return null;
  }
  const { status } = state;
  const loading = modelsInMemory(status).filter(id => status.models[id].status === 'loading');
  if (loading.length > 0) {
    return view(`MLX: ${loadingWords(loading, status)}`, `Loading ${loading[0]}`, [], status); // 2
  }
  if (status.memory.pressure !== 'normal') {
    const left = `The machine has ${gigabytes(status.memory.host_available_gb)} left.`;
    const said = 'MLX: the machine is short of memory';
    return view(`${budget(status)}, machine short of memory`, said, [left], status, true); // 3
  }
  if (percentUsed(status) >= warnPercent) {
    const text = `${budget(status)}, ${percentUsed(status)} % full`;
    return view(text, 'MLX memory is nearly full', [], status, true); // 4
  }
  return view(headline(status), loadedWords(status), [], status); // 5
}

function view(
  text: string,
  said: string,
  before: string[],
  status: IPoolStatus | null,
  isWarning = false
): IStatusView {
  const lines = [...before, ...(status ? details(status) : []), 'Opens the panel of MLX models.'];
  return { text, said, title: lines.join('\n'), isWarning };
}

function loadingWords([first, ...others]: string[], status: IPoolStatus): string {
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  const state = rowOf(first, status.models[first])?.state ?? 'loading';
  const [verb, ...percent] = state.split(' ');
  return [verb, first, ...percent].join(' ') + more;
}

function loadedWords(status: IPoolStatus): string {
  const models = modelsInMemory(status);
  return models.length > 0 ? `MLX models loaded: ${models.join(', ')}` : 'No MLX model is loaded';
}

function details(status: IPoolStatus): string[] {
  const { used_gb, limit_gb } = status.memory;
  const models = modelsInMemory(status);
  const more = models.length - MOST_MODELS;
  return [
    `${gigabytes(used_gb)} of ${gigabytes(limit_gb)} used (${percentUsed(status)} %)`,
    ...models.slice(0, MOST_MODELS).map(id => detail(id, status)),
    ...(more > 0 ? [`and ${more} more`] : [])
  ];
}

function detail(id: string, status: IPoolStatus): string {
  const row = rowOf(id, status.models[id]);
  return row ? `${id}: ${inShort(row)}` : id;
}
