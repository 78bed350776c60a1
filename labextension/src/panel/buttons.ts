import { IRow } from './row';

export type Verb = 'load' | 'pin' | 'unpin' | 'ask' | 'evict' | 'cancel' | 'dismiss';

/** `pressed` for one that is on or off. */
export interface IButton {
  readonly verb: Verb;
  readonly label: string;
  /** What it does, in a sentence. */
  readonly hint: string;
  readonly pressed?: boolean;
}

/** The buttons that suit a model's state, in the order in which they stand. */
export function buttonsOf({ model, status, pinned }: IRow): readonly IButton[] {
  const pin: IButton = pinned
    ? { verb: 'unpin', label: 'Pin', hint: `Take every pin of ${model} away`, pressed: true }
    : { verb: 'pin', label: 'Pin', hint: `Keep ${model} until it is unpinned`, pressed: false };
  const pins = pinned ? [pin] : [];
  switch (status) {
    case 'running':
      return [
        pin,
        { verb: 'ask', label: 'Ask', hint: `Ask ${model} a question, in the box below` },
        { verb: 'evict', label: 'Evict', hint: `Unload ${model} and give its memory back` }
      ];
    case 'loading':
      return [...pins, { verb: 'cancel', label: 'Cancel', hint: `Give up the load of ${model}` }];
    case 'failed':
      return [
        { verb: 'load', label: 'Load again', hint: `Load ${model} again` },
        ...pins,
        { verb: 'dismiss', label: 'Dismiss', hint: `Forget that ${model} failed` }
      ];
    default:
      return [...pins, { verb: 'load', label: 'Load', hint: `Load ${model}` }];
  }
}

/** What is lost if a model is evicted now; empty where it is nothing. */
export function loss({ pinned, facts, requests }: IRow): string {
  const pins = facts.find(fact => fact.startsWith('pinned by ')) ?? (pinned ? 'pinned' : '');
  const uses = facts.find(fact => fact.startsWith('in use by ')) ?? '';
  const said = [pins, uses].filter(fact => fact !== '').join(' and ');
  if (said === '') {
    return '';
  }
  return `It is ${said}${requests > 0 ? ', which will fail' : ''}.`;
}
