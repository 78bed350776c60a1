import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';

import rules from '../../style/picker.raw.css';
import { addStyle } from '../style';
import { inWords } from '../words/errors';

addStyle(rules);

export interface IChoice {
  readonly model: string;
  readonly label: string;
}

export interface IPickerOptions {
  readonly title: string;
  /** What the user agrees to: `Load`. */
  readonly verb: string;
  readonly choices: readonly IChoice[];
  /** What choosing `model` would do; shown below it. */
  readonly forecast?: (model: string) => Promise<string>;
  /** Whether it is asked if the model is to be pinned too. */
  readonly asksPin?: boolean;
}

export interface IPick {
  readonly model: string;
  readonly pin: boolean;
}

/** Lets the user choose a model; null where they would rather not. */
export async function pick(options: IPickerOptions): Promise<IPick | null> {
  const { title, verb, asksPin } = options;
  const { button, isChecked, value } = await showDialog({
    title,
    body: new Picker(options),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: verb })],
    checkbox: asksPin ? { label: 'Pin', caption: 'Never evict it to make room for others' } : null,
    focusNodeSelector: 'select'
  });
  return button.accept && value ? { model: value, pin: isChecked ?? false } : null;
}

class Picker extends Widget implements Dialog.IBodyWidget<string> {
  constructor({ choices, forecast }: IPickerOptions) {
    super();
    this.addClass('mlx-Picker');
    const label = this.node.appendChild(document.createElement('label'));
    label.append('Model', this.select);
    this.select.className = 'jp-mod-styled';
    this.select.append(...choices.map(choice => new Option(choice.label, choice.model)));
    if (forecast) {
      this.hint.setAttribute('role', 'status');
      this.node.append(this.hint);
      this.select.addEventListener('change', () => void this.foretell(forecast));
      void this.foretell(forecast);
    }
  }

  getValue(): string {
    return this.select.value;
  }

  private async foretell(forecast: (model: string) => Promise<string>): Promise<void> {
    const model = this.getValue();
    const said = await forecast(model).catch(inWords);
    if (model === this.getValue()) {
      this.hint.textContent = said;
    }
  }

  private readonly select = document.createElement('select');
  private readonly hint = document.createElement('p');
}
