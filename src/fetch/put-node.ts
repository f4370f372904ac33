import { directory, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';

/** Puts a node at `a/b/c`, making the folders on the way. */
export function putNode(root: DirectoryNode, path: string, node: FileNode): void {
  const parts = path.split('/');
  let at = root;
  for (const part of parts.slice(0, -1)) {
    let next = at.entries.get(part);
    if (next?.type !== 'directory') {
      next = directory();
      at.entries.set(part, next);
    }
    at = next;
  }
  at.entries.set(parts.at(-1) as string, node);
}

/** Removes the node at `a/b/c`, if there is one. */
export function removeNode(root: DirectoryNode, path: string): void {
  const parts = path.split('/');
  const name = parts.pop() as string;
  let at: FileNode | undefined = root;
  for (const part of parts) at = at?.type === 'directory' ? at.entries.get(part) : undefined;
  if (at?.type === 'directory') at.entries.delete(name);
}
