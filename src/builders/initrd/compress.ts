import { gzipSync } from 'node:zlib';
import { attributeError } from '../attributes.ts';
import { zstdCompressor } from '../image/zstd.ts';

/** Compresses an archive in the format that the attribute `compressor` names. */
export async function compress(cpio: Buffer, compressor: unknown): Promise<Uint8Array> {
  if (compressor === 'gzip') return gzipSync(cpio, { level: 6 });
  if (compressor === 'zstd') return (await zstdCompressor())(cpio, 9);
  if (compressor === 'none' || compressor === 'cat') return cpio;
  throw attributeError('compressor', '"gzip", "zstd" or "none"', compressor);
}
