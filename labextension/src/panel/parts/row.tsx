import * as React from 'react';

import { buttonsOf, Verb } from '../buttons';
import { IRow } from '../row';
import { Button } from './button';
import { Said } from './said';

interface IRowProps {
  readonly row: IRow;
  readonly fill: number | undefined;
  /** What went wrong with the last thing that was asked for. */
  readonly error: string;
  readonly isBusy: boolean;
  readonly isOff: boolean;
  readonly press: (verb: Verb, model: string) => void;
}

/** One model: what there is to know of it, and what can be done with it. */
export function Row({ row, fill, error, isBusy, isOff, press }: IRowProps): JSX.Element {
  const facts = [row.kind, row.state, ...row.facts];
  return (
    <li className={`mlx-Row mlx-mod-${row.status}`} data-mlx-row={row.model}>
      <div className="mlx-Row-head">
        <span className={`mlx-Swatch mlx-fill-${fill ?? 'none'}`} aria-hidden="true" />
        <span className="mlx-Row-model">{row.model}</span>
        <span className="mlx-Row-size">{row.size}</span>
      </div>
      <div className="mlx-Row-facts">
        {facts.map((fact, place) => (
          <React.Fragment key={fact}>
            <span>{place < facts.length - 1 ? `${fact} ·` : fact}</span>{' '}
          </React.Fragment>
        ))}
      </div>
      {row.share !== null && <Progress row={row} share={row.share} />}
      {error ? (
        <Said role="alert" words={error} />
      ) : (
        row.error && <div className="mlx-Error">Error: {row.error}</div>
      )}
      <div className="mlx-Row-buttons">
        {buttonsOf(row).map(button => (
          <Button
            {...button}
            key={button.label}
            of={row.model}
            isOff={isOff || (isBusy && button.verb !== 'cancel')}
            press={() => press(button.verb, row.model)}
          />
        ))}
      </div>
    </li>
  );
}

function Progress({ row, share }: { readonly row: IRow; readonly share: number }): JSX.Element {
  const percent = Math.trunc(100 * share);
  return (
    <div
      className="mlx-Progress"
      role="progressbar"
      aria-label={`Load of ${row.model}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={row.state}
    >
      <div style={{ width: `${percent}%` }} />
    </div>
  );
}
