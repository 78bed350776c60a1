import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Question } from '../question';
import { IChoice } from '../view';
import { AnswerBox } from './answerbox';
import { Button } from './button';
import { Said } from './said';

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

function Form(props: IAskBoxProps): JSX.Element {
  const { question, field } = props;
  const [text, setText] = React.useState('');
  const model = props.model || (props.askable[0]?.model ?? '');
  const reason = whyNot(model, props);
  const isStill = props.isOff || reason !== '' || text.trim() === '';
  const ask = (): void => {
    if (!isStill && !question.isRunning) {
      void question.ask(model, text.trim());
    }
  };
  const keys = (event: React.KeyboardEvent): void => {
    const { key, shiftKey, target, nativeEvent } = event;
    if (key === 'Escape' && question.isRunning) {
      event.stopPropagation();
      question.stop();
    } else if (key === 'Enter' && !shiftKey && target === field.current) {
      if (!nativeEvent.isComposing) {
        event.preventDefault();
        ask();
      }
    }
  };
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (question.isRunning) {
      question.stop();
    } else {
      ask();
    }
  };
  return (
    <form className="mlx-Ask" aria-labelledby="mlx-ask-title" onSubmit={submit} onKeyDown={keys}>
      <h3 id="mlx-ask-title">Ask a model</h3>
      <Choice {...props} model={model} />
      <textarea
        className="mlx-Field"
        ref={field}
        rows={2}
        aria-label="Question"
        placeholder="A question, then Enter"
        value={text}
        onChange={event => setText(event.target.value)}
      />
      {reason && <Said role="status" words={reason} />}
      <div className="mlx-Line mlx-mod-end">
        {question.isRunning ? (
          <Button label="Stop" key="go" hint="Stop the answer (Escape)" />
        ) : (
          <Button label="Ask" key="go" isMain isOff={isStill} />
        )}
      </div>
      {question.error && <Said role="alert" words={question.error} />}
      {question.answer && <AnswerBox answer={question.answer} isRunning={question.isRunning} />}
    </form>
  );
}

/** Whom to ask; also one that was chosen elsewhere, and cannot be asked. */
function Choice({ askable, model, choose }: IAskBoxProps): JSX.Element {
  const isThere = askable.some(choice => choice.model === model);
  const choices = isThere ? askable : [{ model, label: model }, ...askable];
  return (
    <select
      className="mlx-Field"
      aria-label="Model to ask"
      value={model}
      onChange={event => choose(event.target.value)}
    >
      {choices.map(choice => (
        <option key={choice.model} value={choice.model}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

/** Why it cannot be asked; empty where it can. */
function whyNot(model: string, { askable, kinds }: IAskBoxProps): string {
  if (model === '') {
    return 'No model on this machine answers questions.';
  }
  return askable.some(choice => choice.model === model) || kinds.get(model) !== 'embedding'
    ? ''
    : `${model} makes no answers: it turns texts into vectors (%embed in a notebook).`;
}
