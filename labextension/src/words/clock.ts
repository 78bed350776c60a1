const SPANS: readonly [number, string][] = [
  [86400, 'd'],
  [3600, 'h'],
  [60, 'min']
];

/** The local time of day, `14:03:22`. `moment` is in seconds since 1970. */
export function clock(moment: number): string {
  const time = new Date(moment * 1000);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** `0.3 s`, `45 s`, `5 min`, `3 h`, `2 d`; rounded down from a minute on. */
export function duration(seconds: number): string {
  for (const [spanSeconds, name] of SPANS) {
    if (seconds >= spanSeconds) {
      return `${Math.floor(seconds / spanSeconds)} ${name}`;
    }
  }
  const isShort = seconds >= 0.05 && seconds < 9.95;
  return `${Math.max(seconds, 0).toFixed(isShort ? 1 : 0)} s`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}
