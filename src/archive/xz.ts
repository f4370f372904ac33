/** .xz decompression as a stream. The unpacked size is known and reported before anything is unpacked. */
import type { ByteSource } from '../tree/file-tree.ts';
import { piecesOf } from './byte-input.ts';
import { damagedXz, STREAM_MAGIC, xzBlocks } from './xz-blocks.ts';
import { unxzInThread } from './xz-thread.ts';

/** The largest dictionary, in bytes, that may stay in memory until the next stream; `xz -6`, which dpkg uses, has 8 MiB. */
const MOST_KEPT = 16 << 20;

export function isXz(bytes: Uint8Array): boolean {
  return STREAM_MAGIC.equals(bytes.subarray(0, STREAM_MAGIC.length));
}

/**
 * Yields the unpacked data in pieces of at most 1 MiB. `expect` is called with the size of each block before the first is unpacked; if it
 * throws, the work ends. Throws ArchiveError.
 */
export function* unxzPieces(source: ByteSource, expect: (size: number) => void): Generator<Uint8Array> {
  let left = 0;
  let dictionary = 0;
  for (const block of xzBlocks(source)) {
    expect(block.unpackedSize);
    left += block.unpackedSize;
    dictionary = Math.max(dictionary, block.dictionary);
  }
  if (left === 0) return;
  for (const piece of unxzInThread(piecesOf(source), dictionary <= MOST_KEPT)) {
    left -= piece.length;
    if (left < 0) break;
    yield piece;
  }
  if (left !== 0) throw damagedXz('a block of it has another size than it says');
}
