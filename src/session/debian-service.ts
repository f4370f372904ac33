/** Serves the worker's requests about Debian's archive in the main thread, as the network is asynchronous. */
import { join } from 'node:path';
import type { lockDebianSuite as LockSuite } from '../debian/lock-suite.ts';
import type { DebianLock } from '../debian/lock.ts';
import type { IndexPart } from '../debian/package-index.ts';
import { hidePasswords } from '../base/hide-passwords.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { readCheckedJson, writeCheckedJson } from '../kept/json-cache.ts';
import { digestHex } from '../nix-format/hash.ts';
import { flakeError } from '../base/flake-error.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import type { FlakeSessionOptions } from './session-types.ts';
import { readSettings } from '../settings/settings.ts';

export const stateKind = { name: 'suite state', schema: 2 };

interface SuiteState {
  time: number;
  /** The mirrors used. */
  mirrors: string;
  lock: DebianLock;
}

/**
 * Pins a suite: queries its mirror, unless that was done within `tarball-ttl` or `offline` forbids it. Throws `debian/release-older` when a
 * part would become older than in `previous`, the lock to be replaced. When it would become older than this machine has seen it, warns and
 * keeps the newer one. `ask` replaces lockDebianSuite.
 */
export async function lockDebian(
  suite: string,
  previous: InputAttrs | undefined,
  options: FlakeSessionOptions,
  cacheDir: string,
  ask?: typeof LockSuite,
): Promise<InputAttrs> {
  const { settings, signal, onProgress, onWarning } = options;
  const [{ lockDebianSuite, acceptsOlder }, { chooseMirrors }, { suiteSources }, { parseDebianLock, olderParts }, { KnownIndexSizes }] =
    await Promise.all([
      import('../debian/lock-suite.ts'),
      import('../debian/mirrors.ts'),
      import('../debian/suites.ts'),
      import('../debian/lock.ts'),
      import('../debian/index-sizes.ts'),
    ]);
  suiteSources(suite);
  const before = previous && parseDebianLock(previous);
  const { network, fetch } = readSettings(settings, options.env);
  const acceptOlder = settings.acceptOlder || acceptsOlder({ network });
  const mirrors = chooseMirrors(network);
  const mirrorKey = digestHex('sha256', JSON.stringify([mirrors.debian, mirrors.security]));
  const file = join(cacheDir, 'debian', `${suite}.state`);
  const seen = readCheckedJson(file, stateKind, suite) as SuiteState | undefined;
  const now = wallClockSeconds();
  const goesBack = seen && before && !acceptOlder && olderParts(seen.lock, before).length > 0;
  const isFresh = seen && !settings.refresh && seen.mirrors === mirrorKey && now - seen.time < fetch.tarballTtl && now >= seen.time;
  if (seen && !goesBack && (settings.offline || isFresh)) return attrsOf(seen.lock);
  if (settings.offline) {
    const why = goesBack
      ? `what this machine knows of Debian's ${suite} is older than the lock`
      : `the state of Debian's ${suite} is not known here`;
    throw flakeError('offline', `${why}, and --offline forbids downloading it`, 'Run once without --offline.');
  }
  const sizes = new KnownIndexSizes(join(cacheDir, 'debian'));
  const offered = await (ask ?? lockDebianSuite)({
    suite,
    mirrors,
    network,
    signal,
    progress: onProgress,
    acceptOlder,
    onIndex: (sha256, found) => sizes.remember(sha256, found),
    ...(settings.acceptExpired && { acceptExpired: true }),
    ...(before && { previous: before }),
  });
  const lock = seen && !acceptOlder ? await keepNewest(offered, seen.lock, mirrors.debian, onWarning) : offered;
  writeCheckedJson(file, stateKind, suite, { time: now, mirrors: mirrorKey, lock } satisfies SuiteState);
  return attrsOf(lock);
}

function attrsOf(lock: DebianLock): InputAttrs {
  return { ...lock } as unknown as InputAttrs;
}

/** Keeps the newest state seen, as apt does. */
async function keepNewest(offered: DebianLock, seen: DebianLock, mirror: string, warn: (message: string) => void): Promise<DebianLock> {
  const [{ olderParts, newestParts }, { utc }] = await Promise.all([import('../debian/lock.ts'), import('../debian/release.ts')]);
  for (const part of olderParts(offered, seen)) {
    const [older, newer] = [utc(offered[`${part}Date`]), utc(seen[`${part}Date`])];
    warn(
      `the mirror ${hidePasswords(mirror)} offers the Release (${part}) of ${offered.suite} of ${older}; the one of ${newer}, which ` +
        'was seen here before, is kept (--accept-older takes the older one)',
    );
  }
  return newestParts(offered, seen);
}

/** Fetches a package index of a lock into the cache. */
export async function ensureIndex(facts: InputAttrs, of: IndexPart, options: FlakeSessionOptions, cacheDir: string): Promise<void> {
  const [{ ensureDebianIndex }, { parseDebianLock }, { chooseMirrors }] = await Promise.all([
    import('../debian/package-index.ts'),
    import('../debian/lock.ts'),
    import('../debian/mirrors.ts'),
  ]);
  const { network } = readSettings(options.settings, options.env);
  const lock = parseDebianLock(facts);
  const { signal, onProgress: progress } = options;
  const { offline } = options.settings;
  await ensureDebianIndex(lock, { cacheDir, mirrors: chooseMirrors(network), network, signal, progress, offline }, of);
}
