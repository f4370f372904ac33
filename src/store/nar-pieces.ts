/** The archive of a tree of the host, read as its pieces are asked for: a slow reader holds no more than a piece in memory. */
import { NarWriter, sortedEntries } from '../nix-format/nar-writer.ts';
import { filePieces, ReadBuffer } from '../system/file-pieces.ts';
import { physicalSource } from './physical-tree.ts';

/** Bytes of a piece that is not copied: of a smaller one the memory would be taken for little. */
const WORTH_TAKING = 128 << 10;
/** Twice as much is copied at half the speed, as it falls out of the cache between its reading and its writing. */
const CACHED = 128 << 10;

/**
 * Yields the NAR of a file, symlink or folder. The pieces are the caller's. Throws `io/file-changed` for a file that changes meanwhile, and
 * `io/special-file` for what an archive cannot hold.
 */
export function* narPieces(path: string): Generator<Buffer> {
  const ready: Buffer[] = [];
  const memory = new ReadBuffer();
  // Most of a large file comes as it was read, and is not copied.
  const writer = new NarWriter((chunk) => {
    const isLarge = chunk.length >= WORTH_TAKING;
    ready.push(isLarge && memory.take(chunk) ? viewOf(chunk) : Buffer.from(chunk));
  });
  yield* pieces(path, { writer, ready, memory });
  writer.finish();
  yield* ready.splice(0);
}

/** The same in pieces that are valid until the next one only: all use the same memory, which stays in the processor's cache. */
export function* passingNarPieces(path: string): Generator<Buffer> {
  const ready: Buffer[] = [];
  const memory = new ReadBuffer(CACHED);
  const writer = new NarWriter((chunk) => void ready.push(memory.holds(chunk) ? viewOf(chunk) : Buffer.from(chunk)));
  yield* pieces(path, { writer, ready, memory });
  writer.finish();
  yield* ready.splice(0);
}

function viewOf(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}

interface Packing {
  writer: NarWriter;
  ready: Buffer[];
  memory: ReadBuffer;
}

function* pieces(path: string, packing: Packing): Generator<Buffer> {
  const { writer, ready, memory } = packing;
  const node = physicalSource.inspect(path);
  if (node.type === 'symlink') writer.symlink(node.target);
  else if (node.type === 'regular') {
    writer.beginFile(node.size, node.executable);
    for (const piece of filePieces(path, node.size, memory)) {
      writer.contents(piece);
      if (ready.length > 0) yield* ready.splice(0);
    }
    writer.endFile(node.size);
  } else {
    writer.beginDirectory();
    for (const [name, child] of sortedEntries(physicalSource.list(path))) {
      writer.beginEntry(name);
      yield* pieces(child, packing);
      writer.endEntry();
    }
    writer.endDirectory();
  }
  if (ready.length > 0) yield* ready.splice(0);
}
