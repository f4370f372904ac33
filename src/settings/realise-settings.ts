/** Nix's settings for what is built and what is fetched from binary caches. */
import { readBoolean, readNumber } from './setting-values.ts';

export interface RealiseSettings {
  /** How many builders at once; undefined when the host's cores say it. */
  maxJobs: number | undefined;
  /** How many paths are fetched from binary caches at once. */
  maxSubstitutionJobs: number | undefined;
  keepGoing: boolean;
  fallback: boolean;
  alwaysAllowSubstitutes: boolean;
}

/** `values`: all settings by name. Throws `flake/bad-settings`. */
export function readRealiseSettings(values: ReadonlyMap<string, string>): RealiseSettings {
  const flag = (name: string): boolean => readBoolean(name, values.get(name) ?? 'false');
  const substitutionJobs = values.get('max-substitution-jobs');
  return {
    maxJobs: readMaxJobs(values.get('max-jobs')),
    // As in Nix, 0 means 1: without any, nothing could be fetched.
    maxSubstitutionJobs: substitutionJobs === undefined ? undefined : Math.max(1, readNumber('max-substitution-jobs', substitutionJobs)),
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
