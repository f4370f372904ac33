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
