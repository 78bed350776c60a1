import * as React from 'react';

import { ILogLine } from '../log';

/** Who left, and why; the newest first. */
export function Log({ lines }: { readonly lines: readonly ILogLine[] }): JSX.Element {
  return (
    <section className="mlx-Log" aria-labelledby="mlx-log-title">
      <h3 id="mlx-log-title">Evictions and failures</h3>
      {lines.length === 0 ? (
        <p className="mlx-Quiet">Nothing has been evicted yet.</p>
      ) : (
        <ol tabIndex={0} aria-labelledby="mlx-log-title">
          {lines.map(({ id, time, words }) => (
            <li key={id}>
              <time>{time}</time>
              <span>{words}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
