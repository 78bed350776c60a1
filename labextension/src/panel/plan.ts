import { IPlan } from '../api/wire';
import { size } from '../words/bytes';

const REFUSED = 'Insufficient memory: ';

/** What a click on Load would do now. */
export function planWords(plan: IPlan): string {
  if (plan.resident) {
    return 'is loaded already';
  }
  if (!plan.fits) {
    return `does not fit: ${withoutStart(plan.reason)}`;
  }
  const needs = `needs ${size(plan.needed_bytes)}, ${size(plan.available_bytes)} are free`;
  const steps = [
    plan.evict.length > 0 ? `would evict ${plan.evict.join(', ')}` : '',
    plan.wait_for.length > 0 ? `would wait for ${plan.wait_for.join(', ')}, in use now` : ''
  ].filter(step => step !== '');
  return `${steps.join(' and ') || 'fits'} (${needs})`;
}

function withoutStart(reason: string): string {
  return reason.startsWith(REFUSED) ? reason.slice(REFUSED.length) : reason;
}
