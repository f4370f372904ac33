/** Lists the inodes of a FileTree: link counts and sizes. Neither numbers nor blocks are given yet. */
import { BootflakeError } from '../../base/errors.ts';
import { fileNameFault, shownName } from '../../tree/file-name.ts';
import type { DirectoryNode, FileNode, RegularNode, SymlinkNode } from '../../tree/file-tree.ts';
import { symlinkTargetFault } from '../../tree/symlink-target.ts';
import { BLOCK_SIZE, DIRENT_TYPE, FIRST_INODE, INODE_FLAG, MODE, MOST_LINKS, ROOT_INODE } from './constants.ts';
import { encodeLeaf, entryLength, LEAF_ROOM, type DirectoryEntry } from './directory.ts';
import { encodeHashedDirectory, planHashedDirectory } from './htree.ts';
import type { ExtentTree } from './extent-tree.ts';
import { inodeSeed } from './inode.ts';
import type { BlockRun } from './runs.ts';
import type { Parcel, Parcels } from './parcels.ts';

export interface PlannedInode {
  /** 0 until it is placed. */
  number: number;
  node: FileNode;
  /** What it is placed with; undefined for what belongs to no parcel. */
  parcel: Parcel | undefined;
  mode: number;
  links: number;
  flags: number;
  size: number;
  /** The number of blocks of contents, without those of the extent tree. */
  dataBlocks: number;
  /** Makes the data blocks of a directory or a long symlink, once all inodes have numbers. */
  data: (() => Buffer) | undefined;
  /** Of its contents, in their order; none until it is placed. */
  runs: BlockRun[];
  /** Only where it does not fit the inode: `rootOf` has that of any other inode. */
  tree: ExtentTree | undefined;
}

const NO_RUNS: BlockRun[] = [];

/** Targets up to this length are stored in the inode itself. */
const SHORT_SYMLINK = 59;
const LOST_FOUND_BLOCKS = 4;
const DOT = Buffer.from('.');
const DOT_DOT = Buffer.from('..');

export interface InodeListOptions {
  fsSeed: number;
  hashSeed: Int32Array;
  parcels?: Parcels | undefined;
}

interface ListedDirectory {
  planned: PlannedInode;
  parent: PlannedInode;
  /** In the image, for messages. */
  path: string;
  entries: ListedEntry[];
}

interface ListedEntry {
  name: Uint8Array;
  inode: PlannedInode;
}

/**
 * In the order of paths: the root directory (number 2), lost+found (11), then the rest, with the entries of a directory next to each other.
 * Throws `disk/bad-name`, `disk/bad-symlink` and `disk/bad-file` with the path of a file that ext4 cannot hold.
 */
export function listInodes(root: DirectoryNode, options: InodeListOptions): PlannedInode[] {
  const list = new InodeList(root, options.parcels ?? new Map());
  const { directories, inodes, rootInode } = list;
  if (!list.hasLostFound) {
    const lostFound = lostFoundInode(rootInode, options.fsSeed);
    rootInode.links += 1;
    inodes.unshift(lostFound);
    directories[0]!.entries.push({ name: Buffer.from('lost+found'), inode: lostFound });
  }
  for (const directory of directories) planDirectory(directory, options);
  return [rootInode, ...inodes];
}

/** The inodes of a tree. */
class InodeList {
  readonly directories: ListedDirectory[] = [];
  readonly rootInode: PlannedInode;
  readonly hasLostFound: boolean;
  /** All but the root's. */
  readonly inodes: PlannedInode[] = [];
  /** A node's newest inode. */
  private readonly known = new Map<FileNode, PlannedInode>();

