import { closeSync, openSync, readSync } from 'node:fs';
import { directory, type ByteSource, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';

/** The bytes of a file of the host, read when asked for. No descriptor stays open. */
export function fileBytes(path: string, size: number): ByteSource {
  return {
    size,
    read(target, position) {
      const descriptor = openSync(path, 'r');
      try {
        for (let done = 0; done < target.length;) {
          const count = readSync(descriptor, target, done, target.length - done, position + done);
          if (count === 0) throw new Error(`${path} became shorter while it was read`);
          done += count;
        }
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

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
