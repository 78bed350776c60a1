import { ISettingRegistry } from '@jupyterlab/settingregistry';

import type { IInlineSettings } from './settings';

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
      description: 'Typing may then load the model named above, and evict others for it.',
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
