/** Which of Nix's experimental features are enabled: those that flakes need always are. */

const ofFlakes = ['flakes', 'fetch-tree', 'nix-command'];

/** Those of Nix 2.34 that change what an expression means. */
const ofTheLanguage = ['pipe-operators', 'parse-toml-timestamps', 'fetch-closure', 'dynamic-derivations'];

/** Those of Nix 2.34 that are not supported; code that needs them reports it on use. */
const others = [
  'auto-allocate-uids',
  'blake3-hashes',
  'build-time-fetch-tree',
  'ca-derivations',
  'cgroups',
  'configurable-impure-env',
  'daemon-trust-override',
  'external-builders',
  'git-hashing',
  'impure-derivations',
  'local-overlay-store',
  'mounted-ssh-store',
  'no-url-literals',
  'read-only-local-store',
  'recursive-nix',
  'verified-fetches',
];

/** `wanted`: those of the setting `experimental-features`. */
export function enabledFeatures(wanted: readonly string[], warn: (message: string) => void): ReadonlySet<string> {
  for (const name of new Set(wanted)) {
    if (![...ofFlakes, ...ofTheLanguage, ...others].includes(name)) warn(`unknown experimental feature '${name}'`);
  }
  return new Set([...ofFlakes, ...wanted]);
}
