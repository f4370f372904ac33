import { decompress as zstdDecompress } from 'fzstd';
import type { Decompressors } from './deb.ts';
import { xzDecompressor } from './xz.ts';

/** What packages are compressed with: xz in Debian, zstd in some archives built on it. */
export async function loadDecompressors(): Promise<Decompressors> {
  return { xz: await xzDecompressor(), zstd: (bytes) => zstdDecompress(bytes) };
}
