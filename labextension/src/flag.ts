/** A value that comes from outside, or what is to be taken for one of another type. */
export function flag(value: unknown, otherwise: boolean): boolean {
  return typeof value === 'boolean' ? value : otherwise;
}
