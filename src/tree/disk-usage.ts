import type { FileNode } from './file-tree.ts';

/** Returns the bytes of a tree's files, in blocks of 4 KiB. Files in `counted` are skipped; the others are added to it. */
export function diskUsage(node: FileNode, counted: Set<FileNode>): number {
  if (counted.has(node)) return 0;
  counted.add(node);
  if (node.type === 'regular') return Math.ceil(node.contents.size / 4096) * 4096;
  if (node.type === 'symlink') return 0;
  let sum = 4096;
  for (const child of node.entries.values()) sum += diskUsage(child, counted);
  return sum;
}
