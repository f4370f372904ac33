/** Warnings about settings that bootflake ignores. Their names are those of `nix config show` of Nix 2.34. */
import type { SettingEntry } from './nix-conf.ts';
import { readNixConf } from './nix-conf.ts';

/** Settings that are used. */
const used = new Set([
  'abort-on-warn',
  'accept-flake-config',
  'bash-prompt',
  'bash-prompt-prefix',
  'bash-prompt-suffix',
  'always-allow-substitutes',
  'builders',
  'builders-use-substitutes',
  'fallback',
  'keep-going',
  'max-substitution-jobs',
  'access-tokens',
  'allow-dirty',
  'allow-import-from-derivation',
  'experimental-features',
  'flake-registry',
  'lint-absolute-path-literals',
  'lint-short-path-literals',
  'lint-url-literals',
  'max-call-depth',
  'netrc-file',
  'ssl-cert-file',
  'tarball-ttl',
  'trace-import-from-derivation',
  'trace-verbose',
  'use-registries',
  'warn-dirty',
  'warn-short-path-literals',
  'download-attempts',
  'max-archive-entries',
  'max-archive-ratio',
  'max-archive-size',
  'max-download-size',
  'max-jobs',
  'stalled-download-timeout',
  'cores',
  'extra-platforms',
  'filter-syscalls',
  'gc-keep-derivations',
  'gc-keep-outputs',
  'keep-derivations',
  'keep-failed',
  'keep-outputs',
  'log-lines',
  'max-build-log-size',
  'max-silent-time',
  'sandbox',
  'sandbox-build-dir',
  'sandbox-dev-shm-size',
  'sandbox-paths',
  'system-features',
  'timeout',
  'binary-cache-public-keys',
  'binary-caches',
  'build-use-substitutes',
  'connect-timeout',
  'http-connections',
  'http2',
  'narinfo-cache-meta-ttl',
  'narinfo-cache-negative-ttl',
  'narinfo-cache-positive-ttl',
  'require-sigs',
  'substitute',
  'substituters',
  'trusted-binary-caches',
  'trusted-public-keys',
  'trusted-substituters',
]);

/**
 * Settings that affect the meaning or permissions of expressions, with the value that bootflake uses: any other value is ignored with a
 * warning.
 */
const meaning = new Map([
  ['allow-unsafe-native-code-during-evaluation', 'false'],
  ['allowed-uris', ''],
  ['eval-system', ''],
  ['nix-path', ''],
  ['plugin-files', ''],
  ['pure-eval', 'true'],
  ['restrict-eval', 'false'],
  ['store', 'auto'],
  ['system', ''],
  ['trace-function-calls', 'false'],
  ['eval-profiler', 'disabled'],
]);

/** Settings about building, substituting and the daemon, which do not apply here. */
const others = new Set(
  (
    'allow-dirty-locks allow-new-privileges allow-symlinked-store allowed-impure-host-deps allowed-users ' +
    'auto-optimise-store build-dir build-hook build-poll-interval build-users-group ' +
    'commit-lock-file-summary compress-build-log ' +
    'debugger-on-trace debugger-on-warn diff-hook download-buffer-size download-speed ' +
    'eval-attrset-update-layer-rhs-threshold eval-cache ' +
    'eval-profile-file eval-profiler-frequency external-builders fsync-metadata ' +
    'fsync-store-paths gc-reserved-space hashed-mirrors ' +
    'id-count ignore-try ignored-acls impersonate-linux-26 json-log-path keep-build-log ' +
    'keep-env-derivations ' +
    'max-free min-free min-free-check-interval ' +
    'nar-buffer-size ' +
    'nix-shell-always-looks-for-shell-nix ' +
    'nix-shell-shebang-arguments-relative-to-script post-build-hook pre-build-hook ' +
    'preallocate-contents print-missing require-drop-supplementary-groups run-diff-hook ' +
    'sandbox-fallback ' +
    'secret-key-files show-trace start-id sync-before-registering ' +
    'trust-tarballs-from-git-forges ' +
    'trusted-users upgrade-nix-store-path-url use-case-hack use-cgroups use-sqlite-wal ' +
    'use-xdg-base-directories user-agent-suffix ' +
    'warn-large-path-threshold build-cores build-max-jobs ' +
    'build-use-sandbox'
  ).split(' '),
);

/** Returns warnings for settings without effect. `given`: those of the command line, by name, whose users expect an effect. */
export function ignoredSettings(given: Readonly<Record<string, string>> = {}, env: NodeJS.ProcessEnv = process.env): string[] {
  return [...new Set([...ignoredEntries(readNixConf(env)), ...ignoredEntries(Object.entries(given), { expected: true })])];
}

/** The same for some settings only. `expected`: also for those that have an effect only elsewhere. */
export function ignoredEntries(entries: readonly SettingEntry[], { expected = false } = {}): string[] {
  return entries.flatMap(([written, value]) => {
    const name = written.startsWith('extra-') && written !== 'extra-platforms' ? written.slice('extra-'.length) : written;
    const ours = meaning.get(name);
    if (used.has(name) || (ours !== undefined && value === ours)) return [];
    if (ours !== undefined) return [`setting '${name}' is not supported: '${value}' has no effect`];
    if (!others.has(name)) return [`unknown setting '${written}'`];
    return expected ? [`setting '${name}' has no effect here`] : [];
  });
}

/** Also with `extra-` before its name. */
export function isUsedSetting(name: string): boolean {
  return used.has(name.startsWith('extra-') ? name.slice('extra-'.length) : name);
}
