import { UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { Question } from '../question';
import { IChoice } from '../view';
import { AnswerBox } from './answerbox';
import { Button } from './button';

interface IAskBoxProps {
  readonly question: Question;
  readonly askable: readonly IChoice[];
  readonly kinds: ReadonlyMap<string, string>;
  /** Whom the user has chosen; empty for the first. */
  readonly model: string;
  readonly choose: (model: string) => void;
  readonly field: React.RefObject<HTMLTextAreaElement>;
  readonly isOff: boolean;
}

/** A question to one model, answered here: to see whether it works, and how fast. */
export function AskBox(props: IAskBoxProps): JSX.Element {
  return <UseSignal signal={props.question.changed}>{() => <Form {...props} />}</UseSignal>;
}

function Form({ question, askable, kinds, choose, field, isOff, ...props }: IAskBoxProps): JSX.Element {
  const [text, setText] = React.useState('');
  const model = props.model || (askable[0]?.model ?? '');
  const isKnown = askable.some(choice => choice.model === model);
  const reason = isKnown ? '' : noAnswers(model, kinds.get(model));
  const isStill = isOff || reason !== '' || text.trim() === '';
  const submit = (): void => {
    if (question.isRunning) {
      question.stop();
    } else if (!isStill) {
      void question.ask(model, text.trim());
    }
  };
  const keys = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape' && question.isRunning) {
      event.stopPropagation();
      question.stop();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (event.target === field.current && !question.isRunning) {
        submit();
      }
    }
  };
  return (
    <form
      className="mlx-Ask"
      aria-labelledby="mlx-ask-title"
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
    >
      <h3 id="mlx-ask-title">Ask a model</h3>
      <select
        className="mlx-Field"
        aria-label="Model to ask"
        value={model}
        onChange={event => choose(event.target.value)}
      >
        {!isKnown && <option value={model}>{model}</option>}
        {askable.map(choice => (
          <option key={choice.model} value={choice.model}>
            {choice.label}
          </option>
        ))}
      </select>
      <textarea
        className="mlx-Field"
        ref={field}
        rows={2}
        aria-label="Question"
        placeholder="A question, then Enter"
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={keys}
      />
      {reason && (
        <div className="mlx-Quiet" role="status">
          {reason}
        </div>
      )}
      <div className="mlx-Line mlx-mod-end">
        {question.isRunning ? (
          <Button label="Stop" verb="go" hint="Stop the answer (Escape)" key="go" />
        ) : (
          <Button label="Ask" verb="go" key="go" isMain isOff={isStill} />
        )}
      </div>
      {question.error && (
        <div className="mlx-Error" role="alert">
          {question.error}
        </div>
      )}
      {question.answer && <AnswerBox answer={question.answer} isRunning={question.isRunning} />}
    </form>
  );
}

function noAnswers(model: string, kind: string | undefined): string {
  if (model === '') {
    return 'No model on this machine answers questions.';
  }
  return kind === 'embedding'
    ? `${model} makes no answers: it turns texts into vectors (%embed in a notebook).`
    : '';
}
