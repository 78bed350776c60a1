import { IChunk } from '../api/wire';

/**
 * An answer that is being written. `thoughts` are what the model wrote before it. Times are in
 * milliseconds from anywhere.
 */
export interface IAnswer {
  readonly model: string;
  readonly text: string;
  readonly thoughts: string;
  readonly tokens: number | null;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** How much was written with the first piece: it has no speed. */
  readonly firstCharacters: number;
  readonly ending: Ending;
}

/** `length`: there were more tokens than one answer may have. */
export type Ending = 'none' | 'stop' | 'length' | 'stopped' | 'error';

const MARKS: Record<Ending, string> = {
  none: '',
  stop: '',
  length: 'cut off: as long as it may be',
  stopped: 'stopped',
  error: 'cut off by an error'
};
const SHOWN_CHARACTERS = 6000;
/** What comes in less was written before: a busy machine sends all of a short answer together. */
const SHORTEST_MILLISECONDS = 20;

export function begun(model: string): IAnswer {
  return {
    ...{ model, text: '', thoughts: '', tokens: null, firstAt: null, lastAt: null },
    ...{ firstCharacters: 0, ending: 'none' }
  };
}

/** The answer with the next piece, which came at `now`. */
export function grown(answer: IAnswer, chunk: IChunk, now: number): IAnswer {
  const choice = chunk.choices?.[0];
  const text = answer.text + (choice?.delta?.content ?? '');
  const thoughts = answer.thoughts + (choice?.delta?.reasoning_content ?? '');
  const characters = text.length + thoughts.length;
  const isMore = characters > answer.text.length + answer.thoughts.length;
  const isFirst = isMore && answer.firstAt === null;
  return {
    model: chunk.model ?? answer.model,
    text,
    thoughts,
    tokens: chunk.usage?.completion_tokens ?? answer.tokens,
    firstAt: isFirst ? now : answer.firstAt,
    lastAt: isMore ? now : answer.lastAt,
    firstCharacters: isFirst ? characters : answer.firstCharacters,
    ending: endingOf(choice?.finish_reason) ?? answer.ending
  };
}

/** The answer as it is when nothing more comes. */
export function ended(answer: IAnswer, how: 'stop' | 'stopped' | 'error'): IAnswer {
  return how === 'stop' && answer.ending !== 'none' ? answer : { ...answer, ending: how };
}

/** What of a text is shown: its end, which is where it grows. */
export function tail(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `… ${text.slice(-SHOWN_CHARACTERS)}` : text;
}

/** `demo/chat · 12 tokens · 340 tokens/s` */
export function footer(answer: IAnswer): string {
  const { model, tokens, ending } = answer;
  const speed = speedOf(answer);
  return [
    ending === 'none' ? `${model} …` : model,
    tokens === null ? '' : tokens === 1 ? '1 token' : `${tokens} tokens`,
    speed === null ? '' : `${speed.toFixed(speed >= 10 ? 0 : 1)} tokens/s`,
    MARKS[ending]
  ]
    .filter(fact => fact !== '')
    .join(' · ');
}

/** The tokens after the first piece, by the time they took; null where that is not known. */
function speedOf(answer: IAnswer): number | null {
  const { text, thoughts, tokens, firstAt, lastAt, firstCharacters } = answer;
  if (tokens === null || firstAt === null || lastAt === null) {
    return null;
  }
  const later = tokens * (1 - firstCharacters / (text.length + thoughts.length));
  const milliseconds = lastAt - firstAt;
  return later > 0 && milliseconds >= SHORTEST_MILLISECONDS ? (1000 * later) / milliseconds : null;
}

function endingOf(reason: string | null | undefined): Ending | null {
  if (reason === null || reason === undefined) {
    return null;
  }
  return reason === 'length' ? 'length' : 'stop';
}
