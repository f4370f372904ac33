/** Nix's settings for the order and the number of builds. Those of binary caches: substituter-settings.ts. */
import { readBoolean, readNumber } from './setting-values.ts';

export interface RealiseSettings {
  /** How many builders at once; undefined when the host's cores say it. */
  maxJobs: number | undefined;
  keepGoing: boolean;
  fallback: boolean;
  alwaysAllowSubstitutes: boolean;
}

/** `values`: all settings by name. Throws `flake/bad-settings`. */
export function readRealiseSettings(values: ReadonlyMap<string, string>): RealiseSettings {
  const flag = (name: string): boolean => readBoolean(name, values.get(name) ?? 'false');
  return {
    maxJobs: readMaxJobs(values.get('max-jobs')),
    keepGoing: flag('keep-going'),
    fallback: flag('fallback'),
    alwaysAllowSubstitutes: flag('always-allow-substitutes'),
  };
}

/** 0 means other machines, of which there are none. */
function readMaxJobs(text = 'auto'): number | undefined {
  const jobs = text === 'auto' ? 0 : readNumber('max-jobs', text);
  return jobs === 0 ? undefined : jobs;
}
