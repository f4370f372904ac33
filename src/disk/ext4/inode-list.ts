/** From a FileTree to inodes: numbers in the order of paths, link counts, directories' blocks. No block is placed yet. */
import type { DirectoryNode, FileNode, RegularNode, SymlinkNode } from '../../tree/file-tree.ts';
import { BLOCK_SIZE, DIRENT_TYPE, FIRST_INODE, INODE_FLAG, MODE, ROOT_INODE } from './constants.ts';
import { encodeLeaf, entryLength, LEAF_ROOM, type DirectoryEntry } from './directory.ts';
import { encodeHashedDirectory } from './htree.ts';
import { inodeSeed } from './inode.ts';

export interface PlannedInode {
  number: number;
  node: FileNode;
  mode: number;
  links: number;
  flags: number;
  size: number;
  /** Blocks of contents; extent tree nodes are not among them. */
  dataBlocks: number;
  /** What the data blocks of a directory or a long symlink hold. */
  data?: Buffer[];
}

/** Targets up to this long live in the inode itself. */
const SHORT_SYMLINK = 59;
const LOST_FOUND_BLOCKS = 4;
const DOT = Buffer.from('.');
const DOT_DOT = Buffer.from('..');

export interface InodeListOptions {
  fsSeed: number;
  hashSeed: Int32Array;
}

/** Ascending by number: the root directory (2), lost+found (11), then all else, the entries of a directory side by side. */
export function listInodes(root: DirectoryNode, options: InodeListOptions): PlannedInode[] {
  const numbers = new Map<FileNode, PlannedInode>();
  const directories: { planned: PlannedInode; node: DirectoryNode; parent: number }[] = [];
  const hasLostFound = root.entries.has('lost+found');
  let next = hasLostFound ? FIRST_INODE : FIRST_INODE + 1;

  const visit = (node: DirectoryNode, planned: PlannedInode, parent: number): void => {
    directories.push({ planned, node, parent });
    const below: DirectoryNode[] = [];
    for (const name of sortedNames(node)) {
      const child = node.entries.get(name)!;
      const known = numbers.get(child);
      if (known) {
        if (child.type === 'directory') throw new Error(`a directory has two names, one of them ${name}`);
        known.links += 1;
        continue;
      }
      numbers.set(child, plainInode(child, next++));
      if (child.type === 'directory') {
        planned.links += 1;
        below.push(child);
      }
    }
    for (const child of below) visit(child, numbers.get(child)!, planned.number);
  };

  const rootInode = plainInode(root, ROOT_INODE);
  numbers.set(root, rootInode);
  visit(root, rootInode, ROOT_INODE);
  const lostFound = hasLostFound ? undefined : lostFoundInode(options.fsSeed);
  if (lostFound) rootInode.links += 1;
  for (const { planned, node, parent } of directories) {
    const entries = sortedNames(node).map((name) => entryOf(name, numbers.get(node.entries.get(name)!)!));
    if (planned === rootInode && lostFound) entries.push(entryOf('lost+found', lostFound));
    encodeDirectory(planned, parent, entries, options);
  }
  const rest = [...numbers.values()].filter((inode) => inode !== rootInode);
  return [rootInode, ...(lostFound ? [lostFound] : []), ...rest];
}

/** By UTF-8 bytes, which is how JavaScript's order of code points would be, and its order of UTF-16 units nearly is. */
function sortedNames(node: DirectoryNode): string[] {
  return [...node.entries.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function entryOf(name: string, inode: PlannedInode): DirectoryEntry {
  return { name: Buffer.from(name, 'utf8'), inode: inode.number, type: DIRENT_TYPE[inode.node.type] };
}

function plainInode(node: FileNode, number: number): PlannedInode {
  if (node.type === 'regular') return regularInode(node, number);
  if (node.type === 'symlink') return symlinkInode(node, number);
  return { number, node, mode: MODE.DIRECTORY | node.mode, links: 2, flags: INODE_FLAG.EXTENTS, size: 0, dataBlocks: 0 };
}

function regularInode(node: RegularNode, number: number): PlannedInode {
  const { size } = node.contents;
  return { number, node, mode: MODE.REGULAR | node.mode, links: 1, flags: INODE_FLAG.EXTENTS, size, dataBlocks: Math.ceil(size / BLOCK_SIZE) };
}

function symlinkInode(node: SymlinkNode, number: number): PlannedInode {
  const target = Buffer.from(node.target, 'utf8');
  const base = { number, node, mode: MODE.SYMLINK | 0o777, links: 1, size: target.length };
  if (target.length <= SHORT_SYMLINK) return { ...base, flags: 0, dataBlocks: 0 };
  return { ...base, flags: INODE_FLAG.EXTENTS, dataBlocks: 1, data: [target] };
}

/** e2fsck puts what it finds without a name here; it has room from the start, so that it need not find any. */
function lostFoundInode(fsSeed: number): PlannedInode {
  const node: DirectoryNode = { type: 'directory', mode: 0o700, uid: 0, gid: 0, entries: new Map() };
  const seed = inodeSeed(fsSeed, FIRST_INODE);
  const dots = dotEntries(FIRST_INODE, ROOT_INODE);
  const data = Array.from({ length: LOST_FOUND_BLOCKS }, (_, n) => encodeLeaf(n === 0 ? dots : [], seed));
  return {
    number: FIRST_INODE, node, mode: MODE.DIRECTORY | node.mode, links: 2, flags: INODE_FLAG.EXTENTS,
    size: data.length * BLOCK_SIZE, dataBlocks: data.length, data,
  };
}

function dotEntries(self: number, parent: number): DirectoryEntry[] {
  return [
    { name: DOT, inode: self, type: DIRENT_TYPE.directory },
    { name: DOT_DOT, inode: parent, type: DIRENT_TYPE.directory },
  ];
}

function encodeDirectory(planned: PlannedInode, parent: number, entries: DirectoryEntry[], options: InodeListOptions): void {
  const seed = inodeSeed(options.fsSeed, planned.number);
  const dots = dotEntries(planned.number, parent);
  const linear = [...dots, ...entries].reduce((sum, entry) => sum + entryLength(entry.name), 0);
  if (linear <= LEAF_ROOM) {
    planned.data = [encodeLeaf([...dots, ...entries], seed)];
  } else {
    planned.data = encodeHashedDirectory(dots, entries, options.hashSeed, seed);
    planned.flags |= INODE_FLAG.INDEX;
  }
  planned.dataBlocks = planned.data.length;
  planned.size = planned.data.length * BLOCK_SIZE;
}
