import { flag } from '../flag';
import { IPreferences } from '../tokens';

export const DEFAULTS: IPreferences = {
  refreshSeconds: 10,
  showStatus: true,
  warnPercent: 90,
  confirmEvict: true
};

/** What the settings say, by the names in `schema/pool.json`; a wrong value is the default. */
export function preferencesOf(settings: { readonly [name: string]: unknown }): IPreferences {
  return {
    refreshSeconds: number(settings.refreshInterval, 1, 3600, DEFAULTS.refreshSeconds),
    showStatus: flag(settings.showStatus, DEFAULTS.showStatus),
    warnPercent: number(settings.warnThreshold, 1, 100, DEFAULTS.warnPercent),
    confirmEvict: flag(settings.confirmEvict, DEFAULTS.confirmEvict)
  };
}

function number(value: unknown, least: number, most: number, otherwise: number): number {
  const isFit = typeof value === 'number' && value >= least && value <= most;
  return isFit ? value : otherwise;
}
