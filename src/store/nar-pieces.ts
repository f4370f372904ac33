/** The archive of a tree of the host, read as its pieces are asked for: a slow reader holds no more than a piece in memory. */
import { NarWriter, sortedEntries } from '../nix-format/nar-writer.ts';
import { filePieces } from '../system/file-pieces.ts';
import { physicalSource } from './physical-tree.ts';

/**
 * Yields the NAR of a file, symlink or folder. The pieces are the caller's. Throws `io/file-changed` for a file that changes meanwhile, and
 * `io/special-file` for what an archive cannot hold.
 */
export function* narPieces(path: string): Generator<Buffer> {
  const ready: Buffer[] = [];
  const writer = new NarWriter((chunk) => ready.push(Buffer.from(chunk)));
  yield* pieces(path, writer, ready);
  writer.finish();
  yield* ready.splice(0);
}

function* pieces(path: string, writer: NarWriter, ready: Buffer[]): Generator<Buffer> {
  const node = physicalSource.inspect(path);
  if (node.type === 'symlink') writer.symlink(node.target);
  else if (node.type === 'regular') {
    writer.beginFile(node.size, node.executable);
    for (const piece of filePieces(path, node.size)) {
      writer.contents(piece);
      if (ready.length > 0) yield* ready.splice(0);
    }
    writer.endFile(node.size);
  } else {
    writer.beginDirectory();
    for (const [name, child] of sortedEntries(physicalSource.list(path))) {
      writer.beginEntry(name);
      yield* pieces(child, writer, ready);
      writer.endEntry();
    }
    writer.endDirectory();
  }
  if (ready.length > 0) yield* ready.splice(0);
}
