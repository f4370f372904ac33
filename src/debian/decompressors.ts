import { gunzipSync } from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { XzDecoder } from './xz/unxz.ts';

const xz = new XzDecoder();

/** By a tar member's suffix. What is answered is good until the next call. */
export const decompressors: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  '.xz': (bytes) => xz.decodeView(bytes),
  '.zst': (bytes) => unzstd(bytes),
  '.gz': (bytes) => gunzipSync(bytes),
  '': (bytes) => bytes,
};
