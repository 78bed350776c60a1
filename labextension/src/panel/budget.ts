import { IMemoryStatus, IPoolStatus } from '../api/wire';
import { gigabytes, size } from '../words/bytes';
import { ISegment, segments, usedBytes } from './segments';

const LEVELS: readonly [number, string][] = [
  [0.95, 'full'],
  [0.8, 'high'],
  [0.5, 'medium']
];

/** The budget as a bar, and in words. */
export interface IBudget {
  /** `2.10 GB of 48.0 GB used` */
  readonly used: string;
  /** `(4 %, low),` */
  readonly level: string;
  /** `45.9 GB free.` */
  readonly free: string;
  readonly percent: number;
  /** Empty while the machine has memory. */
  readonly pressure: string;
  readonly segments: readonly ISegment[];
}

export function budgetOf(status: IPoolStatus): IBudget {
  const parts = segments(status);
  const used = usedBytes(parts);
  const budget = Math.round(status.memory.limit_gb * 1e9);
  const share = budget > 0 ? used / budget : 0;
  const level = LEVELS.find(([least]) => share >= least)?.[1] ?? 'low';
  const percent = Math.trunc(100 * share);
  return {
    used: `${size(used)} of ${size(budget)} used`,
    level: `(${percent} %, ${level}),`,
    free: `${size(freeOf(parts))} free.`,
    percent: Math.min(percent, 100),
    pressure: pressureOf(status.memory),
    segments: parts
  };
}

/** `2.10 GB of 48.0 GB used (4 %, low), 45.9 GB free.` */
export function budgetWords({ used, level, free, pressure }: IBudget): string {
  return `${used} ${level} ${free} ${pressure}`.trimEnd();
}

function freeOf(parts: readonly ISegment[]): number {
  return parts.find(({ part }) => part === 'free')?.bytes ?? 0;
}

function pressureOf({ pressure, host_available_gb: left }: IMemoryStatus): string {
  return pressure === 'normal'
    ? ''
    : `The machine is short of memory (${pressure}): ${gigabytes(left)} are left.`;
}
