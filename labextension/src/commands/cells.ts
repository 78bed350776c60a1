/** What the cells hold that commands put into notebooks. */

export const LOAD_EXTENSION = '%load_ext mlx_jupyter';

const LOADS = /^[ \t]*%(?:re)?load_ext[ \t]+mlx_jupyter\b/m;
const ESCAPES = /\x1b\[[0-9;]*[A-Za-z]/g;
const PLAIN = /^[\w@%+=:./-]+$/;
const MOST_LETTERS = 12_000;
const ASKED =
  'A cell of my Jupyter notebook failed.\n' +
  'Explain in a few sentences why, then give the corrected code of the whole cell in one Python' +
  ' code block.';

/** What is to be known of a code cell. `count` is the number of its last run. */
export interface ICell {
  readonly source: string;
  readonly count: number | null;
  /** The traceback it ended with, if it did: lines of text, with colors. */
  readonly error: readonly string[] | null;
}

/** Is there a cell that loads the magics? */
export function loadsMagics(cells: readonly ICell[]): boolean {
  return cells.some(cell => LOADS.test(cell.source));
}

/** The beginning of a question, which the user goes on writing. */
export function chatCell(model: string | null, text: string): string {
  return `%%chat${model ? ` ${quoted(model)}` : ''}\n${text}`;
}

/**
 * The question why a cell failed. The magics know the last error; of any other the cell itself
 * tells: its source, and what stands below it.
 */
export function explainCell(
  failed: ICell,
  cells: readonly ICell[],
  model: string | null
): string {
  const option = model ? ` -m ${quoted(model)}` : '';
  if (isLast(failed, cells)) {
    return `%chat fix${option}`;
  }
  const name = failed.count === null ? 'The cell' : `Cell In[${failed.count}]`;
  const traceback = (failed.error ?? []).join('\n').replace(ESCAPES, '');
  return [
    `%%chat --raw${option}\n${ASKED}`,
    `${name}:`,
    fenced(bounded(failed.source.trimEnd()), 'python'),
    'The error:',
    fenced(bounded(traceback), 'text')
  ].join('\n\n');
}

/** As the magics split a line: as a shell does. */
function quoted(model: string): string {
  return PLAIN.test(model) ? model : `'${model.replaceAll("'", `'"'"'`)}'`;
}

function isLast(failed: ICell, cells: readonly ICell[]): boolean {
  const counts = cells.map(cell => (cell.error && cell.count) ?? 0);
  return failed.count !== null && failed.count >= Math.max(...counts);
}

/** The beginning and the end of it, and how much is missing between them. */
function bounded(text: string): string {
  const left = text.length - MOST_LETTERS;
  if (left <= 0) {
    return text;
  }
  const half = MOST_LETTERS / 2;
  return `${text.slice(0, half)}\n… ${left} more characters …\n${text.slice(-half)}`;
}

/** As one block of Markdown, between fences longer than any inside it. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...(code.match(/`{3,}/g) ?? []).map(ticks => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code}\n${fence}`;
}
