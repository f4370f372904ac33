/**
 * Compressed streams by the names that binary caches have for them, unpacked piece by piece. The packed bytes are pulled, by a thread that
 * may block for them. The memory of each is bounded: by a window of 128 MiB for zstd and 16 MiB for brotli, a dictionary of 64 MiB for xz,
 * one block for bzip2 and lz4. What comes out is not bounded: the caller counts it.
 */
import { Readable, pipeline } from 'node:stream';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import xzDecompress from 'xz-decompress';
import type { ZSTDDecoder } from 'zstddec/stream';
import { ArchiveError, type ArchiveFormat } from './archive-error.ts';
import { unbzip2 } from './bzip2.ts';
import { gunzip } from './gzip.ts';
import { unlz4 } from './lz4.ts';
import type { StreamCompression } from './stream-compression.ts';

type Unpack = (packed: Iterable<Uint8Array>) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const PIECE = 256 << 10;

const methods: Record<StreamCompression, Unpack> = {
  none: (packed) => packed,
  xz: unxzStream,
  zstd: unzstdStream,
  gzip: gunzip,
  br: (packed) => throughNode(packed, zlib.createBrotliDecompress({ chunkSize: PIECE }), 'brotli'),
  bzip2: unbzip2,
  lz4: unlz4,
};

/** Yields the unpacked bytes; a piece is valid until the next one. Throws ArchiveError. */
export function unpackedStream(
  compression: StreamCompression,
  packed: Iterable<Uint8Array>,
): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return methods[compression](packed);
}

async function* unxzStream(packed: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = packed[Symbol.iterator]();
  const input = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
    },
    { highWaterMark: 0 },
  );
  try {
    for await (const piece of new xzDecompress.XzReadableStream(input)) yield piece;
  } catch (error) {
    throw broken('xz', error);
  }
}

/** Empty pieces in a row after which the library makes no progress: it does not report damaged data itself. */
const MOST_EMPTY = 1000;

async function* unzstdStream(packed: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: { chunkSize: number }) => Transform };
  if (createZstdDecompress) return yield* throughNode(packed, createZstdDecompress({ chunkSize: PIECE }), 'zstd');
  const decoder = await zstdDecoder();
  let empty = 0;
  try {
    for (const piece of decoder.decodeStreaming(packed)) {
      empty = piece.length === 0 ? empty + 1 : 0;
      if (empty > MOST_EMPTY) throw new Error('its data is damaged');
      if (piece.length > 0) yield piece;
    }
  } catch (error) {
    throw broken('zstd', error);
  }
}

let decoding: Promise<ZSTDDecoder> | undefined;

/** The library's decoder, of which a thread has one. */
function zstdDecoder(): Promise<ZSTDDecoder> {
  decoding ??= import('zstddec/stream').then(async (library) => {
    const decoder = new library.ZSTDDecoder();
    // With `fetch` the library reads its own bytes, and loads Node's HTTP client for that: 0.1 s in each thread.
    const { fetch } = globalThis;
    Reflect.deleteProperty(globalThis, 'fetch');
    const ready = decoder.init();
    Reflect.set(globalThis, 'fetch', fetch);
    await ready;
    return decoder;
  });
  return decoding;
}

/** Node's own streams, which unpack in threads of Node. */
async function* throughNode(packed: Iterable<Uint8Array>, unpack: Transform, format: ArchiveFormat): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed, { objectMode: true, highWaterMark: 1 });
  // Its errors come out of the iteration.
  pipeline(source, unpack, () => {});
  try {
    for await (const piece of unpack as AsyncIterable<Uint8Array>) yield piece;
  } catch (error) {
    throw broken(format, error);
  } finally {
    unpack.destroy();
  }
}

/** Errors of the caller's own source are passed on as they are. */
function broken(format: ArchiveFormat, error: unknown): unknown {
  const { code = '', name, message = String(error) } = (error ?? {}) as { code?: string; name?: string; message?: string };
  const own = name === 'BootflakeError' || name === 'AbortError' || error instanceof ArchiveError;
  if (own) return error;
  return new ArchiveError(format, /^(?:Z_|ERR_|ZSTD_)/.test(code) ? message : 'its data is damaged or cut short', error);
}
