/** The compressions of disk images' parts, which are packed independently of each other, in any thread. */
import zlib from 'node:zlib';
import { crc32 } from '../../base/crc32.ts';
import { xzBlockData } from '../../disk/lzma/lzma2.ts';
import { zstdCompressor } from './zstd.ts';

/**
 * `zstd`: a frame. `deflate`: zlib's format (RFC 1950). `qcow2-deflate`: bare, with the small window that qcow2 wants. `gzip-part`: bare,
 * to be continued, and `xz-part`: LZMA2, both with the CRC-32 of the part.
 */
export type Codec = 'zstd' | 'deflate' | 'qcow2-deflate' | 'gzip-part' | 'xz-part';

export interface Packed {
  bytes: Uint8Array;
  /** CRC-32 of the unpacked part, for those that need it; else 0. */
  crc: number;
}

/** The tools' own defaults: of zstd, a higher one takes twice the time for a twentieth of the size. */
const [ZSTD_LEVEL, DEFLATE_LEVEL] = [3, 6];
/** Of qcow2, "Compressed Clusters": the window is of 4 KiB. */
const QCOW2_WINDOW = 12;

/** `level` defaults to the codec's own; xz has one. */
export async function packerOf(codec: Codec, level = codec === 'zstd' ? ZSTD_LEVEL : DEFLATE_LEVEL): Promise<(part: Uint8Array) => Packed> {
  switch (codec) {
    case 'zstd': {
      const compress = await zstdCompressor();
      return (part) => ({ bytes: compress(part, level), crc: 0 });
    }
    case 'deflate':
      return (part) => ({ bytes: zlib.deflateSync(part, { level }), crc: 0 });
    case 'qcow2-deflate':
      return (part) => ({ bytes: zlib.deflateRawSync(part, { level, windowBits: QCOW2_WINDOW }), crc: 0 });
    case 'gzip-part':
      return (part) => ({
        bytes: zlib.deflateRawSync(part, { level, finishFlush: zlib.constants.Z_SYNC_FLUSH }),
        crc: fastCrc32(part),
      });
    case 'xz-part':
      return (part) => ({ bytes: xzBlockData(part), crc: fastCrc32(part) });
  }
}

/** Node has a fast one since 20.15. */
const fastCrc32: (bytes: Uint8Array) => number = 'crc32' in zlib ? (zlib.crc32 as (bytes: Uint8Array) => number) : crc32;
