import { ILogLine } from './log';
import { IRow } from './row';
import { IView } from './view';

/**
 * What has changed between two views, in short sentences for who does not see them; empty if that
 * is nothing to speak of. What there was at the first look is no news.
 */
export function news(before: IView, after: IView): string {
  if (before.standing === 'unknown' || after.standing === 'missing') {
    return '';
  }
  if (after.standing !== 'known') {
    return before.standing === 'known' ? after.notice : '';
  }
  if (before.standing !== 'known') {
    return 'The server answers again.';
  }
  const rows = new Map(before.rows.map(row => [row.model, row]));
  const came = after.rows.map(row => ofRow(rows.get(row.model), row));
  const there = new Set(after.rows.map(row => row.model));
  const gone = before.rows.filter(row => !there.has(row.model)).map(row => ofGone(row, after.log));
  return [...gone, ...came].filter(said => said !== '').join(' ');
}

function ofRow(before: IRow | undefined, after: IRow): string {
  const { model, status } = after;
  if (status !== before?.status) {
    return ofStatus(after);
  }
  if (after.pinned === before.pinned) {
    return '';
  }
  return after.pinned ? `${model} is pinned.` : `${model} is not pinned any more.`;
}

function ofStatus({ model, status, error, pinned }: IRow): string {
  switch (status) {
    case 'running':
      return pinned ? `${model} is loaded and pinned.` : `${model} is loaded.`;
    case 'loading':
      return `${model} is being loaded.`;
    case 'failed':
      return `${model} failed: ${error}`;
    default:
      return `${model} is not loaded any more.`;
  }
}

function ofGone({ model, status }: IRow, log: readonly ILogLine[]): string {
  if (status === 'failed') {
    return '';
  }
  const line = log.find(({ words }) => words.startsWith(`${model} `));
  const isWhy = line !== undefined && line.words.includes('to make room for');
  return isWhy ? `${line.words}.` : `${model} is evicted.`;
}
