import * as React from 'react';

import { Verb } from '../buttons';
import { Errands } from '../errands';
import { IRow } from '../row';
import { Row } from './row';

interface IModelsProps {
  readonly rows: readonly IRow[];
  readonly fills: ReadonlyMap<string, number>;
  readonly errands: Errands;
  readonly isOff: boolean;
  readonly ask: (model: string) => void;
  readonly change: (verb: Exclude<Verb, 'ask'>, model: string) => Promise<void>;
}

/** The models that are loaded, are being loaded, have failed, or are pinned. */
export function Models({ rows, fills, errands, isOff, ask, change }: IModelsProps): JSX.Element {
  const press = (verb: Verb, model: string): void => {
    if (verb === 'ask') {
      ask(model);
    } else {
      void errands.run(model, () => change(verb, model));
    }
  };
  return (
    <section aria-labelledby="mlx-models-title">
      <h3 id="mlx-models-title">Models</h3>
      {rows.length === 0 ? (
        <p className="mlx-Quiet">No model is loaded. Choose one below.</p>
      ) : (
        <ul className="mlx-Rows" aria-labelledby="mlx-models-title">
          {rows.map(row => (
            <Row
              key={row.model}
              row={row}
              fill={fills.get(row.model)}
              error={errands.errorOf(row.model)}
              isBusy={errands.isBusy(row.model)}
              isOff={isOff}
              press={press}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
