import { IRow } from '../panel/row';

/** `4.24 MB · loading 40 %`, `4.24 MB · pinned · in use`. */
export function inShort(row: IRow): string {
  return [row.size, ...marks(row)].join(' · ');
}

/** How it is, where that is anything but loaded and idle. */
export function marks({ state, status, pinned, requests }: IRow): string[] {
  const said = [
    status === 'running' ? '' : state,
    pinned ? 'pinned' : '',
    requests > 0 ? 'in use' : ''
  ];
  return said.filter(mark => mark !== '');
}
