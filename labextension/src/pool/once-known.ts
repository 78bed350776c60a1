import { IMLXPool } from '../tokens';

/**
 * Calls `act` when the server has said for the first time what there is: never where it has no
 * pool. If that rejects, which is not told, it is called again after the next change.
 */
export function onceKnown(pool: IMLXPool, act: () => Promise<void>): void {
  const look = (): void => {
    if (pool.state.kind === 'known') {
      pool.changed.disconnect(look);
      act().catch(() => pool.changed.connect(look));
    }
  };
  pool.changed.connect(look);
  look();
}
