import { PoolError } from '../api/client';

const MOST = 3;
const TOO_MANY =
  `${MOST} models are being loaded from this page already, and a browser cannot wait for more at` +
  ' once: load it when one of them is there.';

/**
 * The loads of this page, each of which holds a connection until it is over. A browser has six to
 * a server: with more loads JupyterLab could not even save a notebook meanwhile.
 */
export class Loads {
  /** Rejects as `load` does, and at once where there are too many. */
  async run(load: () => Promise<void>): Promise<void> {
    if (this.count >= MOST) {
      throw new PoolError(TOO_MANY, 429);
    }
    this.count += 1;
    try {
      await load();
    } finally {
      this.count -= 1;
    }
  }

  private count = 0;
}
