import { IModelStatus, IPoolStatus } from '../api/wire';
import { size } from '../words/bytes';

/**
 * A part of the bar that is the budget:
 *
 * loaded   a model that is loaded
 * moving   a model that loads or is being unloaded: its memory is taken, or not yet free
 * caches   prompts and pictures that are kept for the next question about them
 * spare    workers that wait for a model
 * others   what other programs have taken of the part of the budget that no model holds
 * free     the rest
 */
export interface ISegment {
  readonly part: 'loaded' | 'moving' | 'caches' | 'spare' | 'others' | 'free';
  /** Empty for parts that belong to none. */
  readonly model: string;
  readonly bytes: number;
}

/** How many fills there are for models: colours, each with a pattern of its own. */
export const FILLS = 6;

const GB = 1e9;
const NAMES = { caches: 'caches', spare: 'spare workers', others: 'other programs', free: 'free' };

/**
 * In the order of the bar, without empty parts. They add up to the budget, or to what is used if
 * that is more.
 */
export function segments({ models, memory }: IPoolStatus): ISegment[] {
  const parts = Object.entries(models).map(([id, status]) => ofModel(id, status));
  const held = sum(parts);
  let left = Math.max(0, Math.round(memory.limit_gb * GB) - held);
  const spare = Math.min(Math.round(memory.spare_gb * GB), left);
  left -= spare;
  const caches = between(Math.round(memory.cached_gb * GB), left);
  left -= caches;
  const free = between(Math.round(memory.host_available_gb * GB), left);
  const rest: ISegment[] = [
    { part: 'caches', model: '', bytes: caches },
    { part: 'spare', model: '', bytes: spare },
    { part: 'others', model: '', bytes: left - free },
    { part: 'free', model: '', bytes: free }
  ];
  return [...parts, ...rest].filter(part => part.bytes > 0);
}

/** All but what is free, or not the pool's. */
export function usedBytes(parts: readonly ISegment[]): number {
  return sum(parts.filter(({ part }) => part !== 'free' && part !== 'others'));
}

/** `demo/chat 1.30 MB`, `other programs 3.20 GB`. */
export function segmentWords({ part, model, bytes }: ISegment): string {
  if (part === 'loaded') {
    return `${model} ${size(bytes)}`;
  }
  return part === 'moving'
    ? `${model} (coming or going) ${size(bytes)}`
    : `${NAMES[part]} ${size(bytes)}`;
}

/**
 * The fill of each model, from 0. A model keeps its own when others come and go, unless they want
 * the same.
 */
export function fillsOf(models: Iterable<string>): Map<string, number> {
  const fills = new Map<string, number>();
  for (const model of [...models].sort()) {
    const first = hash(model);
    const wishes = Array.from({ length: FILLS }, (_, step) => (first + step) % FILLS);
    const taken = new Set(fills.values());
    fills.set(model, wishes.find(fill => !taken.has(fill)) ?? wishes[0]);
  }
  return fills;
}

function ofModel(model: string, { status, memory_used_gb: used }: IModelStatus): ISegment {
  return { part: status === 'running' ? 'loaded' : 'moving', model, bytes: Math.round(used * GB) };
}

function between(bytes: number, most: number): number {
  return Math.min(Math.max(0, bytes), most);
}

function sum(parts: readonly ISegment[]): number {
  return parts.reduce((total, part) => total + part.bytes, 0);
}

function hash(text: string): number {
  return [...text].reduce((sum, letter) => (39 * sum + letter.charCodeAt(0)) % 65521, 7) % FILLS;
}
