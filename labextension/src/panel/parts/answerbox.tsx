import * as React from 'react';

import { footer, IAnswer, tail } from '../answer';
import { Said } from './said';

interface IAnswerBoxProps {
  readonly answer: IAnswer;
  readonly isRunning: boolean;
}

/** An answer as plain text. It follows its end, unless the user has scrolled up to read. */
export function AnswerBox({ answer, isRunning }: IAnswerBoxProps): JSX.Element {
  const box = React.useRef<HTMLDivElement>(null);
  const isAtEnd = React.useRef(true);
  React.useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [answer]);
  const scrolled = ({ currentTarget: at }: React.UIEvent): void => {
    isAtEnd.current = at.scrollTop + at.clientHeight >= at.scrollHeight - 4;
  };
  return (
    <>
      <div
        className="mlx-Answer"
        ref={box}
        role="region"
        aria-label={`Answer of ${answer.model}`}
        aria-busy={isRunning}
        tabIndex={0}
        onScroll={scrolled}
      >
        {answer.thoughts && <div className="mlx-Answer-thoughts">{tail(answer.thoughts)}</div>}
        {tail(answer.text)}
      </div>
      <Said role="status" words={footer(answer)} />
    </>
  );
}
