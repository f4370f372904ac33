/** Writes valid paths into a binary cache, as `nix copy --to` does. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { FileSink } from '../../system/file-sink.ts';
import { FileReader } from '../../system/file-reader.ts';
import { formatHash, parseHash, type Hash } from '../../nix-format/hash.ts';
import { dumpNar } from '../../nix-format/nar-writer.ts';
import { printNarInfo, type NarInfo } from '../../nix-format/narinfo.ts';
import { MOST_CACHE_INFO, parseNixCacheInfo, printNixCacheInfo } from '../../nix-format/nix-cache-info.ts';
import { fingerprint, signText, type SecretKey } from '../../nix-format/signature.ts';
import { parseStorePath, STORE_DIR } from '../../nix-format/store-path.ts';
import type { LocalStore } from '../../store/local-store.ts';
import { physicalSource } from '../../store/physical-tree.ts';
import type { WritableFiles } from '../binary-cache.ts';
import { cacheError } from '../errors.ts';
import { NarListing } from './nar-listing.ts';
import { packerOf } from './packers.ts';

export interface PushOptions {
  signal: AbortSignal;
  /** `none`, `zstd`, `br` or `gzip`. Defaults to zstd. */
  compression?: string;
  /** Keys to sign with, besides the signatures that the path has. */
  secretKeys?: readonly SecretKey[];
  /** Also write `HASH.ls`, as the parameter `write-nar-listing`. */
  writeNarListing?: boolean;
}

/** Writes `nix-cache-info` if the cache has none. Throws `caches/other-store`. */
export async function prepareCache(cache: WritableFiles, { signal }: { signal: AbortSignal }): Promise<void> {
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
  const { signal, compression = 'zstd', secretKeys = [], writeNarListing = false } = options;
  const known = store.queryPathInfo(path);
  const hash = parseStorePath(path)?.hash;
  if (!known || hash === undefined) throw cacheError('invalid-path', `path '${path}' is not valid, so that it cannot be copied`);
  const name = `${hash}.narinfo`;
  if (await cache.has(name, { signal })) return undefined;
  const packer = packerOf(compression);
  const plain = store.temporary.newPath('-nar');
  const packed = packer ? `${plain}-packed` : plain;
  try {
    const listing = writeNarListing ? new NarListing() : undefined;
    const narHash = writeNar(store.realPath(path), plain, listing);
    if (formatHash(narHash, 'sri') !== known.narHash) throw cacheError('modified', `path '${path}' is not as it was registered`);
    await packer?.pack(plain, packed);
    signal.throwIfAborted();
    const fileSize = statSync(packed).size;
    const fileHash = hashFile(packed, fileSize);
    const info: NarInfo = {
      storePath: path,
      url: `nar/${formatHash(fileHash, 'nix32')}.nar${packer?.extension ?? ''}`,
      compression,
      fileHash,
      fileSize,
      narHash,
      narSize: known.narSize,
      references: [...known.references].sort(),
      ...(known.deriver !== undefined && { deriver: known.deriver }),
      signatures: [],
      ...(known.ca !== undefined && { ca: known.ca }),
      unknown: [],
    };
    const text = fingerprint(info);
    info.signatures = [...new Set([...(known.signatures ?? []), ...secretKeys.map((key) => signText(key, text))])].sort();
    if (!(await cache.has(info.url, { signal })))
      await cache.write(info.url, { path: packed, size: fileSize }, { type: 'application/x-nix-nar', signal });
    if (listing) await cache.write(`${hash}.ls`, { bytes: Buffer.from(listing.finish()) }, { type: 'application/json', signal });
    // Last, as it says that all else is there.
    await cache.write(name, { bytes: Buffer.from(printNarInfo(info)) }, { type: 'text/x-nix-narinfo', signal });
    return info;
  } finally {
    store.temporary.discard(plain);
  }
}

function writeNar(place: string, to: string, listing: NarListing | undefined): Hash {
  const hasher = createHash('sha256');
  const file = new FileSink(to);
  try {
    dumpNar(physicalSource, place, (piece) => {
      hasher.update(piece);
      listing?.push(piece);
      file.write(piece);
    });
  } finally {
    file.close();
  }
  return { algorithm: 'sha256', bytes: hasher.digest() };
}

function hashFile(path: string, size: number): Hash {
  const hasher = createHash('sha256');
  new FileReader().read(path, size, (piece) => hasher.update(piece));
  return parseHash(hasher.digest('hex'), 'sha256');
}
