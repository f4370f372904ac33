import { compressionOf, unpackedPieces } from '../archive/compression.ts';
import { defaultLimits, Tally } from '../archive/limits.ts';
import { NarUnpacker } from '../store/unpack-nar.ts';
import { FileSource } from '../system/file-source.ts';

/**
 * Writes the tree of a NAR, which may be compressed, in the store's form. `archive`: a file. `place` must not exist. Throws
 * `nix-format/bad-nar`, ArchiveError and ArchiveTooLarge.
 */
export function unpackNar(archive: string, place: string): void {
  const source = FileSource.of(archive);
  const tally = new Tally(defaultLimits, source.size);
  const unpacker = new NarUnpacker(place);
  try {
    for (const piece of unpackedPieces(source, compressionOf(source), tally.addUnpacked)) unpacker.push(piece);
    unpacker.finish();
  } finally {
    unpacker.close();
  }
}
