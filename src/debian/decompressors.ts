import { gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { unxz } from './xz.ts';

/** By a tar member's suffix. */
export const decompressors: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  '.xz': unxz,
  '.zst': (bytes) => unzstd(bytes),
  '.gz': (bytes) => gunzipSync(bytes),
  '': (bytes) => bytes,
};
