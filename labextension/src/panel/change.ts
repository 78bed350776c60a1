import { evict } from '../eviction/evict';
import { IMLXPool } from '../tokens';
import { Verb } from './buttons';

/** Does what a model's button says. Rejects as the pool does. */
export async function change(
  pool: IMLXPool,
  verb: Exclude<Verb, 'ask'>,
  model: string
): Promise<void> {
  switch (verb) {
    case 'load':
      return pool.load(model, false);
    case 'pin':
      return pool.pin(model);
    case 'unpin':
      return pool.unpin(model);
    case 'evict':
      await evict(pool, model);
      return;
    case 'cancel':
    case 'dismiss':
      return pool.evict(model, true);
  }
}
