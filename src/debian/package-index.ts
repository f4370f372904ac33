/** Fetches the Packages files that a lock pins and builds their index. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { CheckedFile } from '../kept/checked-file.ts';
import { writeFileAtomic } from '../system/files.ts';
import { GunzipSink } from './gunzip-sink.ts';
import { download } from '../system/http.ts';
import { httpSettings, type NetworkSettings } from '../system/network-settings.ts';
import { writePaged } from '../kept/paged-file.ts';
import { buildArchiveIndex, type IndexSource } from './archive-index.ts';
import { KnownIndexSizes, type IndexSizes } from './index-sizes.ts';
import { ARCHITECTURE, MAIN, PARTS, type Component } from './components.ts';
import { lockedIndex, otherComponents, type DebianLock } from './lock.ts';
import { chooseMirrors, mirrorOf, type DebianMirrors } from './mirrors.ts';
import { suiteSources, type SuiteSource } from './suites.ts';
import { gunzipBounded, isXz, unxz } from './xz.ts';

export interface IndexOptions {
  mirrors?: DebianMirrors;
  network?: NetworkSettings;
  cacheDir?: string;
  signal?: AbortSignal;
  progress?: (event: ProgressEvent) => void;
  /** Use only the cache: throws `debian/offline` if a download is needed. */
  offline?: boolean;
}

export const indexKind = { name: 'package index', schema: 1 };
/** Which components an index is of: main alone, or all the others that the lock pins. */
export type IndexPart = 'main' | 'others';

/** Limits for an index whose Release file is unknown: Debian's largest has 13 MB, and 57 MB unpacked. */
const [MOST_PACKED, MOST_UNPACKED] = [64 << 20, 192 << 20];

/** The path of a lock's index, once made by `ensureDebianIndex`. */
export function debianIndexPath(lock: DebianLock, cacheDir = cacheDirectory(), of: IndexPart = 'main'): string {
  const hashes =
    of === 'main'
      ? [lock.release, lock.updates, lock.security]
      : componentsOf(lock, of).flatMap((component) => [component, ...PARTS.map((part) => lockedIndex(lock, part, component)?.sha256)]);
  const key = createHash('sha256')
    .update(`${ARCHITECTURE}:${hashes.join(':')}`)
    .digest('hex');
  return join(cacheDir, 'debian', `${lock.suite}-${ARCHITECTURE}-${key.slice(0, 32)}.index`);
}

function componentsOf(lock: DebianLock, of: IndexPart): Component[] {
  return of === 'main' ? [MAIN] : otherComponents(lock);
}

/**
 * Returns the index file's path, after building it if it is missing or damaged. Each Packages file comes from the cache, the mirror or the
 * snapshot archive, whichever has the locked bytes. Throws `debian/index-gone`, `debian/index-too-large`, `debian/offline` and the codes of
 * http.ts.
 */
export async function ensureDebianIndex(lock: DebianLock, options: IndexOptions = {}, of: IndexPart = 'main'): Promise<string> {
  const cacheDir = options.cacheDir ?? cacheDirectory();
  const path = debianIndexPath(lock, cacheDir, of);
  if (isThere(path)) return path;
  const sources: IndexSource[] = [];
  for (const component of componentsOf(lock, of)) {
    const ofParts = suiteSources(lock.suite).map(async (source) => {
      const text = await indexText(pinnedIndex(lock, source, component, options), cacheDir, options);
      return { suite: source.dist, archive: source.archive, component, text };
    });
    sources.push(...(await Promise.all(ofParts)));
  }
  options.signal?.throwIfAborted();
  writePaged(path, indexKind, Buffer.concat(buildArchiveIndex(lock.suite, ARCHITECTURE, sources)));
  return path;
}

export function isThere(path: string): boolean {
  const file = CheckedFile.open(path, indexKind);
  file?.close();
  return file !== undefined;
}

/** Only for data whose hash is verified: it comes from Debian, unless the lock names something else. */
function unpack(packed: Uint8Array, most: number, { sha256, input }: PinnedIndex): Buffer {
  try {
    return isXz(packed) ? unxz(packed, most) : gunzipBounded(packed, most);
  } catch (error) {
    throw new BootflakeError({
      code: 'debian/index-too-large',
      message:
        `the package index that the lock names (sha256 ${sha256}, ${packed.length} bytes) cannot be unpacked: ` +
        `${(error as Error).message}`,
      hint: `Run: bootflake flake update ${input}  as the lock names something other than a package index.`,
      cause: error,
    });
  }
}

/** One Packages file that a lock names. */
export interface PinnedIndex {
  sha256: string;
  /** For messages. */
  name: string;
  /** The input of the flake that has the lock, for messages. */
  input: string;
  /** In the order in which they are tried. An error of the first server ends it, unless it has the file missing or different. */
  addresses(): { mirror: string; urls: string[] };
}

