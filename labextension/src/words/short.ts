import { IRow } from '../panel/row';

/** `4.24 MB · loading 40 %`, `4.24 MB · pinned · in use`: what changes is to be seen. */
export function inShort(row: IRow): string {
  return [row.size, ...stateInShort(row)].join(' · ');
}

/** The same where there is no room, and the end may be cut off: `pinned · in use · 4.24 MB`. */
export function inNarrow(row: IRow): string {
  return [...stateInShort(row), row.size].join(' · ');
}

function stateInShort({ state, status, pinned, requests }: IRow): string[] {
  const facts = [
    status === 'running' ? '' : state,
    pinned ? 'pinned' : '',
    requests > 0 ? 'in use' : ''
  ];
  return facts.filter(fact => fact !== '');
}
