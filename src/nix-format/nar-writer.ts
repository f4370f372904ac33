/**
 * The Nix archive format: a tree as one string of bytes, with nothing in it but names, contents, links and the executable bit.
 * Every token is a little-endian 64-bit length, the bytes, and zeros up to a multiple of 8. The grammar is Nix's manual's:
 *
 *     nar    = "nix-archive-1", node
 *     node   = "(", "type", ( "regular", ["executable", ""], "contents", BYTES
 *                           | "symlink", "target", TEXT
 *                           | "directory", { "entry", "(", "name", TEXT, "node", node, ")" } ), ")"
 *
 * Entries are in the byte order of their names.
 */
import { createHash } from 'node:crypto';
import { bytesOfName } from '../tree/byte-name.ts';
import type { FileNode } from '../tree/file-tree.ts';

const BUFFER_SIZE = 1 << 16;

/**
 * Emits the tokens of a NAR. The caller passes the nodes depth first; entries must be sorted by bytes.
 * `sink` receives chunks that are valid only during the call.
 */
export class NarWriter {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_SIZE);
  private used = 0;
  /** Bytes written so far, those still buffered included. */
  size = 0;

  constructor(private readonly sink: (chunk: Uint8Array) => void) {
    this.text('nix-archive-1');
  }

  /** Begins a regular file; `contents` follow in pieces of `size` bytes in all, then `endFile`. */
  beginFile(size: number, executable: boolean): void {
    this.raw(executable ? FILE_EXECUTABLE : FILE_PLAIN);
    this.length(size);
  }

  contents(bytes: Uint8Array): void {
    this.raw(bytes);
  }

  /** Counts contents without writing them, where only positions matter. */
  skip(size: number): void {
    this.size += size;
  }

  /** `size` is the one given to `beginFile`. */
  endFile(size: number): void {
    this.pad(size);
    this.raw(CLOSE);
  }

  /** `target` is a name as in tree/byte-name.ts, or bytes. */
  symlink(target: string | Uint8Array): void {
    this.raw(SYMLINK);
    this.text(target);
    this.raw(CLOSE);
  }

  beginDirectory(): void {
    this.raw(DIRECTORY);
  }

  /** Begins an entry; one node follows, then `endEntry`. */
  beginEntry(name: string | Uint8Array): void {
    this.raw(ENTRY);
    this.text(name);
    this.raw(NODE);
  }

  endEntry(): void {
    this.raw(CLOSE);
  }

  endDirectory(): void {
    this.raw(CLOSE);
  }

  /** Flushes the buffer to the sink. Call it once, at the end. */
  finish(): void {
    if (this.used > 0) this.sink(this.buffer.subarray(0, this.used));
    this.used = 0;
  }

  private text(text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? bytesOfName(text) : text;
    this.length(bytes.length);
    this.raw(bytes);
    this.pad(bytes.length);
  }

  private length(value: number): void {
    if (this.used + 8 > BUFFER_SIZE) this.finish();
    this.buffer.writeUInt32LE(value >>> 0, this.used);
    this.buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.used + 4);
    this.used += 8;
    this.size += 8;
  }

  private pad(size: number): void {
    const padding = (8 - (size % 8)) % 8;
    if (padding > 0) this.raw(ZEROS.subarray(0, padding));
  }

  private raw(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.used + bytes.length > BUFFER_SIZE) {
      this.finish();
      if (bytes.length > BUFFER_SIZE / 2) {
        this.sink(bytes);
        return;
      }
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }
}

/** The file operations that a dump needs. Names are as in tree/byte-name.ts, or bytes. */
export interface NarSource<Handle> {
  /** Follows no symlink. */
  inspect(
    handle: Handle,
  ): { type: 'regular'; size: number; executable: boolean } | { type: 'directory' } | { type: 'symlink'; target: string | Uint8Array };
  /** In any order. */
  list(handle: Handle): Iterable<[name: string | Uint8Array, Handle]>;
  /** Passes the contents to `piece`, `size` bytes in all. */
  read(handle: Handle, piece: (bytes: Uint8Array) => void): void;
}