function pinnedIndex(lock: DebianLock, source: SuiteSource, component: Component, options: IndexOptions): PinnedIndex {
  const { sha256, date } = lockedIndex(lock, source.part, component)!;
  return {
    sha256,
    name: component === MAIN ? source.dist : `${source.dist} (${component})`,
    input: 'nixpkgs',
    addresses() {
      const mirrors = options.mirrors ?? chooseMirrors(options.network);
      return { mirror: mirrorOf(mirrors, source.archive), urls: indexAddresses(source, component, sha256, date, mirrors) };
    },
  };
}

/** Returns a Packages file unpacked, from the cache or else from the first address that has the locked bytes. */
export async function indexText(index: PinnedIndex, cacheDir: string, options: IndexOptions): Promise<Buffer> {
  const { sha256, name } = index;
  const sizes = new KnownIndexSizes(join(cacheDir, 'debian')).find(sha256) ?? { packed: MOST_PACKED };
  const most = sizes.unpacked ?? MOST_UNPACKED;
  const cached = join(cacheDir, 'debian', 'packages', sha256);
  const bytes = readCached(cached);
  if (bytes && sha256Of(bytes) === sha256) return unpack(bytes, most, index);
  if (options.offline) {
    throw new BootflakeError({
      code: 'debian/offline',
      message: `the package index of ${name} that the lock names is not in the cache, and --offline forbids fetching it`,
      hint: 'Run once without --offline.',
    });
  }
  const id = `index:${name}`;
  options.progress?.({ type: 'start', id, activity: `fetching the package index of ${name}`, download: true });
  try {
    const { packed, text } = await fetchIndex(index, { ...options, sizes, id });
    writeFileAtomic(cached, [packed]);
    return text ?? unpack(packed, most, index);
  } finally {
    options.progress?.({ type: 'finish', id });
  }
}

function readCached(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Tries one address after the other. Stops at an unreachable server: only missing or different files are tried elsewhere. */
async function fetchIndex(
  index: PinnedIndex,
  options: IndexOptions & { sizes: IndexSizes; id: string },
): Promise<{ packed: Uint8Array; text: Buffer | undefined }> {
  const { sha256, name, input } = index;
  const { signal, progress, network, sizes, id } = options;
  const { mirror, urls } = index.addresses();
  const failures: string[] = [];
  for (const url of urls) {
    const sink = new GunzipSink(sizes.unpacked ?? MOST_UNPACKED);
    try {
      await download(url, sink, {
        ...httpSettings(network),
        ...(signal && { signal }),
        maxBytes: sizes.packed,
        onBytes: (count) => progress?.({ type: 'advance', id, bytes: count }),
      });
      const packed = sink.bytes();
      const found = sha256Of(packed);
      if (found === sha256) return { packed, text: await sink.unpacked() };
      failures.push(`${url} has sha256 ${found}`);
    } catch (error) {
      if (!(error instanceof BootflakeError)) throw error;
      const atMirror = url.startsWith(mirror);
      const responded = RESPONDED.has(error.code);
      if (atMirror && !responded) throw error;
      failures.push(error.message);
      if (!responded) break;
    }
    sink.reset();
  }
  throw new BootflakeError({
    code: 'debian/index-gone',
    message: `the package index of ${name} that the lock names (sha256 ${sha256}) cannot be found:\n  ${failures.join('\n  ')}`,
    hint: `Run: bootflake flake update ${input}  to use today's packages.`,
  });
}

/** The server responded, but the file is missing or a different one. */
const RESPONDED = new Set(['network/not-found', 'network/status', 'network/too-large']);

/** Hours between a Release's date and the snapshots that may contain it: the archive is pushed and copied some hours after it is signed. */
const SNAPSHOT_HOURS = [6, 12, 3, 24];

/** The names of an index in its folder: the first is only there if the archive keeps its former indexes. */
export const indexNames = (sha256: string): string[] => [`by-hash/SHA256/${sha256}`, 'Packages.gz', 'Packages.xz'];

function indexAddresses(source: SuiteSource, component: Component, sha256: string, date: number, mirrors: DebianMirrors): string[] {
  const folder = `dists/${source.dist}/${component}/binary-${ARCHITECTURE}`;
  const names = indexNames(sha256);
  const atMirror = names.map((name) => `${mirrorOf(mirrors, source.archive)}/${folder}/${name}`);
  const atSnapshot = SNAPSHOT_HOURS.flatMap((hours) => {
    const stamp = new Date((date + hours * 3600) * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    return names
      .slice(0, hours === SNAPSHOT_HOURS[0] ? 3 : 1)
      .map((name) => `${mirrors.snapshot}/archive/${source.archive}/${stamp}/${folder}/${name}`);
  });
  return [...atMirror, ...atSnapshot];
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
