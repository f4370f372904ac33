/** What the evaluator's worker asks the main thread about Debian's archive: the network is asynchronous. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wallClockSeconds } from '../io/clock.ts';
import { writeFileAtomic } from '../io/files.ts';
import { flakeError } from './errors.ts';
import type { InputAttrs } from './scheme/scheme.ts';
import type { FlakeSessionOptions } from './session-types.ts';
import { readSettings } from './settings/settings.ts';

interface RememberedLock {
  time: number;
  mirrors: string;
  lock: InputAttrs;
}

/** Pins a suite: asks its mirror, unless that was done within `tarball-ttl` or `offline` forbids it. */
export async function lockDebian(suite: string, previous: InputAttrs | undefined, options: FlakeSessionOptions, cacheDir: string): Promise<InputAttrs> {
  const { settings, signal, onProgress } = options;
  const { network, fetch } = readSettings(settings);
  const [{ lockDebianSuite }, { chooseMirrors }, { suiteSources }, { parseDebianLock }] = await Promise.all([
    import('../debian/lock-suite.ts'), import('../debian/mirrors.ts'), import('../debian/suites.ts'), import('../debian/lock.ts'),
  ]);
  suiteSources(suite);
  const mirrors = chooseMirrors(network);
  const mirrorKey = createHash('sha256').update(JSON.stringify([mirrors.debian, mirrors.security])).digest('hex');
  const file = join(cacheDir, 'debian', `lock-${suite}.json`);
  const remembered = readRemembered(file);
  const now = wallClockSeconds();
  if (remembered && (settings.offline || (!settings.refresh && remembered.mirrors === mirrorKey && now - remembered.time < fetch.tarballTtl && now >= remembered.time))) return remembered.lock;
  if (settings.offline) {
    throw flakeError('offline', `the state of Debian's ${suite} is not known here, and --offline forbids to ask for it`, 'run once without --offline');
  }
  const lock = { ...await lockDebianSuite({
    suite, mirrors, network, signal, progress: onProgress, ...(settings.acceptExpired && { acceptExpired: true }),
    ...(previous && { previous: parseDebianLock(previous) }),
  }) } as unknown as InputAttrs;
  writeFileAtomic(file, [Buffer.from(JSON.stringify({ time: now, mirrors: mirrorKey, lock } satisfies RememberedLock))]);
  return lock;
}

function readRemembered(file: string): RememberedLock | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RememberedLock;
  } catch {
    return undefined;
  }
}

/** Brings the package index of a lock into the cache. */
export async function ensureIndex(facts: InputAttrs, options: FlakeSessionOptions, cacheDir: string): Promise<void> {
  const [{ ensureDebianIndex }, { parseDebianLock }, { chooseMirrors }] = await Promise.all([
    import('../debian/package-index.ts'), import('../debian/lock.ts'), import('../debian/mirrors.ts'),
  ]);
  const { network } = readSettings(options.settings);
  await ensureDebianIndex(parseDebianLock(facts), {
    cacheDir, mirrors: chooseMirrors(network), network, signal: options.signal, progress: options.onProgress, offline: options.settings.offline,
  });
}
