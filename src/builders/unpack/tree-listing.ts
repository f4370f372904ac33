/** A tree as a flat list in NAR order, to be hashed in another thread: contents on disk are passed by path. */
import { createHash } from 'node:crypto';
import { FileReader } from '../../system/file-reader.ts';
import { NarWriter, type NarDigest } from '../../nix-format/nar-writer.ts';
import type { ByteSource, FileNode } from '../../tree/file-tree.ts';
import { byName } from './entries-by-name.ts';

export type ListedNode =
  | { type: 'directory'; name: string }
  | { type: 'end' }
  | { type: 'symlink'; name: string; target: string }
  | { type: 'file'; name: string; executable: boolean; size: number; contents: string | Uint8Array };

/** The first is the root, whose name is ignored. */
export type TreeListing = ListedNode[];

/** `pathOf` returns the path of a file's contents on disk; undefined for contents in memory. */
export function listTree(root: FileNode, pathOf: (source: ByteSource) => string | undefined): TreeListing {
  const listing: TreeListing = [];
  const visit = (name: string, node: FileNode): void => {
    if (node.type === 'symlink') listing.push({ type: 'symlink', name, target: node.target });
    else if (node.type === 'directory') {
      listing.push({ type: 'directory', name });
      for (const [child, below] of byName(node)) visit(child, below);
      listing.push({ type: 'end' });
    } else {
      const { contents } = node;
      const held = pathOf(contents) ?? contents.bytes;
      if (held === undefined) throw new Error(`the contents of '${name}' lie neither on disk nor in memory`);
      listing.push({ type: 'file', name, executable: (node.mode & 0o100) !== 0, size: contents.size, contents: held });
    }
  };
  visit('', root);
  return listing;
}

export function hashListing(listing: TreeListing): NarDigest {
  const hasher = createHash('sha256');
  const nar = new NarWriter((chunk) => hasher.update(chunk));
  const reader = new FileReader();
  let depth = 0;
  for (const node of listing) {
    if (node.type === 'end') {
      nar.endDirectory();
      depth -= 1;
      if (depth > 0) nar.endEntry();
      continue;
    }
    if (depth > 0) nar.beginEntry(node.name);
    if (node.type === 'directory') {
      nar.beginDirectory();
      depth += 1;
      continue;
    }
    if (node.type === 'symlink') nar.symlink(node.target);
    else {
      nar.beginFile(node.size, node.executable);
      if (typeof node.contents === 'string') reader.read(node.contents, node.size, (piece) => nar.contents(piece));
      else nar.contents(node.contents);
      nar.endFile(node.size);
    }
    if (depth > 0) nar.endEntry();
  }
  nar.finish();
  return { sha256: hasher.digest(), size: nar.size };
}
