import { UseSignal } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Forecast } from '../forecast';
import { IChoice } from '../view';
import { Button } from './button';
import { Said } from './said';

interface ILoadBoxProps {
  readonly absent: readonly IChoice[];
  readonly forecast: Forecast;
  readonly field: React.RefObject<HTMLInputElement>;
  readonly isOff: boolean;
  /** Is it on this machine? */
  readonly isHere: (model: string) => boolean;
  readonly isBusy: (model: string) => boolean;
  readonly errorOf: (model: string) => string;
  /** Resolves to whether it is loaded. */
  readonly load: (model: string, pin: boolean) => Promise<boolean>;
}

const HINT = 'Press Enter to see what a load would do.';

/**
 * A choice among the models of this machine, with what a load would do said before the click. An
 * id that is not here is only looked for when it is whole: at the first Enter.
 */
export function LoadBox(props: ILoadBoxProps): JSX.Element {
  const { absent, forecast, field, isOff } = props;
  const [text, setText] = React.useState('');
  const [pin, setPin] = React.useState(false);
  const model = text.trim();
  const isKnown = props.isHere(model);
  React.useEffect(() => forecast.choose(isKnown ? model : ''), [model, isKnown]);
  const load = async (): Promise<void> => {
    forecast.choose('');
    const isLoaded = await props.load(model, pin);
    setText(now => (isLoaded && now.trim() === model ? '' : now));
  };
  const isStill = isOff || model === '' || props.isBusy(model);
  const enter = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' && model !== '' && !isKnown && forecast.model !== model) {
      event.preventDefault();
      forecast.choose(model);
    }
  };
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    if (!isStill) {
      void load();
    }
  };
  return (
    <form className="mlx-Load" aria-labelledby="mlx-load-title" onSubmit={submit}>
      <h3 id="mlx-load-title">Load a model</h3>
      <input
        className="mlx-Field"
        ref={field}
        data-mlx-home=""
        list="mlx-load-models"
        aria-label="Model to load"
        aria-describedby="mlx-load-plan"
        placeholder="Choose or type a model"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={enter}
      />
      <datalist id="mlx-load-models">
        {absent.map(choice => (
          <option key={choice.model} value={choice.model} label={choice.label} />
        ))}
      </datalist>
      <UseSignal signal={forecast.changed}>
        {() => (
          <div id="mlx-load-plan" className="mlx-Load-plan" role="status">
            {forecast.words || (isKnown || isStill || forecast.model === model ? '' : HINT)}
          </div>
        )}
      </UseSignal>
      {props.errorOf(model) && <Said role="alert" words={props.errorOf(model)} />}
      <div className="mlx-Line">
        <label className="mlx-Check">
          <input type="checkbox" checked={pin} onChange={event => setPin(event.target.checked)} />
          Pin
        </label>
        <Button label="Load" of={model} isMain isOff={isStill} />
      </div>
    </form>
  );
}
