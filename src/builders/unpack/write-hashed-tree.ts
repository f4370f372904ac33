import { createHash } from 'node:crypto';
import { beginDirectory, endDirectory, linkFile, writeCanonicalFile, writeCanonicalSymlink } from '../../store/canonical-files.ts';
import { NarWriter, type NarDigest } from '../../nix-format/nar-writer.ts';
import { checkFileName } from '../../tree/file-name.ts';
import type { ByteSource, DirectoryNode, FileNode, RegularNode } from '../../tree/file-tree.ts';
import { byName } from './entries-by-name.ts';

/** Writes a tree at `path`, which must not exist, canonically, and returns the hash of its NAR, both in one pass. */
export function writeHashedTree(path: string, root: FileNode): NarDigest {
  const hasher = createHash('sha256');
  const nar = new NarWriter((chunk) => hasher.update(chunk));
  new TreeWriter(nar, () => undefined).node(path, root);
  nar.finish();
  return { sha256: hasher.digest(), size: nar.size };
}

/**
 * Writes a tree canonically. `linkable` returns an existing canonical file of this file system with the same contents, which is hard-linked
 * instead of written.
 */
export function writeLinkedTree(path: string, root: FileNode, linkable: (source: ByteSource) => string | undefined): void {
  new TreeWriter(undefined, linkable).node(path, root);
}

class TreeWriter {
  private readonly written = new Map<RegularNode, string>();

  constructor(
    private readonly nar: NarWriter | undefined,
    private readonly linkable: (source: ByteSource) => string | undefined,
  ) {}

  node(path: string, node: FileNode): void {
    if (node.type === 'directory') this.directory(path, node);
    else if (node.type === 'symlink') {
      writeCanonicalSymlink(path, node.target);
      this.nar?.symlink(node.target);
    } else this.file(path, node);
  }

  private directory(path: string, node: DirectoryNode): void {
    beginDirectory(path);
    this.nar?.beginDirectory();
    for (const [name, child] of this.nar ? byName(node) : node.entries) {
      checkFileName(name, path);
      this.nar?.beginEntry(name);
      this.node(`${path}/${name}`, child);
      this.nar?.endEntry();
    }
    this.nar?.endDirectory();
    endDirectory(path);
  }

  private file(path: string, node: RegularNode): void {
    const executable = (node.mode & 0o100) !== 0;
    const first = this.written.get(node) ?? this.linkable(node.contents);
    const bytes = first === undefined || this.nar ? contentsOf(node.contents) : undefined;
    if (first === undefined) {
      writeCanonicalFile(path, bytes!, executable);
      this.written.set(node, path);
    } else linkFile(first, path);
    if (!this.nar || !bytes) return;
    this.nar.beginFile(bytes.length, executable);
    this.nar.contents(bytes);
    this.nar.endFile(bytes.length);
  }
}

function contentsOf(source: ByteSource): Uint8Array {
  if (source.bytes) return source.bytes;
  const copy = new Uint8Array(source.size);
  source.read(copy, 0);
  return copy;
}
