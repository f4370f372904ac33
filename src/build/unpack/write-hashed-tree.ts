import { createHash } from 'node:crypto';
import { beginDirectory, endDirectory, linkFile, writeCanonicalFile, writeCanonicalSymlink } from '../../io/canonical-files.ts';
import { NarWriter, type NarDigest } from '../../nix-format/nar-writer.ts';
import type { ByteSource, DirectoryNode, FileNode, RegularNode } from '../../tree/file-tree.ts';

/**
 * Writes a tree at `path`, which must not exist, canonically, and answers the hash of its NAR, both in one pass. `linkable` tells of a
 * file's contents the canonical file of this file system that already holds them: that is hard-linked, not written.
 */
export function writeHashedTree(path: string, root: FileNode, linkable: (source: ByteSource) => string | undefined = () => undefined): NarDigest {
  const hasher = createHash('sha256');
  const nar = new NarWriter((chunk) => hasher.update(chunk));
  new TreeWriter(nar, linkable).node(path, root);
  nar.finish();
  return { sha256: hasher.digest(), size: nar.size };
}

class TreeWriter {
  private readonly written = new Map<RegularNode, string>();

  constructor(private readonly nar: NarWriter, private readonly linkable: (source: ByteSource) => string | undefined) {}

  node(path: string, node: FileNode): void {
    if (node.type === 'directory') this.directory(path, node);
    else if (node.type === 'symlink') {
      writeCanonicalSymlink(path, node.target);
      this.nar.symlink(node.target);
    } else this.file(path, node);
  }

  private directory(path: string, node: DirectoryNode): void {
    beginDirectory(path);
    this.nar.beginDirectory();
    for (const [name, child] of byName(node)) {
      this.nar.beginEntry(name);
      this.node(`${path}/${name}`, child);
      this.nar.endEntry();
    }
    this.nar.endDirectory();
    endDirectory(path);
  }

  private file(path: string, node: RegularNode): void {
    const bytes = contentsOf(node.contents);
    const executable = (node.mode & 0o100) !== 0;
    const first = this.written.get(node) ?? this.linkable(node.contents);
    if (first === undefined) {
      writeCanonicalFile(path, bytes, executable);
      this.written.set(node, path);
    } else linkFile(first, path);
    this.nar.beginFile(bytes.length, executable);
    this.nar.contents(bytes);
    this.nar.endFile(bytes.length);
  }
}

/** Entries in the byte order of their names in UTF-8. */
export function byName<T>(node: { entries: Map<string, T> }): [string, T][] {
  const entries = [...node.entries];
  // UTF-16 orders as UTF-8 does until characters beyond U+D7FF come in.
  const plain = entries.every(([name]) => !/[\ud800-\uffff]/.test(name));
  return plain ? entries.sort((a, b) => (a[0] < b[0] ? -1 : 1)) : entries.sort((a, b) => Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])));
}

function contentsOf(source: ByteSource): Uint8Array {
  if (source.bytes) return source.bytes;
  const copy = new Uint8Array(source.size);
  source.read(copy, 0);
  return copy;
}
