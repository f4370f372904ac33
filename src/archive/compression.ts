import type { ByteSource } from '../tree/file-tree.ts';
import { piecesOf, readPiece } from './byte-input.ts';
import { unbzip2 } from './bzip2.ts';
import { gunzip } from './gzip.ts';
import { isXz, unxzPieces } from './xz.ts';
import { unzstd } from './zstd.ts';

export type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'none';

/** What the first bytes of data say that it is. */
export function compressionOf(source: ByteSource): Compression {
  const bytes = readPiece(source, 0, Math.min(source.size, 6));
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  if (isXz(bytes)) return 'xz';
  if (start.startsWith('\x1f\x8b')) return 'gzip';
  if (start.startsWith('\x28\xb5\x2f\xfd')) return 'zstd';
  return start.startsWith('BZh') ? 'bzip2' : 'none';
}

/**
 * The data unpacked, in pieces of at most 16 MiB that are made as they are wanted; `count` is called with the length of each before it is
 * given out, and ends the work by throwing. Of .xz all is counted before the first piece is made. Throws ArchiveError.
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

/** All of the unpacked data, when it is at most `most` bytes; else throws what `tooLarge` makes. Throws ArchiveError. */
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