  constructor(
    root: DirectoryNode,
    private readonly parcels: Parcels,
  ) {
    const lostFound = root.entries.get('lost+found');
    if (lostFound && lostFound.type !== 'directory')
      throw badFile('/lost+found', `is a ${lostFound.type}, but e2fsck needs a directory of that name`);
    this.hasLostFound = lostFound !== undefined;
    this.rootInode = plainInode(root, undefined, '/');
    this.rootInode.number = ROOT_INODE;
    this.known.set(root, this.rootInode);
    this.visit(root, { planned: this.rootInode, parent: this.rootInode, path: '', entries: [] });
  }

  private visit(node: DirectoryNode, listed: ListedDirectory): void {
    this.directories.push(listed);
    const below: [DirectoryNode, ListedDirectory][] = [];
    for (const name of sortedNames(node)) {
      const fault = fileNameFault(name);
      if (fault !== undefined) throw badName(name, listed.path, fault);
      const child = node.entries.get(name)!;
      const inode = this.inodeOf(child, listed.planned.parcel, `${listed.path}/${name}`);
      listed.entries.push({ name: Buffer.from(name, 'utf8'), inode });
      if (child.type !== 'directory') continue;
      listed.planned.links += 1;
      below.push([child, { planned: inode, parent: listed.planned, path: `${listed.path}/${name}`, entries: [] }]);
    }
    for (const [child, childListed] of below) this.visit(child, childListed);
  }

  /**
   * One inode for all names of a node; a file with more than 65,000 names gets several, each with its own copy of the contents. `above` is
   * the directory's parcel.
   */
  private inodeOf(node: FileNode, above: Parcel | undefined, path: string): PlannedInode {
    const known = this.known.get(node);
    if (known && node.type === 'directory') throw badFile(path, 'is a directory that has another name too');
    if (known && known.links < MOST_LINKS) {
      known.links += 1;
      return known;
    }
    const isLostFound = path === '/lost+found';
    const inode = plainInode(node, isLostFound ? undefined : (this.parcels.get(node) ?? above), path);
    if (isLostFound) inode.number = FIRST_INODE;
    this.known.set(node, inode);
    this.inodes.push(inode);
    return inode;
  }
}

