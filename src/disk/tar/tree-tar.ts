/**
 * A tree of files as a tar archive: "Basic Tar Format" of GNU tar's manual, with its members for long names (types L and K). Entries come
 * in the order of their paths, each folder before what it has; of a file with several names, all but the first are links to that.
 */
import type { ByteSource, DirectoryNode, FileNode } from '../../tree/file-tree.ts';
import type { ByteStream } from '../byte-stream.ts';
import { encodeTarHeader, TAR_END, tarPadding } from './header.ts';

const TYPE = { regular: '0', link: '1', symlink: '2', directory: '5', longTarget: 'K', longName: 'L' } as const;
/** Of members for long names. */
const LONG_LINK = '././@LongLink';
/** The names of header and link of up to so many bytes have no NUL at their end. */
const MOST_IN_HEADER = 100;
const STAGE = 1 << 20;

/** Writes members of one archive to a stream. */
export class TreeTarWriter {
  private readonly first = new Map<FileNode, string>();

  constructor(
    private readonly out: ByteStream,
    private readonly time: number,
  ) {}

  /** Files of a tree that is at `path` wherever the archive is unpacked: where they come again, they are links to it. */
  have(path: string, node: FileNode): void {
    if (node.type === 'directory') for (const [name, child] of node.entries) this.have(`${path}/${name}`, child);
    else if (node.type === 'regular' && !this.first.has(node)) this.first.set(node, path);
  }

  /** Writes the entries of a folder of the tree, which is at `prefix` ('' or a path that ends with a slash). Yields numbers of bytes. */
  *entries(root: DirectoryNode, prefix = ''): Generator<number, void> {
    for (const [name, node] of [...root.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      yield* this.member(prefix + name, node);
      if (node.type === 'directory') yield* this.entries(node, `${prefix}${name}/`);
    }
  }

  /** Writes one member: of a folder, the folder alone. */
  *member(path: string, node: FileNode): Generator<number, void> {
    if (node.type === 'directory') return this.header(`${path}/`, node, { type: TYPE.directory });
    const earlier = this.first.get(node);
    if (earlier !== undefined) return this.header(path, node, { type: TYPE.link, target: earlier });
    this.first.set(node, path);
    if (node.type === 'symlink') return this.header(path, { ...node, mode: 0o777 }, { type: TYPE.symlink, target: node.target });
    this.header(path, node, { type: TYPE.regular, size: node.contents.size });
    yield* this.contents(node.contents);
  }

  end(): void {
    this.out.write(TAR_END);
  }

  private header(
    name: string,
    { mode, uid, gid }: FileNode,
    { type, size = 0, target = '' }: { type: string; size?: number; target?: string },
  ): void {
    if (Buffer.byteLength(target) > MOST_IN_HEADER) this.long(TYPE.longTarget, target);
    if (Buffer.byteLength(name) > MOST_IN_HEADER) this.long(TYPE.longName, name);
    this.out.write(encodeTarHeader({ name: shortened(name), target: shortened(target), type, size, mode, uid, gid, time: this.time }));
  }

  /** The member that has a long name of the next one. */
  private long(type: string, name: string): void {
    const text = Buffer.from(`${name}\0`);
    this.out.write(encodeTarHeader({ name: LONG_LINK, type, size: text.length, time: 0 }));
    this.out.write(text);
    this.out.zeros(tarPadding(text.length));
  }

  private *contents(source: ByteSource): Generator<number, void> {
    const stage = Buffer.allocUnsafe(Math.min(STAGE, source.size));
    for (let at = 0; at < source.size; ) {
      const piece = stage.subarray(0, Math.min(stage.length, source.size - at));
      source.read(piece, at);
      this.out.write(piece);
      at += piece.length;
      yield piece.length;
    }
    this.out.zeros(tarPadding(source.size));
  }
}

/** The bytes of a name that the header has room for, whole characters. */
function shortened(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= MOST_IN_HEADER) return name;
  let end = MOST_IN_HEADER;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}
