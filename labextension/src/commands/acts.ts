import { evictAndTell } from '../eviction/told';
import { tellDone, tellDuring, tellFailed } from '../notice/notice';
import { planWords } from '../panel/plan';
import { statusOf } from '../pool/known';
import { IMLXPool } from '../tokens';
import { choices } from './choices';
import { IPick, pick } from './picker';
import { Verb, verbs } from './verbs';

/** Each tells how it went, and resolves to whether it was done. */
const acts: Record<Verb, (pool: IMLXPool, model: string, pin: boolean) => Promise<boolean>> = {
  load: (pool, model, pin) => load(pool.load(model, pin), model),
  switchTo: (pool, model) => load(pool.switchTo(model), model),
  evict: evictAndTell,
  pin: (pool, model) => told(pool.pin(model), model, 'pinned'),
  unpin: (pool, model) => told(pool.unpin(model), model, 'unpinned')
};

/** Does it with `model`, or with one that the user chooses. Resolves to whether it was done. */
export async function act(
  verb: Verb,
  pool: IMLXPool,
  model: string | null,
  pin: boolean
): Promise<boolean> {
  const chosen = model === null ? await choose(verb, pool) : { model, pin };
  return chosen !== null && acts[verb](pool, chosen.model, chosen.pin);
}

function choose(verb: Verb, pool: IMLXPool): Promise<IPick | null> {
  const { label, condition } = verbs[verb];
  const asksPin = verb === 'load';
  return pick({
    title: `${label} a model`,
    // `Switch to` has a button `Switch`.
    verb: label.split(' ', 1)[0],
    choices: choices(statusOf(pool.state), condition),
    asksPin,
    forecast: asksPin ? async model => planWords(await pool.client.plan(model)) : undefined
  });
}

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
