/** Nix's settings for binary caches. */
import { readBoolean, readNumber } from './setting-values.ts';

/** The lists that are not empty by default: `extra-NAME` appends to these. */
export const substituterDefaults: ReadonlyMap<string, string> = new Map([
  ['substituters', 'https://cache.nixos.org/'],
  ['trusted-public-keys', 'cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY='],
]);

export interface SubstituterSettings {
  /** Whether caches are used at all. */
  substitute: boolean;
  /** The addresses of caches. */
  substituters: string[];
  /** Those that a flake may name without a question to the user. */
  trustedSubstituters: string[];
  /** `NAME:BASE64`. */
  trustedPublicKeys: string[];
  requireSigs: boolean;
  /** `http-connections`; 0 in Nix means no limit, and is read as 100. */
  connections: number;
  /** Seconds. */
  connectTimeout: number;
  /** The maximum number of paths fetched at once. */
  maxJobs: number;
  /** Seconds that records are kept: of paths that a cache has, of paths that it lacks, and its nix-cache-info. */
  positiveTtl: number;
  negativeTtl: number;
  metaTtl: number;
}

/** `values`: all settings by name. Throws `flake/bad-settings`. */
export function readSubstituterSettings(values: ReadonlyMap<string, string>): SubstituterSettings {
  const flag = (name: string, otherwise: boolean): boolean => readBoolean(name, values.get(name) ?? String(otherwise));
  const number = (name: string, otherwise: number): number => readNumber(name, values.get(name) ?? String(otherwise));
  const words = (name: string): string[] => [
    ...new Set((values.get(name) ?? substituterDefaults.get(name) ?? '').split(/\s+/).filter(Boolean)),
  ];
  return {
    substitute: flag('substitute', true),
    substituters: words('substituters'),
    trustedSubstituters: words('trusted-substituters'),
    trustedPublicKeys: words('trusted-public-keys'),
    requireSigs: flag('require-sigs', true),
    connections: number('http-connections', 25) || 100,
    connectTimeout: number('connect-timeout', 15) || 300,
    maxJobs: Math.max(1, number('max-substitution-jobs', 16)),
    positiveTtl: number('narinfo-cache-positive-ttl', 30 * 86_400),
    negativeTtl: number('narinfo-cache-negative-ttl', 3600),
    metaTtl: number('narinfo-cache-meta-ttl', 7 * 86_400),
  };
}
