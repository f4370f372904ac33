/** The parameters of a binary cache's address that matter when paths are written to it, as Nix has them. */
import type { CacheUri } from '../cache-uri.ts';
import { cacheError } from '../errors.ts';

export interface PushParameters {
  compression: string;
  level: number | undefined;
  parallel: boolean;
  /** Files, in the order of the address. */
  secretKeyFiles: string[];
  writeNarListing: boolean;
}

/** Nix's default is xz, which takes ten times as long. */
const DEFAULT_COMPRESSION = 'zstd';
/** Parameters of Nix's without an effect here, and their default: only that is accepted. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  'index-debug-info': 'false',
  'local-nar-cache': '',
  'log-compression': '',
  'ls-compression': '',
  'narinfo-compression': '',
};
/** Those that count when paths are read. */
const OF_READING = ['priority', 'trusted', 'want-mass-query'];
const OF_S3 = ['endpoint', 'profile', 'region', 'scheme'];
const OF_WRITING = ['compression', 'compression-level', 'parallel-compression', 'secret-key', 'secret-keys', 'write-nar-listing'];

/** Throws `caches/bad-parameter`, also for one that would have no effect. */
export function readPushParameters({ base, parameters, scheme }: CacheUri): PushParameters {
  const bad = (name: string, why: string, hint?: string): Error =>
    cacheError('bad-parameter', `the parameter '${name}' of '${base}' ${why}`, hint === undefined ? {} : { hint });
  const known = [...OF_WRITING, ...OF_READING, ...(scheme === 's3' ? OF_S3 : [])];
  for (const [name, value] of parameters) {
    if (known.includes(name)) continue;
    const only = Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : undefined;
    if (only === undefined) throw bad(name, 'is not known', `Use one of: ${known.join(', ')}.`);
    if (value !== only) throw bad(name, `has no effect here, so that it cannot be '${value}'`);
  }
  const flag = (name: string): boolean => {
    const value = parameters.get(name) ?? 'false';
    if (['true', 'yes', '1'].includes(value)) return true;
    if (['false', 'no', '0'].includes(value)) return false;
    throw bad(name, `must be true or false, not '${value}'`);
  };
  const level = parameters.get('compression-level') ?? '-1';
  if (!/^(?:-1|[0-9]{1,2})$/.test(level)) throw bad('compression-level', `must be a number, or -1 for the default, not '${level}'`);
  return {
    compression: parameters.get('compression') ?? DEFAULT_COMPRESSION,
    level: level === '-1' ? undefined : Number(level),
    parallel: flag('parallel-compression'),
    secretKeyFiles: [parameters.get('secret-key') ?? '', ...(parameters.get('secret-keys') ?? '').split(',')].filter(Boolean),
    writeNarListing: flag('write-nar-listing'),
  };
}
