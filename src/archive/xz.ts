/** .xz decompression, a block at a time, as the library can only unpack what is whole. */
import { xz } from '@napi-rs/lzma';
import type { ByteSource } from '../tree/file-tree.ts';
import { damagedXz, singleBlockFile, STREAM_MAGIC, xzBlocks } from './xz-blocks.ts';

/** `xz -T0`, `xz` since 5.6 and dpkg make blocks of 192 MiB at most; older ones make one of the whole file. Bytes of memory, twice. */
const MOST_BLOCK = 512 << 20;

export function isXz(bytes: Uint8Array): boolean {
  return STREAM_MAGIC.compare(bytes, 0, STREAM_MAGIC.length) === 0;
}

/** `expect` is called with the size of each block before it is unpacked; what it throws ends the work. Throws ArchiveError. */
export function* unxzPieces(source: ByteSource, expect: (size: number) => void): Generator<Uint8Array> {
  for (const block of xzBlocks(source)) {
    expect(block.unpackedSize);
    if (block.unpackedSize > MOST_BLOCK) throw damagedXz(`a block of it has ${block.unpackedSize} bytes, more than the ${MOST_BLOCK} that fit in memory here`);
    const bytes = decompress(singleBlockFile(source, block));
    if (bytes.length !== block.unpackedSize) throw damagedXz('a block of it has another size than it says');
    yield bytes;
  }
}

function decompress(file: Buffer): Buffer {
  try {
    return xz.decompressSync(file);
  } catch (error) {
    throw damagedXz((error as Error).message);
  }
}
