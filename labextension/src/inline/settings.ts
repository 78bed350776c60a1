import { JSONValue } from '@lumino/coreutils';

import { flag } from '../flag';
import { DEFAULTS } from './schema';

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

/** A value of another type leaves the default. */
export function settingsOf(values: { [name: string]: JSONValue } = {}): IInlineSettings {
  const { model, mayLoad, multiline, maxTokens, timeout } = values;
  return {
    model: typeof model === 'string' ? model.trim() : DEFAULTS.model,
    mayLoad: flag(mayLoad, DEFAULTS.mayLoad),
    isMultiline: flag(multiline, DEFAULTS.isMultiline),
    maxTokens: isPositive(maxTokens) ? Math.ceil(maxTokens) : DEFAULTS.maxTokens,
    timeoutMilliseconds: isPositive(timeout) ? timeout : DEFAULTS.timeoutMilliseconds
  };
}

function isPositive(value: JSONValue | undefined): value is number {
  return typeof value === 'number' && value > 0;
}
