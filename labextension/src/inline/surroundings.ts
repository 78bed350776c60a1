/** What stands around the cursor, as much of it as a model is given. */
export interface ISurroundings {
  readonly before: string;
  readonly after: string;
}

const MOST_BEFORE = 4000;
const MOST_AFTER = 1000;
const STEP = MOST_BEFORE / 4;

/**
 * `cells` are the code cells before this one, the nearest first; `text` is this one's, `offset`
 * the cursor in it (in UTF-16 units).
 *
 * What is left out at the beginning stays the same while someone types: whole cells, and of a long
 * one a thousand characters at a time. So the prompt mostly grows at its end, and the server need
 * not read again what it has read.
 */
export function surroundings(
  cells: Iterable<string>,
  text: string,
  offset: number
): ISurroundings {
  const here = fromLine(text.slice(0, offset));
  const room = MOST_BEFORE - STEP * Math.ceil(offset / STEP);
  return {
    before: [...lastCells(cells, room), here].join('\n\n'),
    after: untilLine(text.slice(offset))
  };
}

/** Cells of another language, or of prose, are no context for code. */
export function isContext(cell: string): boolean {
  return cell.trim() !== '' && !cell.trimStart().startsWith('%%');
}

function lastCells(cells: Iterable<string>, room: number): string[] {
  const kept: string[] = [];
  for (const cell of cells) {
    room -= isContext(cell) ? cell.length + 2 : 0;
    if (room < 0) {
      break;
    }
    kept.unshift(...(isContext(cell) ? [cell] : []));
  }
  return kept;
}

function fromLine(text: string): string {
  if (text.length <= MOST_BEFORE) {
    return text;
  }
  const cut = STEP * Math.ceil((text.length - MOST_BEFORE) / STEP);
  const line = text.indexOf('\n', cut) + 1;
  return text.slice(line > 0 ? line : cut);
}

function untilLine(text: string): string {
  if (text.length <= MOST_AFTER) {
    return text;
  }
  const line = text.lastIndexOf('\n', MOST_AFTER);
  return text.slice(0, line > 0 ? line : MOST_AFTER);
}
