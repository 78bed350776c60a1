import { IModelStatus } from '../api/wire';
import { CommandIds } from '../tokens';

type Condition = (model: IModelStatus) => boolean;

/** A command on one model. */
export interface IVerb {
  readonly id: string;
  /** With `…` it asks which; with a model's id behind it, it does not. */
  readonly label: string;
  readonly caption: string;
  /** Whom it can do something with. */
  readonly condition: Condition;
}

const isHeld: Condition = ({ status }) => status === 'running' || status === 'loading';
const isNotHeld: Condition = model => !isHeld(model);

export const verbs = {
  load: {
    id: CommandIds.load,
    label: 'Load',
    caption: 'Load a local model into memory; what is unused leaves if there is no room',
    condition: isNotHeld
  },
  switchTo: {
    id: CommandIds.switchTo,
    label: 'Switch to',
    caption: 'Load a local model; the largest unpinned ones leave if there is no room',
    condition: isNotHeld
  },
  evict: {
    id: CommandIds.evict,
    label: 'Evict',
    caption: 'Free the memory of a model',
    condition: isHeld
  },
  pin: {
    id: CommandIds.pin,
    label: 'Pin',
    caption: 'Keep a model in memory: it is not evicted to make room for others',
    condition: model => isHeld(model) && !model.pinned
  },
  unpin: {
    id: CommandIds.unpin,
    label: 'Unpin',
    caption: 'Let a model be evicted again',
    condition: model => model.pinned
  }
} satisfies { [name: string]: IVerb };

export type Verb = keyof typeof verbs;
