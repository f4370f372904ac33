/** Deflate in its two wrappings, piece by piece: what comes out is never more than a small multiple of a piece ahead of what is wanted. */
import { Gunzip, InflateRaw, type ZlibOptions } from 'minizlib';
import { ArchiveError, type ArchiveFormat } from './archive-error.ts';

/** Deflate makes at most 1032 bytes of one, so that this many bytes become 16 MiB at most before they are passed on. */
const STEP = 16 << 10;
/** Handed on to Node's zlib; the types of minizlib do not have it. */
const options = { chunkSize: 256 << 10 } as ZlibOptions;

/** Throws ArchiveError. Several members one behind the other are one file; what follows the last is ignored, as gzip does. */
export function gunzip(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
  return unpacked(packed, new Gunzip(options), 'gzip');
}

/** Of a zip archive's member. Throws ArchiveError. */
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
