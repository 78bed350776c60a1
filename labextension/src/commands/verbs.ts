import { evictAndTell } from '../eviction/told';
import { tellDone, tellDuring, tellFailed } from '../notice/notice';
import { planWords } from '../panel/plan';
import { CommandIds, IMLXPool } from '../tokens';
import { conditions } from './choices';
import { IPickerOptions } from './picker';

/** A command on one model. */
export interface IVerb {
  readonly id: string;
  /** With `…` it asks which; with a model's id behind it, it does not. */
  readonly label: string;
  readonly caption: string;
  readonly verb: string;
  readonly condition: (typeof conditions)[keyof typeof conditions];
  readonly options?: (pool: IMLXPool) => Pick<IPickerOptions, 'forecast' | 'asksPin'>;
  /** Tells how it went, and resolves to whether it was done. */
  readonly act: (pool: IMLXPool, model: string, pin: boolean) => Promise<boolean>;
}

export const verbs: readonly IVerb[] = [
  {
    id: CommandIds.load,
    label: 'Load',
    caption: 'Load a local model into memory; what is unused leaves if there is no room',
    verb: 'Load',
    condition: conditions.load,
    options: pool => ({
      forecast: async model => planWords(await pool.client.plan(model)),
      asksPin: true
    }),
    act: (pool, model, pin) => load(pool.load(model, pin), model)
  },
  {
    id: CommandIds.switchTo,
    label: 'Switch to',
    caption: 'Load a local model; the largest unpinned ones leave if there is no room',
    verb: 'Switch',
    condition: conditions.load,
    act: (pool, model) => load(pool.switchTo(model), model)
  },
  {
    id: CommandIds.evict,
    label: 'Evict',
    caption: 'Free the memory of a model',
    verb: 'Evict',
    condition: conditions.evict,
    act: evictAndTell
  },
  {
    id: CommandIds.pin,
    label: 'Pin',
    caption: 'Keep a model in memory: it is not evicted to make room for others',
    verb: 'Pin',
    condition: conditions.pin,
    act: (pool, model) => told(pool.pin(model), model, 'pinned')
  },
  {
    id: CommandIds.unpin,
    label: 'Unpin',
    caption: 'Let a model be evicted again',
    verb: 'Unpin',
    condition: conditions.unpin,
    act: (pool, model) => told(pool.unpin(model), model, 'unpinned')
  }
];

function load(job: Promise<void>, model: string): Promise<boolean> {
  return tellDuring(`Loading ${model}`, job, `${model} is loaded`, `${model} was not loaded`);
}

async function told(job: Promise<void>, model: string, done: string): Promise<boolean> {
  try {
    await job;
    tellDone(`${model} is ${done}`);
    return true;
  } catch (error) {
    tellFailed(`${model} was not ${done}`, error);
    return false;
  }
}
