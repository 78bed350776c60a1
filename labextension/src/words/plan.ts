import { IPlan } from '../api/wire';
import { size } from './bytes';

const REFUSED = 'Insufficient memory: ';

/** What a load would do now: `fits (needs 4.24 MB, 2.1 GB are free)`, `would evict a, b (…)`. */
export function planWords(plan: IPlan): string {
  if (plan.resident) {
    return 'is loaded already';
  }
  if (!plan.fits) {
    return `does not fit: ${plan.reason.replace(REFUSED, '')}`;
  }
  const steps: string[] = [];
  if (plan.evict.length > 0) {
    steps.push(`would evict ${plan.evict.join(', ')}`);
  }
  if (plan.wait_for.length > 0) {
    steps.push(`would wait for ${plan.wait_for.join(', ')}, in use now`);
  }
  const needs = `needs ${size(plan.needed_bytes)}, ${size(plan.available_bytes)} are free`;
  return `${steps.join(' and ') || 'fits'} (${needs})`;
}
