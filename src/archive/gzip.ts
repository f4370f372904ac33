/** gzip and raw deflate, piece by piece: the output is never more than a small multiple of a piece ahead of the reader. */
import { Gunzip, InflateRaw, type ZlibOptions } from 'minizlib';
import { ArchiveError, type ArchiveFormat } from './archive-error.ts';

/** Deflate expands at most 1032 times, so this many bytes become at most 16 MiB before they are passed on. */
const STEP = 16 << 10;
/** Passed on to Node's zlib; the types of minizlib lack it. */
const options = { chunkSize: 256 << 10 } as ZlibOptions;

/** Concatenated members form one file; data after the last is ignored, as by gzip. Throws ArchiveError. */
export function gunzip(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
  return unpacked(packed, new Gunzip(options), 'gzip');
}

/** Unpacks a zip archive's member. Throws ArchiveError. */
export function inflateRaw(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
  return unpacked(packed, new InflateRaw(options), 'zip');
}

function* unpacked(packed: Iterable<Uint8Array>, stream: Gunzip | InflateRaw, format: ArchiveFormat): Generator<Uint8Array> {
  const out: Buffer[] = [];
  let failure: unknown;
  stream.on('data', (piece: Buffer) => out.push(piece));
  stream.on('error', (error) => {
    failure ??= error;
  });
  const fail = (): void => {
    if (failure !== undefined) throw new ArchiveError(format, (failure as Error).message.replace(/^zlib: /, ''), failure);
  };
  try {
    for (const piece of packed) {
      for (let at = 0; at < piece.length; at += STEP) {
        stream.write(piece.subarray(at, at + STEP) as Buffer);
        fail();
        yield* out.splice(0);
      }
    }
    stream.end();
    fail();
    yield* out.splice(0);
  } finally {
    stream.close();
  }
}
