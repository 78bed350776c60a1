import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';

import { Client } from './api/client';
import { IPoolEvent, IPoolStatus } from './api/wire';

/** The id of a plugin of this package. */
export function pluginId(name: string): string {
  return `@mlx-jupyter/labextension:${name}`;
}

export const CommandIds = {
  openPanel: 'mlx-jupyter:open-panel',
  load: 'mlx-jupyter:load',
  evict: 'mlx-jupyter:evict',
  evictUnpinned: 'mlx-jupyter:evict-unpinned',
  pin: 'mlx-jupyter:pin',
  unpin: 'mlx-jupyter:unpin',
  switchTo: 'mlx-jupyter:switch',
  copyOpenAI: 'mlx-jupyter:copy-openai-config',
  insertChatCell: 'mlx-jupyter:insert-chat-cell',
  explainError: 'mlx-jupyter:explain-error'
} as const;

/**
 * What is known of the pool. `missing`: the server has no such extension, and is not asked again
 * until someone calls `refresh`. `unreachable`: it does not answer now; `status` is what it said
 * last. `at` is when `status` was so, in milliseconds since 1970.
 */
export type PoolState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly status: IPoolStatus | null }
  | {
      readonly kind: 'known';
      readonly status: IPoolStatus;
      readonly events: readonly IPoolEvent[];
      readonly at: number;
    };

/** The user's wishes, from JupyterLab's settings. */
export interface IPreferences {
  /** Seconds between two looks at an idle pool; events of the server come between them. */
  readonly refreshSeconds: number;
  readonly showStatus: boolean;
  /** Percent of the budget from which on the status bar warns. */
  readonly warnPercent: number;
  /** Is it asked before a pinned model, or one in use, is evicted? */
  readonly confirmEvict: boolean;
}

/**
 * The pool of this server, the same for all who look. The verbs resolve once the server has done it
 * and `state` shows it; they reject with `PoolError` or `ServerConnection.NetworkError`.
 */
export interface IMLXPool {
  readonly client: Client;
  readonly state: PoolState;
  readonly changed: ISignal<IMLXPool, PoolState>;
  readonly preferences: IPreferences;
  readonly preferencesChanged: ISignal<IMLXPool, IPreferences>;
  refresh(): Promise<void>;
  load(model: string, pin: boolean): Promise<void>;
  /** `force` also where it is in use; its requests then fail. */
  evict(model: string, force?: boolean): Promise<void>;
  /** All that are neither pinned nor in use; those that are gone. */
  evictUnpinned(): Promise<string[]>;
  pin(model: string): Promise<void>;
  unpin(model: string): Promise<void>;
  switchTo(model: string): Promise<void>;
}

export const IMLXPool = new Token<IMLXPool>(
  '@mlx-jupyter/labextension:IMLXPool',
  'The pool of local models of this Jupyter server: what is loaded, and verbs to change it.'
);
