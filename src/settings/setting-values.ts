import { flakeError } from '../base/flake-error.ts';
import { readNixConf, type SettingEntry } from './nix-conf.ts';

/** Other names of settings in Nix. */
const aliases: Readonly<Record<string, string>> = {
  'binary-caches': 'substituters',
  'binary-cache-public-keys': 'trusted-public-keys',
  'trusted-binary-caches': 'trusted-substituters',
  'build-use-substitutes': 'substitute',
  'gc-keep-derivations': 'keep-derivations',
  'gc-keep-outputs': 'keep-outputs',
};

/**
 * Returns the value of each setting by name: from nix.conf, then NIX_CONFIG, then the command line, then flakes. `extra-NAME` appends to
 * NAME, or to what `defaults` has for it.
 */
export function settingValues(
  given: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = process.env,
  defaults: ReadonlyMap<string, string> = new Map(),
  flakeSettings: readonly SettingEntry[] = [],
): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of [...readNixConf(env), ...Object.entries(given), ...flakeSettings]) {
    if (name.startsWith('extra-') && name !== 'extra-platforms') {
      const plain = plainName(name.slice('extra-'.length));
      values.set(plain, [values.get(plain) ?? defaults.get(plain), value].filter(Boolean).join(' '));
    } else values.set(plainName(name), value);
  }
  return values;
}

function plainName(name: string): string {
  return aliases[name] ?? name;
}

export function readNumber(name: string, text: string): number {
  if (/^[0-9]+$/.test(text)) return Number(text);
  throw flakeError('bad-settings', `setting '${name}' has invalid value '${text}'`, `Use a whole number: ${name} = 10`);
}

export function readBoolean(name: string, text: string): boolean {
  if (['true', 'yes', '1'].includes(text)) return true;
  if (['false', 'no', '0'].includes(text)) return false;
  throw flakeError('bad-settings', `Boolean setting '${name}' has invalid value '${text}'`, `${name} = true, or false`);
}
