/** How readers of disk images unpack compressed pieces, within the sizes that they allow. */
import zlib from 'node:zlib';
import { unzstd } from '../archive/zstd.ts';
import type { Unpackers } from '../disk/open-image.ts';
import { bytesSource } from '../tree/file-tree.ts';

export const unpackers: Unpackers = {
  cluster: (packed, length, compression) => (compression === 'zlib' ? inflate(packed, length) : unpackZstd(packed, length)),
  grain: (packed, most) => zlib.inflateSync(packed, { maxOutputLength: most }),
};

/** What follows the packed bytes is ignored by zlib, too. */
function inflate(packed: Uint8Array, length: number): Uint8Array {
  const unpacked = zlib.inflateRawSync(packed, { maxOutputLength: length });
  if (unpacked.length < length) throw new Error(`it has ${unpacked.length} of ${length} bytes`);
  return unpacked;
}

function unpackZstd(packed: Uint8Array, length: number): Uint8Array {
  const unpacked = Buffer.alloc(length);
  let done = 0;
  for (const piece of unzstd(bytesSource(packed))) {
    if (piece.length > length - done) throw new Error(`it has more than ${length} bytes`);
    unpacked.set(piece, done);
    done += piece.length;
    if (done === length) return unpacked;
  }
  throw new Error(`it has ${done} of ${length} bytes`);
}
