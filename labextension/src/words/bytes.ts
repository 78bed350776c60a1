const UNITS: readonly [number, string][] = [
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB']
];
const DIGITS = 3;

/** Three digits, as the notebook's magics write it: `512 B`, `4.24 MB`, `18.0 GB`. */
export function size(bytes: number): string {
  for (const [unitBytes, name] of UNITS) {
    const value = bytes / unitBytes;
    // 999.9996 kB would be written as 1000 kB.
    if (Math.round(value * 1e3) / 1e3 >= 1) {
      return `${threeDigits(value)} ${name}`;
    }
  }
  return `${bytes.toFixed(0)} B`;
}

/** `size` of what the server gives in units of 10^9 bytes. */
export function gigabytes(gb: number): string {
  return size(gb * 1e9);
}

/** The number alone, in GB: `11.2`, `0.42`, `24`. What is whole is written without a point. */
export function inGigabytes(gb: number): string {
  const decimals = gb < 10 ? 2 : gb < 100 ? 1 : 0;
  return String(Number(gb.toFixed(decimals)));
}

function threeDigits(value: number): string {
  return value.toFixed(Math.max(0, DIGITS - String(Math.trunc(value)).length));
}
