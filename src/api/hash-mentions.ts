/** Where the files of a store path mention other paths, for `why-depends --precise`. */
import { filePieces } from '../system/file-pieces.ts';
import { sortedEntries } from '../nix-format/nar-writer.ts';
import { physicalSource } from '../store/physical-tree.ts';
import { nameOfBytes } from '../tree/byte-name.ts';

/** The first mention of a hash in a file or a symlink's target. */
export interface Mention {
  hash: string;
  /** Relative to the store path; `/` is the path itself. */
  file: string;
  isLink: boolean;
  /** The text around the hash: the whole target of a symlink, else at most 32 characters on both sides, the unprintable ones as `.`. */
  before: string;
  after: string;
}

const HASH_LENGTH = 32;
const MARGIN = 32;

/** Yields the mentions of hash parts, file by file in the order of their names. `place` is the path's place on the host. */
export function* hashMentions(place: string, hashes: readonly string[], file = '/'): Generator<Mention> {
  const node = physicalSource.inspect(place);
  if (node.type === 'regular') yield* mentionsInFile(place, node.size, hashes, file);
  else if (node.type === 'symlink') {
    const target = typeof node.target === 'string' ? node.target : nameOfBytes(node.target);
    for (const hash of hashes) {
      const at = target.indexOf(hash);
      if (at >= 0) yield { hash, file, isLink: true, before: target.slice(0, at), after: target.slice(at + HASH_LENGTH) };
    }
  } else {
    for (const [name, child] of sortedEntries(physicalSource.list(place)))
      yield* hashMentions(child, hashes, file === '/' ? nameOfBytes(name) : `${file}/${nameOfBytes(name)}`);
  }
}

function* mentionsInFile(place: string, size: number, hashes: readonly string[], file: string): Generator<Mention> {
  const found = new Map<string, Mention>();
  let tail: Buffer = Buffer.alloc(0);
  let read = 0;
  for (const piece of filePieces(place, size)) {
    read += piece.length;
    const bytes = Buffer.concat([tail, piece]);
    for (const hash of hashes) {
      const at = found.has(hash) ? -1 : bytes.indexOf(hash, 0, 'latin1');
      const end = at + HASH_LENGTH + MARGIN;
      // What follows may be in the next piece; the tail has this mention and what is before it.
      if (at < 0 || (end > bytes.length && read < size)) continue;
      const before = printable(bytes.subarray(Math.max(0, at - MARGIN), at));
      found.set(hash, { hash, file, isLink: false, before, after: printable(bytes.subarray(at + HASH_LENGTH, end)) });
    }
    if (found.size === hashes.length) break;
    tail = bytes.subarray(Math.max(0, bytes.length - 2 * MARGIN - HASH_LENGTH));
  }
  for (const hash of hashes) if (found.has(hash)) yield found.get(hash)!;
}

function printable(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.');
}
