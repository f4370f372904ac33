/** Looks up files in a merged tree as a running system would: symlinks are followed, the tree's root is `/`. */
import type { DirectoryNode, FileNode, RegularNode } from '../../tree/file-tree.ts';

const MAX_LINKS = 40;

/** Returns the node that `path` leads to; undefined when it is missing or outside the tree. `bin`, `lib` and so on are below `usr`. */
export function follow(root: DirectoryNode, path: string): FileNode | undefined {
  let links = 0;
  const walk = (start: DirectoryNode[], text: string): { node: FileNode; parents: DirectoryNode[] } | undefined => {
    let parents = text.startsWith('/') ? [root] : start;
    const parts = text.split('/').filter((part) => part !== '' && part !== '.');
    for (const [i, part] of parts.entries()) {
      if (part === '..') {
        parents = parents.length > 1 ? parents.slice(0, -1) : parents;
        continue;
      }
      const here = parents.at(-1)!;
      const node =
        here.entries.get(part) ?? (parents.length === 1 && /^(?:s?bin|lib(?:o?32|64|x32)?)$/.test(part) ? belowUsr(root, part) : undefined);
      if (!node) return undefined;
      if (node.type === 'symlink') {
        if (++links > MAX_LINKS) return undefined;
        const target = walk(parents, node.target);
        if (!target) return undefined;
        if (i === parts.length - 1) return target;
        if (target.node.type !== 'directory') return undefined;
        parents = [...target.parents, target.node];
      } else if (i === parts.length - 1) return { node, parents };
      else if (node.type !== 'directory') return undefined;
      else parents = [...parents, node];
    }
    return { node: parents.at(-1)!, parents: parents.slice(0, -1) };
  };
  return walk([root], `/${path}`)?.node;
}

function belowUsr(root: DirectoryNode, name: string): FileNode | undefined {
  const usr = root.entries.get('usr');
  return usr?.type === 'directory' ? usr.entries.get(name) : undefined;
}

export function followDirectory(root: DirectoryNode, path: string): DirectoryNode | undefined {
  const node = follow(root, path);
  return node?.type === 'directory' ? node : undefined;
}

/** Yields the regular files below a directory, recursively, in byte order of their paths; symlinks are not followed. */
export function* filesBelow(node: DirectoryNode, prefix = ''): Generator<[string, RegularNode]> {
  for (const name of [...node.entries.keys()].sort()) {
    const child = node.entries.get(name)!;
    if (child.type === 'directory') yield* filesBelow(child, `${prefix}${name}/`);
    else if (child.type === 'regular') yield [`${prefix}${name}`, child];
  }
}

export function readNode(node: RegularNode): Buffer {
  const { contents } = node;
  if (contents.bytes) return Buffer.from(contents.bytes.buffer, contents.bytes.byteOffset, contents.bytes.length);
  const bytes = Buffer.allocUnsafe(contents.size);
  contents.read(bytes, 0);
  return bytes;
}
