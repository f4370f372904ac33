/** Nix's settings for fetching. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits, type ArchiveLimits } from '../archive/limits.ts';
import { MOST_DOWNLOADED } from '../system/http.ts';
import { flakeError } from '../base/flake-error.ts';
import { systemFolder } from './nix-conf.ts';
import { readBoolean, readNumber } from './setting-values.ts';

export interface FetchSettings {
  /** By host, or host and the beginning of a path (`github.com/owner`). */
  accessTokens: Record<string, string>;
  /** The strongest first. */
  netrcFiles: string[];
  certificateFile?: string;
  /** How long, in seconds, a server's response stays fresh. */
  tarballTtl: number;
  /** A URL or an absolute path; '' for none. */
  flakeRegistry: string;
  useRegistries: boolean;
  allowDirty: boolean;
  warnDirty: boolean;
  /** What may come out of an archive: max-archive-size, max-archive-ratio, max-archive-entries. */
  archiveLimits: ArchiveLimits;
  /** Bytes of one download: max-download-size. */
  mostDownloaded: number;
}

const GLOBAL_REGISTRY = 'https://channels.nixos.org/flake-registry.json';

/** `values`: all settings by name. Those not about fetching are ignored. Throws `flake/bad-settings`. */
export function readFetchSettings(values: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): FetchSettings {
  const netrc = values.get('netrc-file');
  const certificates = values.get('ssl-cert-file') || env.NIX_SSL_CERT_FILE || env.SSL_CERT_FILE;
  return {
    accessTokens: readTokens(values.get('access-tokens') ?? ''),
    netrcFiles: netrc ? [netrc] : [join(systemFolder(env), 'netrc'), join(env.HOME || homedir(), '.netrc')],
    ...(certificates && { certificateFile: certificates }),
    tarballTtl: readNumber('tarball-ttl', values.get('tarball-ttl') ?? '3600'),
    flakeRegistry: values.get('flake-registry') ?? GLOBAL_REGISTRY,
    useRegistries: readBoolean('use-registries', values.get('use-registries') ?? 'true'),
    allowDirty: readBoolean('allow-dirty', values.get('allow-dirty') ?? 'true'),
    warnDirty: readBoolean('warn-dirty', values.get('warn-dirty') ?? 'true'),
    archiveLimits: {
      size: readSize('max-archive-size', values, defaultLimits.size),
      ratio: readSize('max-archive-ratio', values, defaultLimits.ratio),
      entries: readSize('max-archive-entries', values, defaultLimits.entries),
    },
    mostDownloaded: readSize('max-download-size', values, MOST_DOWNLOADED),
  };
}

function readTokens(text: string): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const equals = word.indexOf('=');
    // The word itself may be the secret, so it is not repeated.
    if (equals < 0)
      throw flakeError('bad-settings', 'a word in access-tokens has no host', 'Use access-tokens = github.com=TOKEN gitlab.com=PAT:TOKEN');
    const [host, token] = [word.slice(0, equals), word.slice(equals + 1)];
    if (!/^[\x21-\x7e]*$/.test(token))
      throw flakeError('bad-settings', `the token for '${host}' in access-tokens has a character that no header can have`);
    tokens[host] = token;
  }
  return tokens;
}

/** A whole number, or one with a unit: K, M, G and T are 1024 and its powers. */
function readSize(name: string, values: ReadonlyMap<string, string>, otherwise: number): number {
  const text = values.get(name);
  if (text === undefined) return otherwise;
  const [, digits, unit = ''] = /^([0-9]+)([KMGT]?)$/i.exec(text) ?? [];
  const size = Number(digits) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' ');
  if (Number.isSafeInteger(size)) return size;
  throw flakeError('bad-settings', `setting '${name}' has invalid value '${text}'`, `Use a whole number with K, M, G or T: ${name} = 8G`);
}

/** The token of the longest prefix of `HOST/OWNER/REPO` that has one, else the host's. */
export function accessToken(settings: FetchSettings, host: string, path: string): string | undefined {
  const whole = `${host}/${path}`;
  const fitting = Object.keys(settings.accessTokens).filter((name) => whole === name || whole.startsWith(`${name}/`));
  const [longest] = fitting.sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : settings.accessTokens[longest];
}
