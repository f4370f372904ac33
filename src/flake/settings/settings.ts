/**
 * Every setting of a run, from one place: nix.conf, NIX_CONFIG, and what the command line or the caller of the API gives, the last word
 * counting. Every part gets its share of this; none reads a setting by itself.
 */
import type { NetworkSettings } from '../../io/network-settings.ts';
import { readBoolean, readFetchSettings, readNumber, type FetchSettings } from './fetch-settings.ts';
import { readNixConf, type SettingEntry } from './nix-conf.ts';

export interface Settings {
  fetch: FetchSettings;
  network: NetworkSettings;
  experimentalFeatures: readonly string[];
  /** `builtins.traceVerbose` prints. */
  traceVerbose: boolean;
  /** How many builders at once; undefined where the host's cores say it. */
  maxJobs: number | undefined;
}

/** What is given apart from nix.conf. */
export interface GivenSettings {
  /** By the names of nix.conf; `extra-NAME` adds. */
  nixSettings: Readonly<Record<string, string>>;
  mirror?: string;
  securityMirror?: string;
}

/** All of nix.conf's that have an effect. */
const names = [
  'access-tokens', 'allow-dirty', 'download-attempts', 'experimental-features', 'flake-registry', 'max-archive-entries', 'max-archive-ratio',
  'max-archive-size', 'max-download-size', 'max-jobs', 'netrc-file', 'ssl-cert-file',
  'stalled-download-timeout', 'tarball-ttl', 'trace-verbose', 'use-registries', 'warn-dirty',
];

/** Throws `flake/bad-settings`. */
export function readSettings({ nixSettings, mirror, securityMirror }: GivenSettings, env: NodeJS.ProcessEnv = process.env): Settings {
  const values = combine([...readNixConf(env), ...Object.entries(nixSettings)]);
  const fetch = readFetchSettings(values, env);
  const number = (name: string): number | undefined => (values.has(name) ? readNumber(name, values.get(name) as string) : undefined);
  const [attempts, stalledAfter] = [number('download-attempts'), number('stalled-download-timeout')];
  return {
    fetch,
    network: {
      netrcFiles: fetch.netrcFiles, ...(fetch.certificateFile !== undefined && { certificateFile: fetch.certificateFile }),
      ...(mirror !== undefined && { mirror }), ...(securityMirror !== undefined && { securityMirror }),
      ...(attempts !== undefined && { attempts }), ...(stalledAfter !== undefined && { stalledAfter }),
    },
    experimentalFeatures: (values.get('experimental-features') ?? '').split(/\s+/).filter((name) => name !== ''),
    traceVerbose: readBoolean('trace-verbose', values.get('trace-verbose') ?? 'false'),
    maxJobs: readMaxJobs(values.get('max-jobs')),
  };
}

/** Of the settings that were given those that nothing goes by, for a warning. */
export function settingsWithoutEffect({ nixSettings }: GivenSettings): string[] {
  return Object.keys(nixSettings).filter((name) => !names.includes(name.replace(/^extra-/, '')));
}

/** 0 means other machines, of which there are none. */
function readMaxJobs(text = 'auto'): number | undefined {
  const jobs = text === 'auto' ? 0 : readNumber('max-jobs', text);
  return jobs === 0 ? undefined : jobs;
}

/** `extra-NAME` adds to what NAME had. */
function combine(entries: readonly SettingEntry[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of entries) {
    if (name.startsWith('extra-')) {
      const plain = name.slice('extra-'.length);
      values.set(plain, [values.get(plain), value].filter(Boolean).join(' '));
    } else values.set(name, value);
  }
  return values;
}
