/** How an answer was asked for, as far as it decides what of it is shown. */
export interface IAsked {
  /** The text behind the cursor. */
  readonly after: string;
  /** Did the model know of that text? */
  readonly isFilling: boolean;
  readonly isMultiline: boolean;
}

/** A model that knows what follows closes its own brackets; only a longer repetition is one. */
const LEAST_REPEATED = 3;

/**
 * What of a model's answer is suggested: nothing that stands behind the cursor anyway. With
 * `isOver` false it is the part that is certain already, whatever comes.
 */
export function suggestion(answer: string, asked: IAsked, isOver: boolean): string {
  const { after, isFilling } = asked;
  const wanted = untilKnownLine(untilEnd(answer, asked), after);
  const repeated = repetition(wanted, after);
  const isDropped = !isOver || !isFilling || repeated >= LEAST_REPEATED;
  return wanted.slice(0, wanted.length - (isDropped ? repeated : 0)).trimEnd();
}

/** Will nothing more of it be suggested, whatever comes? */
export function isEnded(answer: string, asked: IAsked): boolean {
  return untilKnownLine(untilEnd(answer, asked), asked.after) !== answer;
}

/** What the model is told to stop at. */
export function stops(asked: IAsked): string[] {
  return [isOneLine(asked) ? '\n' : '\n\n'];
}

/**
 * Is there something to suggest here? In the midst of a line only by a model that fills in, unless
 * all that follows are brackets and quotes that the editor has closed.
 */
export function isOpen(after: string, canFill: boolean): boolean {
  return canFill || /^[\s)\]}'"`,;:]*$/.test(restOfLine(after));
}

/** What follows in the same line would stand behind the last of several lines. */
function isOneLine({ after, isFilling, isMultiline }: IAsked): boolean {
  return !isMultiline || (!isFilling && restOfLine(after).trim() !== '');
}

function untilEnd(answer: string, asked: IAsked): string {
  return answer.split(isOneLine(asked) ? /\n/ : /\n[ \t]*\n/, 1)[0];
}

/** Up to a line that says what the next one behind the cursor does. */
function untilKnownLine(text: string, after: string): string {
  const next = after.slice(restOfLine(after).length).trim().split('\n', 1)[0].trim();
  const lines = text.split('\n');
  const known = lines.findIndex((line, place) => place > 0 && line.trim() === next);
  return known > 0 && next.length >= LEAST_REPEATED ? lines.slice(0, known).join('\n') : text;
}

/** How many characters at the end of `text` are the beginning of `after`. */
function repetition(text: string, after: string): number {
  for (let size = Math.min(text.length, after.length); size > 0; size -= 1) {
    if (text.endsWith(after.slice(0, size))) {
      return size;
    }
  }
  return 0;
}

function restOfLine(text: string): string {
  return text.split('\n', 1)[0];
}
