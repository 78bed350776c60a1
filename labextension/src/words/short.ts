import { IRow } from '../panel/row';

/** `4.24 MB · loading 40 %`, `4.24 MB · pinned · in use`: what changes is to be seen. */
export function inShort({ size, state, status, pinned, requests }: IRow): string {
  const facts = [
    size,
    status === 'running' ? '' : state,
    pinned ? 'pinned' : '',
    requests > 0 ? 'in use' : ''
  ];
  return facts.filter(fact => fact !== '').join(' · ');
}
