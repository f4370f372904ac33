import { gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { unxzView } from './xz/unxz.ts';

/** By a tar member's suffix. What is answered is good until the next call. */
export const decompressors: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  '.xz': unxzView,
  '.zst': (bytes) => unzstd(bytes),
  '.gz': (bytes) => gunzipSync(bytes),
  '': (bytes) => bytes,
};
