import type { ByteSource } from '../tree/file-tree.ts';
import { piecesOf, readPiece } from './byte-input.ts';
import { unbzip2 } from './bzip2.ts';
import { gunzip } from './gzip.ts';
import { isXz, unxzPieces } from './xz.ts';
import { unzstd } from './zstd.ts';

export type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'none';

/** Detects the compression from the first bytes of the data. */
export function compressionOf(source: ByteSource): Compression {
  const bytes = readPiece(source, 0, Math.min(source.size, 6));
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (isXz(bytes)) return 'xz';
  if (start.startsWith('\x1f\x8b')) return 'gzip';
  if (start.startsWith('\x28\xb5\x2f\xfd')) return 'zstd';
  return start.startsWith('BZh') ? 'bzip2' : 'none';
}

/**
 * Yields the unpacked data in pieces of at most 16 MiB, made on demand; `count` is called with the length of each before it is yielded, and
 * ends the work by throwing. For .xz the total is counted before the first piece is made. Throws ArchiveError.
 */
export function* unpackedPieces(source: ByteSource, compression: Compression, count: (length: number) => void): Generator<Uint8Array> {
  if (compression === 'xz') return yield* unxzPieces(source, count);
  for (const piece of piecesUnpackedBy(source, compression)) {
    count(piece.length);
    yield piece;
  }
}

function piecesUnpackedBy(source: ByteSource, compression: Exclude<Compression, 'xz'>): Iterable<Uint8Array> {
  switch (compression) {
    case 'gzip':
      return gunzip(piecesOf(source));
    case 'zstd':
      return unzstd(source);
    case 'bzip2':
      return unbzip2(piecesOf(source));
    case 'none':
      return piecesOf(source);
  }
}

/** Returns all of the unpacked data if it is at most `most` bytes; else throws the error of `tooLarge`. Throws ArchiveError. */
export function unpackWhole(source: ByteSource, compression: Compression, most: number, tooLarge: () => Error): Buffer {
  let left = most;
  const count = (length: number): void => {
    left -= length;
    if (left < 0) throw tooLarge();
  };
  const pieces = [...unpackedPieces(source, compression, count)];
  const [only] = pieces;
  if (only && pieces.length === 1) return Buffer.from(only.buffer, only.byteOffset, only.length);
  return Buffer.concat(pieces);
}