/** Compares by UTF-8 bytes, which is the order of code points; JavaScript's own order, of UTF-16 units, differs from it above U+D7FF. */
function sortedNames(node: DirectoryNode): string[] {
  return [...node.entries.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function entryOf({ name, inode }: ListedEntry): DirectoryEntry {
  return { name, inode: inode.number, type: DIRENT_TYPE[inode.node.type] };
}

/** The maximum of a 32-bit id; one more means "no user" in system calls. */
const MOST_ID = 2 ** 32 - 2;
/** Blocks that an extent tree can count. */
const MOST_BLOCKS = 2 ** 32 - 1;

function plainInode(node: FileNode, parcel: Parcel | undefined, path: string): PlannedInode {
  for (const id of [node.uid, node.gid])
    if (!Number.isInteger(id) || id < 0 || id > MOST_ID)
      throw badFile(path, `belongs to the number ${id}, which no user or group can have`);
  if (node.type === 'regular') return regularInode(node, parcel, path);
  if (node.type === 'symlink') return symlinkInode(node, parcel, path);
  return unplaced(node, parcel, { mode: MODE.DIRECTORY | node.mode, links: 2, flags: INODE_FLAG.EXTENTS, size: 0, dataBlocks: 0 });
}

function regularInode(node: RegularNode, parcel: Parcel | undefined, path: string): PlannedInode {
  const { size } = node.contents;
  const dataBlocks = Math.ceil(size / BLOCK_SIZE);
  if (dataBlocks > MOST_BLOCKS) throw badFile(path, `has ${size} bytes, and 16 TiB are the most`);
  return unplaced(node, parcel, { mode: MODE.REGULAR | node.mode, links: 1, flags: INODE_FLAG.EXTENTS, size, dataBlocks });
}

function symlinkInode(node: SymlinkNode, parcel: Parcel | undefined, path: string): PlannedInode {
  const fault = symlinkTargetFault(node.target);
  if (fault !== undefined) {
    throw new BootflakeError({
      code: 'disk/bad-symlink',
      message: `the image cannot have a symlink ${shownName(path)} to ${shownName(node.target)}: its target ${fault}`,
    });
  }
  const target = Buffer.from(node.target, 'utf8');
  const base = { mode: MODE.SYMLINK | 0o777, links: 1, size: target.length };
  if (target.length <= SHORT_SYMLINK) return unplaced(node, parcel, { ...base, flags: 0, dataBlocks: 0 });
  return unplaced(node, parcel, { ...base, flags: INODE_FLAG.EXTENTS, dataBlocks: 1 }, () => target);
}

/** Always with the same properties in the same order, which the memory and the time of a large tree depend on. */
function unplaced(
  node: FileNode,
  parcel: Parcel | undefined,
  { mode, links, flags, size, dataBlocks }: Pick<PlannedInode, 'mode' | 'links' | 'flags' | 'size' | 'dataBlocks'>,
  data?: () => Buffer,
): PlannedInode {
  return { number: 0, node, parcel, mode, links, flags, size, dataBlocks, data, runs: NO_RUNS, tree: undefined };
}

/** e2fsck puts files without a name here. It has room from the start, as e2fsck may be unable to allocate any. */
function lostFoundInode(root: PlannedInode, fsSeed: number): PlannedInode {
  const node: DirectoryNode = { type: 'directory', mode: 0o700, uid: 0, gid: 0, entries: new Map() };
  const inode = unplaced(node, undefined, {
    mode: MODE.DIRECTORY | node.mode,
    links: 2,
    flags: INODE_FLAG.EXTENTS,
    size: LOST_FOUND_BLOCKS * BLOCK_SIZE,
    dataBlocks: LOST_FOUND_BLOCKS,
  });
  inode.number = FIRST_INODE;
  const seed = inodeSeed(fsSeed, FIRST_INODE);
  inode.data = () =>
    Buffer.concat(Array.from({ length: LOST_FOUND_BLOCKS }, (_, n) => encodeLeaf(n === 0 ? dotEntries(inode, root) : [], seed)));
  return inode;
}

function dotEntries(self: PlannedInode, parent: PlannedInode): DirectoryEntry[] {
  return [
    { name: DOT, inode: self.number, type: DIRENT_TYPE.directory },
    { name: DOT_DOT, inode: parent.number, type: DIRENT_TYPE.directory },
  ];
}

const DOTS_LENGTH = entryLength(DOT) + entryLength(DOT_DOT);

function planDirectory({ planned, parent, path, entries }: ListedDirectory, options: InodeListOptions): void {
  const seed = (): number => inodeSeed(options.fsSeed, planned.number);
  const linear = entries.reduce((sum, entry) => sum + entryLength(entry.name), DOTS_LENGTH);
  if (linear <= LEAF_ROOM) {
    planned.data = () => encodeLeaf([...dotEntries(planned, parent), ...entries.map(entryOf)], seed());
    planned.dataBlocks = 1;
  } else {
    const hashed = planHashedDirectory(entries, options.hashSeed);
    if (hashed === undefined) throw badFile(path, `is a directory of ${entries.length} entries, more than its index can hold`);
    planned.data = () => Buffer.concat(encodeHashedDirectory(hashed, dotEntries(planned, parent), entryOf, seed()));
    planned.dataBlocks = hashed.size;
    planned.flags |= INODE_FLAG.INDEX;
  }
  planned.size = planned.dataBlocks * BLOCK_SIZE;
}

function badName(name: string, folder: string, fault: string): BootflakeError {
  return new BootflakeError({
    code: 'disk/bad-name',
    message: `the image cannot have a file ${shownName(name)} in ${shownName(folder || '/')}: the name ${fault}`,
  });
}

function badFile(path: string, fault: string): BootflakeError {
  return new BootflakeError({ code: 'disk/bad-file', message: `the image cannot hold ${shownName(path)}: it ${fault}` });
}
