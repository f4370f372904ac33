/** The archive of a tree of the host, read as its pieces are asked for: a slow reader holds no more than a piece in memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { NarWriter, sortedEntries } from '../nix-format/nar-writer.ts';
import { filePath } from '../system/byte-paths.ts';
import { physicalSource } from './physical-tree.ts';

/** Bytes of a file that are read at once. */
const READ_SIZE = 256 << 10;

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
    yield* contents(path, node.size, writer, ready);
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

function* contents(path: string, size: number, writer: NarWriter, ready: Buffer[]): Generator<Buffer> {
  const file = openSync(filePath(path), 'r');
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(READ_SIZE, size)));
  try {
    for (let seen = 0; seen < size; ) {
      const count = readSync(file, buffer, 0, Math.min(buffer.length, size - seen), null);
      if (count === 0)
        throw new BootflakeError({
          code: 'io/file-changed',
          message: `'${path}' has ${seen} bytes, it had ${size}: it changes while it is read`,
        });
      seen += count;
      writer.contents(buffer.subarray(0, count));
      if (ready.length > 0) yield* ready.splice(0);
    }
  } finally {
    closeSync(file);
  }
}
