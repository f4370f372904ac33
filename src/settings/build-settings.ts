/** Nix's settings for builds, from nix.conf, NIX_CONFIG and the command line. */
import { accessSync, constants } from 'node:fs';
import { flakeError } from '../base/flake-error.ts';
import { hostPlatform } from '../system/host-platform.ts';
import { readBoolean, readNumber } from './setting-values.ts';

/** `sandbox-paths`: a file of the host that builders see. */
export interface SandboxPath {
  target: string;
  /** An absolute path, or `busybox`: the shell that comes with the sandbox. */
  source: string;
  optional: boolean;
}

export interface BuildSettings {
  /** As `x86_64-linux`. */
  system: string;
  extraPlatforms: readonly string[];
  systemFeatures: readonly string[];
  sandbox: 'true' | 'relaxed' | 'false';
  sandboxPaths: readonly SandboxPath[];
  /** The path of a build's folder in the sandbox. */
  sandboxBuildDir: string;
  /** The size of /dev/shm: a number with K, M, G or %. */
  sandboxDevShmSize: string;
  filterSyscalls: boolean;
  /** For NIX_BUILD_CORES; 0 for all of the host's. */
  cores: number;
  /** Seconds; 0 for no limit. */
  timeout: number;
  /** Seconds without output; 0 for no limit. */
  maxSilentTime: number;
  /** Bytes; 0 for no limit. */
  maxBuildLogSize: number;
  keepFailed: boolean;
  /** Lines of the log in an error. */
  logLines: number;
  /** The authorities that builders with a network trust: a file. */
  certificateFile: string | undefined;
}

/** What `extra-NAME` adds to where NAME is not set. */
export function buildSettingDefaults(): ReadonlyMap<string, string> {
  return new Map([
    ['sandbox-paths', '/bin/sh=busybox'],
    ['system-features', ['nixos-test', 'benchmark', 'big-parallel', ...(hasKvm() ? ['kvm'] : [])].join(' ')],
  ]);
}

/** `values`: all settings by name. Those not about builds are ignored. Throws `flake/bad-settings`. */
export function readBuildSettings(values: ReadonlyMap<string, string>, certificateFile?: string): BuildSettings {
  const defaults = buildSettingDefaults();
  const text = (name: string, otherwise = ''): string => values.get(name) ?? defaults.get(name) ?? otherwise;
  const words = (name: string, otherwise = ''): string[] => text(name, otherwise).split(/\s+/).filter(Boolean);
  const number = (name: string, otherwise = '0'): number => readNumber(name, text(name, otherwise));
  const system = text('system') || hostSystem();
  return {
    system,
    extraPlatforms: words('extra-platforms', system === 'x86_64-linux' ? 'i686-linux' : ''),
    systemFeatures: words('system-features'),
    sandbox: readSandbox(text('sandbox', 'true')),
    sandboxPaths: words('sandbox-paths').map(readSandboxPath),
    sandboxBuildDir: absolute('sandbox-build-dir', text('sandbox-build-dir', '/build')),
    sandboxDevShmSize: text('sandbox-dev-shm-size', '50%'),
    filterSyscalls: readBoolean('filter-syscalls', text('filter-syscalls', 'true')),
    cores: number('cores'),
    timeout: number('timeout'),
    maxSilentTime: number('max-silent-time'),
    maxBuildLogSize: number('max-build-log-size'),
    keepFailed: readBoolean('keep-failed', text('keep-failed', 'false')),
    logLines: number('log-lines', '25'),
    certificateFile: certificateFile ?? '/etc/ssl/certs/ca-certificates.crt',
  };
}

function hostSystem(): string {
  const { system, architecture } = hostPlatform();
  return `${{ x64: 'x86_64', arm64: 'aarch64' }[architecture] ?? architecture}-${system}`;
}

function hasKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readSandbox(text: string): BuildSettings['sandbox'] {
  return text === 'relaxed' ? text : readBoolean('sandbox', text) ? 'true' : 'false';
}

/** `target=source`, or one path for both; `?` at the end where it may be missing. */
function readSandboxPath(text: string): SandboxPath {
  const optional = text.endsWith('?');
  const [target = '', source = target] = (optional ? text.slice(0, -1) : text).split(/=(.*)/s);
  return { target: absolute('sandbox-paths', target), source: source === 'busybox' ? source : absolute('sandbox-paths', source), optional };
}

function absolute(name: string, path: string): string {
  if (/^\/(?!\/)[^\0]*$/.test(path) && !/\/\.{0,2}(?:\/|$)/.test(path)) return path;
  throw flakeError('bad-settings', `setting '${name}' has invalid value '${path}'`, `Use an absolute path, without a slash at its end.`);
}
