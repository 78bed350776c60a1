import { IMLXPool } from '../tokens';
import { loss, Verb } from './buttons';
import { mayEvict } from './confirm';
import { Errands } from './errands';
import { IRow } from './row';

type Change = Exclude<Verb, 'ask'>;

/** Does what a row's button says; asks first where something would be lost, and the user wants it. */
export async function act(
  pool: IMLXPool,
  errands: Errands,
  verb: Change,
  row: IRow
): Promise<void> {
  const lost = verb === 'evict' && pool.preferences.confirmEvict ? loss(row) : '';
  if (lost === '' || (await mayEvict(row.model, lost))) {
    await errands.run(row.model, () => change(pool, verb, row));
  }
}

function change(pool: IMLXPool, verb: Change, { model, requests }: IRow): Promise<void> {
  switch (verb) {
    case 'load':
      return pool.load(model, false);
    case 'pin':
      return pool.pin(model);
    case 'unpin':
      return pool.unpin(model);
    case 'evict':
      // Without a question it would not have been forced: that a use began since is an error.
      return pool.evict(model, requests > 0);
    case 'cancel':
    case 'dismiss':
      return pool.evict(model, true);
  }
}
