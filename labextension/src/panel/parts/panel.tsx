import React from 'react';

import { IMLXPool } from '../../tokens';
import { Verb } from '../buttons';
import { change } from '../change';
import { Errands } from '../errands';
import { Forecast } from '../forecast';
import { Question } from '../question';
import { IRow } from '../row';
import { fillsOf } from '../segments';
import { IView } from '../view';
import { AskBox } from './askbox';
import { Budget } from './budget';
import { FocusKeeper } from './focuskeeper';
import { LoadBox } from './loadbox';
import { Log } from './log';
import { News } from './news';
import { Notice } from './notice';
import { Row } from './row';

/** Where the keyboard is wanted. Each wish is an object of its own, also if it says the same. */
export interface IWish {
  /** A model that is to be asked. */
  readonly ask?: string;
  readonly load?: true;
}

interface IPanelProps {
  readonly pool: IMLXPool;
  readonly view: IView;
  readonly errands: Errands;
  readonly forecast: Forecast;
  readonly question: Question;
  readonly wish: IWish | null;
}

/** All of the panel. What it shows is `view`; what the user does goes to the pool. */
export function Panel({ pool, view, errands, forecast, question, wish }: IPanelProps): JSX.Element {
  const [asked, setAsked] = React.useState('');
  const loadField = React.useRef<HTMLInputElement>(null);
  const askField = React.useRef<HTMLTextAreaElement>(null);
  const ask = (model: string): void => {
    setAsked(model);
    askField.current?.focus();
  };
  const isThere = view.budget !== null;
  React.useEffect(() => {
    if (isThere && wish?.ask !== undefined) {
      ask(wish.ask);
    } else if (isThere && wish?.load) {
      loadField.current?.focus();
    }
  }, [wish, isThere]);
  const isOff = view.standing !== 'known';
  const fills = fillsOf(view.budget?.segments.map(({ model }) => model).filter(Boolean) ?? []);
  const there = new Set(view.rows.map(row => row.model));
  const press = (verb: Verb, row: IRow): void => {
    if (verb === 'ask') {
      ask(row.model);
    } else {
      void errands.run(row.model, () => change(pool, verb, row.model));
    }
  };
  return (
    <FocusKeeper>
      <h2>MLX models</h2>
      <News view={view} />
      {view.notice && <Notice pool={pool} view={view} />}
      {view.budget && (
        <div className={isOff ? 'mlx-mod-stale' : ''}>
          <Budget budget={view.budget} fills={fills} told={there} />
          <section aria-labelledby="mlx-models-title">
            <h3 id="mlx-models-title">Models</h3>
            {view.rows.length === 0 && (
              <p className="mlx-Quiet">No model is loaded. Choose one below.</p>
            )}
            <ul className="mlx-Rows" aria-labelledby="mlx-models-title" hidden={view.rows.length === 0}>
              {view.rows.map(row => (
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
          </section>
          <LoadBox
            absent={view.absent}
            forecast={forecast}
            field={loadField}
            isOff={isOff}
            isHere={model => view.kinds.has(model)}
            isBusy={model => errands.isBusy(model)}
            errorOf={model => (there.has(model) ? '' : errands.errorOf(model))}
            load={(model, pin) => errands.run(model, () => pool.load(model, pin))}
          />
          <AskBox
            question={question}
            askable={view.askable}
            kinds={view.kinds}
            model={asked}
            choose={setAsked}
            field={askField}
            isOff={isOff}
          />
          <Log lines={view.log} />
        </div>
      )}
    </FocusKeeper>
  );
}
