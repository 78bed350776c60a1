import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { JSONValue } from '@lumino/coreutils';

/** How the user wants completions. */
export interface IInlineSettings {
  /** Empty: the loaded text model that was used last. */
  readonly model: string;
  /** May `model` be loaded, and others evicted for it, because someone types? */
  readonly mayLoad: boolean;
  /** Up to a blank line, rather than to the end of this one. */
  readonly isMultiline: boolean;
  readonly maxTokens: number;
  /** How long the first words may take; JupyterLab drops what comes later. */
  readonly timeoutMilliseconds: number;
}

export const DEFAULTS: IInlineSettings = {
  model: '',
  mayLoad: false,
  isMultiline: true,
  maxTokens: 64,
  timeoutMilliseconds: 5000
};

/** What JupyterLab shows in Settings → Inline Completer, beside its own four fields. */
export const SCHEMA: ISettingRegistry.IProperty = {
  properties: {
    // One of JupyterLab's, named here so that it is shown first.
    enabled: { type: 'boolean' },
    model: {
      title: 'Model',
      description: 'The id of a local model. Empty: the loaded text model that was used last.',
      type: 'string'
    },
    mayLoad: {
      title: 'Load the model when needed',
      description:
        'Typing may then load the model named above, and evict others for it. Otherwise only a model that is loaded is asked.',
      type: 'boolean'
    },
    multiline: {
      title: 'Several lines',
      description: 'Suggest up to the next blank line, rather than to the end of this line.',
      type: 'boolean'
    },
    maxTokens: {
      title: 'Maximum tokens',
      description: 'How long a suggestion may become.',
      type: 'number',
      minimum: 1,
      maximum: 1024
    }
  },
  default: {
    // Off until the user wants it: a model that nobody asked for would be busy all the time.
    enabled: false,
    autoFillInMiddle: true,
    debouncerDelay: 250,
    timeout: DEFAULTS.timeoutMilliseconds,
    model: DEFAULTS.model,
    mayLoad: DEFAULTS.mayLoad,
    multiline: DEFAULTS.isMultiline,
    maxTokens: DEFAULTS.maxTokens
  }
};

/** A value of another type leaves the default. */
export function settingsOf(values: { [name: string]: JSONValue } = {}): IInlineSettings {
  const { model, mayLoad, multiline, maxTokens, timeout } = values;
  return {
    model: typeof model === 'string' ? model.trim() : DEFAULTS.model,
    mayLoad: typeof mayLoad === 'boolean' ? mayLoad : DEFAULTS.mayLoad,
    isMultiline: typeof multiline === 'boolean' ? multiline : DEFAULTS.isMultiline,
    maxTokens: isPositive(maxTokens) ? Math.ceil(maxTokens) : DEFAULTS.maxTokens,
    timeoutMilliseconds: isPositive(timeout) ? timeout : DEFAULTS.timeoutMilliseconds
  };
}

function isPositive(value: JSONValue | undefined): value is number {
  return typeof value === 'number' && value > 0;
}
