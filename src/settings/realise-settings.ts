/** Nix's settings for the order and the number of builds, and where they run. Those of binary caches: substituter-settings.ts. */
import { systemFolder } from './nix-conf.ts';
import { readBoolean, readNumber } from './setting-values.ts';

export interface RealiseSettings {
  /** How many builders at once, 0 for none on this machine; undefined when the host's cores say it. */
  maxJobs: number | undefined;
  keepGoing: boolean;
  fallback: boolean;
  alwaysAllowSubstitutes: boolean;
  /** Other machines: the text that machines.ts reads. */
  builders: string;
  /** Other machines fetch what their own caches have. */
  buildersUseSubstitutes: boolean;
}

/** `values`: all settings by name. `env`: names the folder of the machines file. Throws `flake/bad-settings`. */
export function readRealiseSettings(values: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): RealiseSettings {
  const flag = (name: string): boolean => readBoolean(name, values.get(name) ?? 'false');
  const maxJobs = values.get('max-jobs') ?? 'auto';
  return {
    maxJobs: maxJobs === 'auto' ? undefined : readNumber('max-jobs', maxJobs),
    keepGoing: flag('keep-going'),
    fallback: flag('fallback'),
    alwaysAllowSubstitutes: flag('always-allow-substitutes'),
    builders: values.get('builders') ?? `@${systemFolder(env)}/machines`,
    buildersUseSubstitutes: flag('builders-use-substitutes'),
  };
}