/** Writes the NAR of a tree over any source of files. */
export function dumpNar<Handle>(source: NarSource<Handle>, root: Handle, sink: (chunk: Uint8Array) => void): number {
  const writer = new NarWriter(sink);
  dumpNode(source, root, writer);
  writer.finish();
  return writer.size;
}

function dumpNode<Handle>(source: NarSource<Handle>, handle: Handle, writer: NarWriter): void {
  const node = source.inspect(handle);
  if (node.type === 'symlink') {
    writer.symlink(node.target);
  } else if (node.type === 'regular') {
    let seen = 0;
    writer.beginFile(node.size, node.executable);
    source.read(handle, (bytes) => {
      seen += bytes.length;
      writer.contents(bytes);
    });
    if (seen !== node.size) throw new Error(`a file of ${node.size} bytes gave ${seen} while its archive was written`);
    writer.endFile(node.size);
  } else {
    writer.beginDirectory();
    for (const [name, child] of sortedEntries(source.list(handle))) {
      writer.beginEntry(name);
      dumpNode(source, child, writer);
      writer.endEntry();
    }
    writer.endDirectory();
  }
}

/** Entries in the byte order of their names in UTF-8, which is not the order of UTF-16 units that `<` gives. */
export function sortedEntries<T>(entries: Iterable<[string | Uint8Array, T]>): [Uint8Array, T][] {
  const list: [Buffer, T][] = [];
  for (const [name, value] of entries) list.push([typeof name === 'string' ? bytesOfName(name) : Buffer.from(name), value]);
  return list.sort((a, b) => Buffer.compare(a[0], b[0]));
}

const READ_SIZE = 1 << 17;
/** One buffer for all files, as a tree has many small ones; a piece is valid only during the call that receives it. */
const readBuffer = new Uint8Array(READ_SIZE);

/** A FileTree as a source: a file is executable when its owner may execute it. */
export const fileTreeSource: NarSource<FileNode> = {
  inspect(node) {
    if (node.type === 'regular') return { type: 'regular', size: node.contents.size, executable: (node.mode & 0o100) !== 0 };
    return node;
  },
  list(node) {
    return node.type === 'directory' ? node.entries : [];
  },
  read(node, piece) {
    if (node.type !== 'regular') return;
    const { size } = node.contents;
    for (let at = 0; at < size; at += READ_SIZE) {
      const part = readBuffer.subarray(0, Math.min(READ_SIZE, size - at));
      node.contents.read(part, at);
      piece(part);
    }
  },
};

export interface NarDigest {
  sha256: Uint8Array;
  /** The archive's length in bytes. */
  size: number;
}

/** SHA-256 and length of the NAR of any source of files. */
export function narDigest<Handle>(source: NarSource<Handle>, root: Handle): NarDigest {
  const hasher = createHash('sha256');
  const size = dumpNar(source, root, (chunk) => hasher.update(chunk));
  return { sha256: hasher.digest(), size };
}

/** SHA-256 and length of a FileTree's NAR. */
export function narHash(node: FileNode): NarDigest {
  return narDigest(fileTreeSource, node);
}

const ZEROS = new Uint8Array(8);
/** Strings of an archive, one after the other: their lengths as 64 bits, their bytes in UTF-8, zeros up to a multiple of 8. */
export function narTokens(...texts: string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => {
      const length = Buffer.byteLength(text);
      const token = Buffer.alloc(8 + Math.ceil(length / 8) * 8);
      token.writeUInt32LE(length);
      token.write(text, 8, 'utf8');
      return token;
    }),
  );
}
/** What precedes the length of a file's contents. */
export const FILE_PLAIN = narTokens('(', 'type', 'regular', 'contents');
export const FILE_EXECUTABLE = narTokens('(', 'type', 'regular', 'executable', '', 'contents');
const SYMLINK = narTokens('(', 'type', 'symlink', 'target');
const DIRECTORY = narTokens('(', 'type', 'directory');
/** What precedes the name of an entry. */
export const ENTRY = narTokens('entry', '(', 'name');
export const NODE = narTokens('node');
export const CLOSE = narTokens(')');
