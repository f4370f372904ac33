import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { directory, file, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { placeNode } from '../../src/tree/place.ts';

/** A tree with these nodes at these paths and the folders that they need. A string or bytes are the contents of a file. */
export function treeOf(nodes: Record<string, FileNode | string | Uint8Array>): DirectoryNode {
  const root = directory();
  for (const [path, node] of Object.entries(nodes)) {
    placeNode(root, path, typeof node === 'string' || node instanceof Uint8Array ? file(node) : node);
  }
  return root;
}

interface ComparedTree {
  /** Of permission bits. Defaults to all. */
  modes?: number;
  /** Whether folders have the time of files. */
  folderTimes?: boolean;
}

/** Compares what a program has unpacked at `path` with a tree: contents, owners, modes, and the time that files of the store have. */
export function compareTree(node: FileNode, path: string, { modes = 0o7777, folderTimes = true }: ComparedTree = {}): void {
  const stats = lstatSync(path);
  if (node.type === 'symlink') {
    assert.equal(readlinkSync(path), node.target, path);
    return;
  }
  assert.equal(stats.mode & modes, node.mode & modes, path);
  assert.deepEqual([stats.uid, stats.gid], [node.uid, node.gid], path);
  if (node.type !== 'directory' || folderTimes) assert.equal(stats.mtimeMs, 1000, path);
  if (node.type === 'directory') {
    assert.deepEqual(readdirSync(path).sort(), [...node.entries.keys()].sort(), path);
    for (const [name, child] of node.entries) compareTree(child, join(path, name), { modes, folderTimes });
    return;
  }
  const expected = Buffer.alloc(node.contents.size);
  if (expected.length > 0) node.contents.read(expected, 0);
  assert.ok(readFileSync(path).equals(expected), path);
}
