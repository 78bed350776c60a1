import * as React from 'react';

import { budgetWords, IBudget } from '../budget';
import { ISegment, segmentWords } from '../segments';

/** The budget as a sentence and as a bar; the rows below are the legend of its models. */
export function Budget(props: {
  readonly budget: IBudget;
  readonly fills: ReadonlyMap<string, number>;
  /** The models that have a row. */
  readonly told: ReadonlySet<string>;
}): JSX.Element {
  const { budget, fills, told } = props;
  const { used, level, free, pressure, percent, segments } = budget;
  const others = segments.filter(({ part, model }) => part !== 'free' && !told.has(model));
  return (
    <section className="mlx-Budget" aria-label="Memory">
      <p className="mlx-Budget-words">
        <strong>{used}</strong> <span>{level}</span> <span>{free}</span>
      </p>
      <div
        className="mlx-Bar"
        role="meter"
        aria-label="Memory used"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={budgetWords(budget)}
      >
        {segments.map(segment => (
          <Segment key={segment.part + segment.model} segment={segment} fills={fills} />
        ))}
      </div>
      {others.length > 0 && (
        <ul className="mlx-Legend" aria-label="What else takes memory">
          {others.map(segment => (
            <li key={segment.part + segment.model}>
              <span className={fillOf(segment, fills, 'mlx-Swatch')} aria-hidden="true" />
              {segmentWords(segment)}
            </li>
          ))}
        </ul>
      )}
      {pressure && (
        <p className="mlx-Budget-pressure" role="alert">
          {pressure}
        </p>
      )}
    </section>
  );
}

function Segment(props: {
  readonly segment: ISegment;
  readonly fills: ReadonlyMap<string, number>;
}): JSX.Element {
  const { segment, fills } = props;
  return (
    <div
      className={fillOf(segment, fills, 'mlx-Bar-part')}
      style={{ flexGrow: segment.bytes }}
      title={segmentWords(segment)}
    />
  );
}

/** The classes that colour a part, and give it its pattern. */
function fillOf(
  { part, model }: ISegment,
  fills: ReadonlyMap<string, number>,
  className: string
): string {
  return `${className} mlx-mod-${part} mlx-fill-${fills.get(model) ?? 'none'}`;
}
