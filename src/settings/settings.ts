/**
 * All settings of a run in one place: nix.conf, NIX_CONFIG, and those of the command line or the API's caller; the last value counts. Every
 * part receives its settings from here; none reads one itself.
 */
import type { EvaluationSettings } from '../evaluator/index.ts';
import type { NetworkSettings } from '../system/network-settings.ts';
import { buildSettingDefaults, readBuildSettings, type BuildSettings } from './build-settings.ts';
import { readEvaluationSettings } from './evaluation-settings.ts';
import { readFetchSettings, type FetchSettings } from './fetch-settings.ts';
import { readGarbageSettings, type GarbageSettings } from './garbage-settings.ts';
import { readRealiseSettings, type RealiseSettings } from './realise-settings.ts';
import { readSubstituterSettings, substituterDefaults, type SubstituterSettings } from './substituter-settings.ts';
import type { SettingEntry } from './nix-conf.ts';
import { readBoolean, readNumber, settingValues } from './setting-values.ts';

export interface Settings {
  fetch: FetchSettings;
  network: NetworkSettings;
  substituters: SubstituterSettings;
  experimentalFeatures: readonly string[];
  evaluation: EvaluationSettings;
  /** Take every setting that a flake wants. */
  acceptFlakeConfig: boolean;
  build: BuildSettings;
  /** The prompt of shells of `develop`. */
  develop: { bashPrompt: string; prefix: string; suffix: string };
  realise: RealiseSettings;
  garbage: GarbageSettings;
}

/** The settings given besides nix.conf. */
export interface GivenSettings {
  /** By the names of nix.conf; `extra-NAME` adds. */
  nixSettings: Readonly<Record<string, string>>;
  /** Those of flakes. */
  flakeSettings?: readonly SettingEntry[] | undefined;
  mirror?: string;
  securityMirror?: string;
}

/** `given`: an environment in place of the process's; downloads go by it too. Throws `flake/bad-settings`. */
export function readSettings({ nixSettings, flakeSettings, mirror, securityMirror }: GivenSettings, given?: NodeJS.ProcessEnv): Settings {
  const env = given ?? process.env;
  const values = settingValues(nixSettings, env, new Map([...buildSettingDefaults(), ...substituterDefaults]), flakeSettings);
  const fetch = readFetchSettings(values, env);
  const number = (name: string): number | undefined => (values.has(name) ? readNumber(name, values.get(name) as string) : undefined);
  const [attempts, stalledAfter] = [number('download-attempts'), number('stalled-download-timeout')];
  return {
    fetch,
    network: {
      netrcFiles: fetch.netrcFiles,
      ...(fetch.certificateFile !== undefined && { certificateFile: fetch.certificateFile }),
      ...(mirror !== undefined && { mirror }),
      ...(securityMirror !== undefined && { securityMirror }),
      ...(attempts !== undefined && { attempts }),
      ...(stalledAfter !== undefined && { stalledAfter }),
      ...(values.has('http2') && { http2: readBoolean('http2', values.get('http2')!) }),
      ...(given && { env: given }),
    },
    substituters: readSubstituterSettings(values),
    experimentalFeatures: (values.get('experimental-features') ?? '').split(/\s+/).filter((name) => name !== ''),
    evaluation: readEvaluationSettings(values, env),
    acceptFlakeConfig: readBoolean('accept-flake-config', values.get('accept-flake-config') ?? 'false'),
    develop: {
      bashPrompt: values.get('bash-prompt') ?? '',
      prefix: values.get('bash-prompt-prefix') ?? '',
      suffix: values.get('bash-prompt-suffix') ?? '',
    },
    build: readBuildSettings(values, fetch.certificateFile),
    realise: readRealiseSettings(values, env),
    garbage: readGarbageSettings(values),
  };
}
