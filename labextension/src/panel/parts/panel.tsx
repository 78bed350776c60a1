import * as React from 'react';

import { IMLXPool } from '../../tokens';
import { IBudget } from '../budget';
import { change } from '../change';
import { Errands } from '../errands';
import { Forecast } from '../forecast';
import { Question } from '../question';
import { fillsOf } from '../segments';
import { IView } from '../view';
import { AskBox } from './askbox';
import { Budget } from './budget';
import { FocusKeeper } from './focuskeeper';
import { LoadBox } from './loadbox';
import { Log } from './log';
import { Models } from './models';
import { News } from './news';
import { Notice } from './notice';

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
  /** The wish has been followed; it is not to be followed again. */
  readonly granted: () => void;
}

/** All of the panel. What it shows is `view`; what the user does goes to the pool. */
export function Panel(props: IPanelProps): JSX.Element {
  const { pool, view } = props;
  return (
    <FocusKeeper>
      <h2>MLX models</h2>
      <News view={view} />
      {view.notice && <Notice pool={pool} view={view} />}
      {view.budget && <Sections {...props} budget={view.budget} />}
    </FocusKeeper>
  );
}

function Sections(props: IPanelProps & { readonly budget: IBudget }): JSX.Element {
  const { pool, view, budget, errands, forecast, question, wish, granted } = props;
  const [asked, setAsked] = React.useState('');
  const loadField = React.useRef<HTMLInputElement>(null);
  const askField = React.useRef<HTMLTextAreaElement>(null);
  const ask = (model: string): void => {
    setAsked(model);
    askField.current?.focus();
  };
  React.useEffect(() => {
    if (wish?.ask !== undefined) {
      ask(wish.ask);
    } else if (wish?.load) {
      loadField.current?.focus();
    }
    if (wish !== null) {
      granted();
    }
  }, [wish]);
  const isOff = view.standing !== 'known';
  const fills = fillsOf(budget.segments.map(({ model }) => model).filter(Boolean));
  const rowed = new Set(view.rows.map(row => row.model));
  return (
    <div className={isOff ? 'mlx-mod-stale' : ''}>
      <Budget budget={budget} fills={fills} told={rowed} />
      <Models
        rows={view.rows}
        fills={fills}
        errands={errands}
        isOff={isOff}
        ask={ask}
        change={(verb, model) => change(pool, verb, model)}
      />
      <LoadBox
        absent={view.absent}
        forecast={forecast}
        field={loadField}
        isOff={isOff}
        isHere={model => view.kinds.has(model)}
        isBusy={model => errands.isBusy(model)}
        errorOf={model => (rowed.has(model) ? '' : errands.errorOf(model))}
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
  );
}
