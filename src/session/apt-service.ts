/** Serves the worker's requests about apt repositories in the main thread, as the network is asynchronous. */
import { join } from 'node:path';
import type { RepositoryLock } from '../debian/repository/repository-lock.ts';
import { flakeError } from '../base/flake-error.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import { readCheckedJson, writeCheckedJson } from '../kept/json-cache.ts';
import { digestHex } from '../nix-format/hash.ts';
import { readSettings } from '../settings/settings.ts';
import { wallClockSeconds } from '../system/clock.ts';
import type { FlakeSessionOptions } from './session-types.ts';

const stateKind = { name: 'repository state', schema: 1 };

interface RepositoryState {
  time: number;
  lock: RepositoryLock;
}

/**
 * Pins a repository: queries it, unless that was done within `tarball-ttl` or `offline` forbids it. Throws `debian/release-older` when its
 * Release is older than in `previous`, the lock to be replaced, or than this machine has seen it.
 */
export async function lockAptRepository(
  wanted: InputAttrs,
  previous: InputAttrs | undefined,
  options: FlakeSessionOptions,
  cacheDir: string,
): Promise<InputAttrs> {
  const { settings, signal, onProgress } = options;
  const [{ lockRepository }, { acceptsOlder }, { parseRepositoryLock }, { KnownIndexSizes }] = await Promise.all([
    import('../debian/repository/lock-repository.ts'),
    import('../debian/lock-suite.ts'),
    import('../debian/repository/repository-lock.ts'),
    import('../debian/index-sizes.ts'),
  ]);
  const { network, fetch } = readSettings(settings, options.env);
  const acceptOlder = settings.acceptOlder || acceptsOlder({ network });
  const { url, suite, components, key } = wanted as unknown as RepositoryLock;
  const keyUrl = String(wanted.keyUrl);
  const id = digestHex('sha256', JSON.stringify([url, suite, components, key, keyUrl]));
  const file = join(cacheDir, 'debian', `apt-${id.slice(0, 32)}.state`);
  const seen = readCheckedJson(file, stateKind, id) as RepositoryState | undefined;
  const before = newer(previous && parseRepositoryLock(previous), seen?.lock);
  const now = wallClockSeconds();
  const goesBack = seen !== undefined && !acceptOlder && before !== seen.lock;
  const isFresh = seen !== undefined && !settings.refresh && now - seen.time < fetch.tarballTtl && now >= seen.time;
  if (seen && !goesBack && (settings.offline || isFresh)) return attrsOf(seen.lock);
  if (settings.offline) {
    const why = goesBack ? 'what this machine knows of it is older than the lock' : 'its state is not known here';
    throw flakeError(
      'offline',
      `the repository ${url} ${suite}: ${why}, and --offline forbids downloading it`,
      'Run once without --offline.',
    );
  }
  const sizes = new KnownIndexSizes(join(cacheDir, 'debian'));
  const lock = await lockRepository({
    address: { url, suite, components, key },
    keyUrl,
    network,
    signal,
    progress: onProgress,
    acceptOlder,
    onIndex: (sha256, found) => sizes.remember(sha256, found),
    ...(settings.acceptExpired && { acceptExpired: true }),
    ...(before && { previous: before }),
  });
  writeCheckedJson(file, stateKind, id, { time: now, lock } satisfies RepositoryState);
  return attrsOf(lock);
}

/** `b` if they are as old. */
function newer(a: RepositoryLock | undefined, b: RepositoryLock | undefined): RepositoryLock | undefined {
  return a && b ? (a.lastModified > b.lastModified ? a : b) : (a ?? b);
}

function attrsOf(lock: RepositoryLock): InputAttrs {
  return { ...lock } as unknown as InputAttrs;
}

/** Fetches the package indexes of a lock into the cache. */
export async function ensureAptIndex(facts: InputAttrs, options: FlakeSessionOptions, cacheDir: string): Promise<void> {
  const [{ ensureRepositoryIndex }, { parseRepositoryLock }] = await Promise.all([
    import('../debian/repository/repository-index.ts'),
    import('../debian/repository/repository-lock.ts'),
  ]);
  const { network } = readSettings(options.settings, options.env);
  const { signal, onProgress: progress } = options;
  const { offline } = options.settings;
  await ensureRepositoryIndex(parseRepositoryLock(facts), { cacheDir, network, signal, progress, offline });
}
