/** Compressions for archives that are pushed: those of Node, and zstd. */
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { startThread } from '../../system/start-thread.ts';
import { cacheError } from '../errors.ts';

interface Packer {
  /** Of the archive's file name, after `.nar`. */
  extension: string;
  /** Packs a file into another. */
  pack(from: string, to: string): Promise<void>;
}

/** The largest archive that is packed in memory, where Node has no zstd of its own. */
const MOST_IN_MEMORY = 1 << 30;

const through = (transform: () => Transform) => (from: string, to: string) =>
  pipeline(createReadStream(from), transform(), createWriteStream(to, { flags: 'wx' }));

const packers: Record<string, Packer> = {
  gzip: { extension: '', pack: through(() => zlib.createGzip()) },
  br: { extension: '.br', pack: through(() => zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 6 } })) },
  zstd: { extension: '.zst', pack: packZstd },
};

/** Returns undefined for `none`. Throws `caches/no-compressor`: no kept library makes xz, bzip2 or lz4 here. */
export function packerOf(compression: string): Packer | undefined {
  if (compression === 'none') return undefined;
  const packer = Object.hasOwn(packers, compression) ? packers[compression] : undefined;
  if (packer) return packer;
  throw cacheError('no-compressor', `archives cannot be compressed by '${compression}' here`, {
    hint: `Use one of: none, ${Object.keys(packers).join(', ')}`,
  });
}

async function packZstd(from: string, to: string): Promise<void> {
  const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform };
  if (createZstdCompress) return through(createZstdCompress)(from, to);
  const bytes = readFileSync(from);
  if (bytes.length > MOST_IN_MEMORY) throw cacheError('no-compressor', `an archive of ${bytes.length} bytes is too large for zstd here`);
  writeFileSync(to, await compressedInThread(bytes), { flag: 'wx' });
}

/** The library's memory is that of a thread, and may be set up once in each only. */
async function compressedInThread(bytes: Uint8Array): Promise<Uint8Array> {
  const thread = startThread('compress-worker', {});
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      thread.on('message', ([packed]: Uint8Array[]) => resolve(packed!));
      thread.on('error', reject);
      thread.on('exit', (status) => reject(new Error(`the thread that compresses ended with status ${status}`)));
      thread.postMessage({ clusters: [bytes], level: 3 });
    });
  } finally {
    await thread.terminate();
  }
}
