/** Writes valid paths into a binary cache, as `nix copy --to` does. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatHash, type Hash } from '../../nix-format/hash.ts';
import { MOST_CACHE_INFO, parseNixCacheInfo, printNixCacheInfo } from '../../nix-format/nix-cache-info.ts';
import { printNarInfo, type NarInfo } from '../../nix-format/narinfo.ts';
import { fingerprint, signText, type SecretKey } from '../../nix-format/signature.ts';
import { parseStorePath, STORE_DIR } from '../../nix-format/store-path.ts';
import type { LocalStore } from '../../store/local-store.ts';
import { narPieces } from '../../store/nar-pieces.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import type { TemporaryFolders } from '../../store/temporary.ts';
import type { WritableFiles } from '../binary-cache.ts';
import { cacheError } from '../errors.ts';
import { NarListing } from './nar-listing.ts';
import { openPacker, type Packer } from './packers.ts';

export interface PushOptions {
  signal: AbortSignal;
  /** Defaults to no compression. */
  packer?: Packer;
  /** Keys to sign with, besides the signatures that the path has. */
  secretKeys?: readonly SecretKey[];
  /** Also write `HASH.ls`, as the parameter `write-nar-listing`. */
  writeNarListing?: boolean;
  /** Called with the length of each piece of the plain archive. */
  onBytes?: (count: number) => void;
}

/** Writes `nix-cache-info` if the cache has none. Throws `caches/other-store`. */
export async function prepareCache(cache: WritableFiles, { signal }: { signal: AbortSignal }): Promise<void> {
  await cache.sweep?.();
  const present = await cache.read('nix-cache-info', { most: MOST_CACHE_INFO, signal });
  const bytes = Buffer.from(printNixCacheInfo({ storeDir: STORE_DIR }));
  if (!present) return cache.write('nix-cache-info', { bytes }, { type: 'text/x-nix-cache-info', signal });
  const { storeDir } = parseNixCacheInfo(new TextDecoder().decode(present));
  if (storeDir !== STORE_DIR) throw cacheError('other-store', `the cache is for Nix stores with prefix '${storeDir}', not '${STORE_DIR}'`);
}

/**
 * Writes a valid path's archive and then its facts; does nothing when the cache has them. The path's references should be there before.
 * Returns the facts. Throws `caches/invalid-path`, `caches/modified` when the path is not as it was registered, and `network/...`.
 */
export async function pushPath(store: LocalStore, cache: WritableFiles, path: string, options: PushOptions): Promise<NarInfo | undefined> {
  const known = store.queryPathInfo(path);
  if (!known) throw cacheError('invalid-path', `path '${path}' is not valid, so that it cannot be copied`);
  const name = narInfoName(path);
  if (await cache.has(name, { signal: options.signal })) return undefined;
  return pushTree(store.temporary, cache, known, store.realPath(path), options);
}

/** The name of a path's facts in a cache. */
export function narInfoName(path: string): string {
  const hash = parseStorePath(path)?.hash;
  if (hash === undefined) throw cacheError('invalid-path', `'${path}' is not a store path`);
  return `${hash}.narinfo`;
}

/** The same for a path that the cache lacks, whose files are at `place`. The packed archive is kept in `temporary` until it is sent. */
export async function pushTree(
  temporary: TemporaryFolders,
  cache: WritableFiles,
  known: ValidPathInfo,
  place: string,
  options: PushOptions,
): Promise<NarInfo> {
  const { signal, packer = openPacker({ compression: 'none' }), secretKeys = [], writeNarListing = false, onBytes } = options;
  const { path } = known;
  const name = narInfoName(path);
  const file = temporary.newPath('-nar');
  try {
    const listing = writeNarListing ? new NarListing() : undefined;
    const { narHash, narSize, fileHash, fileSize } = await writeNar(place, file, { packer, listing, onBytes, signal });
    if (formatHash(narHash, 'sri') !== known.narHash || narSize !== known.narSize)
      throw cacheError('modified', `path '${path}' is not as it was registered`, { hint: 'Run: bootflake store verify --check-contents' });
    const info: NarInfo = {
      storePath: path,
      url: `nar/${formatHash(fileHash, 'nix32')}.nar${packer.extension}`,
      compression: packer.compression,
      fileHash,
      fileSize,
      narHash,
      narSize,
      references: [...known.references].sort(),
      ...(known.deriver !== undefined && { deriver: known.deriver }),
      signatures: [],
      ...(known.ca !== undefined && { ca: known.ca }),
      unknown: [],
    };
    const text = fingerprint(info);
    info.signatures = [...new Set([...(known.signatures ?? []), ...secretKeys.map((key) => signText(key, text))])].sort();
    if (!(await cache.has(info.url, { signal })))
      await cache.write(info.url, { path: file, size: fileSize }, { type: 'application/x-nix-nar', signal });
    if (listing)
      await cache.write(name.replace(/narinfo$/, 'ls'), { bytes: Buffer.from(listing.finish()) }, { type: 'application/json', signal });
    // Last, as it says that all else is there.
    await cache.write(name, { bytes: Buffer.from(printNarInfo(info)) }, { type: 'text/x-nix-narinfo', signal });
    return info;
  } finally {
    temporary.discard(file);
  }
}

interface Written {
  narHash: Hash;
  narSize: number;
  fileHash: Hash;
  fileSize: number;
}

/** Packs a tree into a new file in one go. */
async function writeNar(
  place: string,
  to: string,
  {
    packer,
    listing,
    onBytes,
    signal,
  }: { packer: Packer; listing: NarListing | undefined; onBytes: PushOptions['onBytes']; signal: AbortSignal },
): Promise<Written> {
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  let [narSize, fileSize] = [0, 0];
  const archive = function* (): Generator<Buffer> {
    for (const piece of narPieces(place)) {
      plain.update(piece);
      listing?.push(piece);
      narSize += piece.length;
      onBytes?.(piece.length);
      yield piece;
    }
  };
  const hashed = async function* (pieces: AsyncIterable<string | Buffer>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      packed.update(piece);
      fileSize += piece.length;
      yield piece;
    }
  };
  const source = Readable.from(archive(), { objectMode: false, highWaterMark: 1 << 20 });
  const file = createWriteStream(to, { flags: 'wx' });
  if (packer.transform) await pipeline(source, packer.transform() as NodeJS.ReadWriteStream, hashed, file, { signal });
  else await pipeline(source, hashed, file, { signal });
  const hash = (hasher: typeof plain): Hash => ({ algorithm: 'sha256', bytes: hasher.digest() });
  return { narHash: hash(plain), narSize, fileHash: hash(packed), fileSize };
}
