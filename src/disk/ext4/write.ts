/** The segments of an ext4 with a given layout: each structure's bytes at its place. */
import type { ByteSource } from '../../tree/file-tree.ts';
import { crc32c } from '../crc32c.ts';
import { bytesSegment, madeSegment, type Segment } from '../segments.ts';
import {
  BLOCK_SIZE,
  DESCRIPTOR_SIZE,
  FIRST_INODE,
  GROUP_FLAG,
  INODE_FLAG,
  INODE_SIZE,
  INODES_PER_BLOCK,
  JOURNAL_INODE,
  MODE,
  RESIZE_INODE,
} from './constants.ts';
import { encodeExtentNode, encodeExtentRoot, rootOf, type ExtentTree } from './extent-tree.ts';
import { encodeGroupDescriptor, type GroupDescriptor } from './group-descriptor.ts';
import { encodeInode, inodeSeed, type Inode } from './inode.ts';
import { encodeJournalSuperblock } from './journal.ts';
import type { PlannedInode } from './inode-list.ts';
import type { Ext4Layout } from './layout.ts';
import { encodeDoubleIndirect, encodeReservedDescriptorBlocks, resizeInode } from './resize-inode.ts';
import { runsLength, runsWithin, type BlockRun } from './runs.ts';
import { encodeSuperblock, type Superblock } from './superblock.ts';

const bytes = (blocks: number): number => blocks * BLOCK_SIZE;

export function ext4Segments(layout: Ext4Layout): Segment[] {
  const { geometry, journal } = layout;
  const segments: Segment[] = [];
  const members = membersOfGroups(layout);
  const groups = geometry.groups.map((_, index) => describeGroup(layout, index, members[index]!, segments));
  segments.push(...superSegments(layout, groups));
  if (geometry.reservedDescriptorBlocks > 0) {
    segments.push(bytesSegment(bytes(1 + geometry.descriptorBlocks), encodeReservedDescriptorBlocks(geometry)));
  }
  segments.push(bytesSegment(bytes(layout.doubleIndirect), encodeDoubleIndirect(geometry)));
  if (journal) {
    const length = journal.runs.reduce((sum, run) => sum + run.length, 0);
    segments.push(bytesSegment(bytes(journal.runs[0]!.start), encodeJournalSuperblock(length, layout.options.uuid)));
    segments.push(...treeSegments(journal.tree, JOURNAL_INODE, layout.fsSeed));
  }
  for (const inode of layout.inodes) {
    if (inode.tree) segments.push(...treeSegments(inode.tree, inode.number, layout.fsSeed));
    segments.push(...dataSegments(inode));
  }
  return segments;
}

/** The inodes of each group, ascending. */
function membersOfGroups({ geometry, inodes }: Ext4Layout): PlannedInode[][] {
  const groups = geometry.groups.map((): PlannedInode[] => []);
  for (const inode of inodes) groups[Math.floor((inode.number - 1) / geometry.inodesPerGroup)]!.push(inode);
  return groups;
}

/** Pushes the group's bitmaps and the used blocks of its inode table; returns its descriptor. `members` are its inodes. */
function describeGroup(layout: Ext4Layout, index: number, members: PlannedInode[], segments: Segment[]): GroupDescriptor {
  const { geometry, fsSeed } = layout;
  const group = geometry.groups[index]!;
  const perGroup = geometry.inodesPerGroup;
  const used = runsWithin(layout.used, group.first, group.blocks);
  const usedBlocks = runsLength(used);
  const usedInodes = inodeRuns(members, index, perGroup);
  const lastInodes = usedInodes.at(-1);
  const descriptor: GroupDescriptor = {
    blockBitmap: group.blockBitmap,
    inodeBitmap: group.inodeBitmap,
    inodeTable: group.inodeTable,
    freeBlocks: group.blocks - usedBlocks,
    freeInodes: perGroup - runsLength(usedInodes),
    directories: members.filter((inode) => inode.node.type === 'directory').length,
    // The device reads as zeros where nothing was written, so the kernel need not zero the tables in the background.
    flags: GROUP_FLAG.INODE_ZEROED,
    unusedInodes: perGroup - (lastInodes ? lastInodes.start + lastInodes.length : 0),
    blockBitmapChecksum: 0,
    inodeBitmapChecksum: 0,
  };
  const superBlocks = group.hasSuper ? 1 + geometry.descriptorBlocks + geometry.reservedDescriptorBlocks : 0;
  const isLast = index === geometry.groups.length - 1;
  if (usedBlocks === superBlocks && !isLast) {
    descriptor.flags |= GROUP_FLAG.BLOCK_UNINIT; // the bitmap can be computed when needed
  } else {
    const bitmap = encodeBitmap(used, group.first, group.blocks);
    descriptor.blockBitmapChecksum = crc32c(fsSeed, bitmap);
    segments.push(bytesSegment(bytes(group.blockBitmap), bitmap));
  }
  if (!lastInodes) {
    descriptor.flags |= GROUP_FLAG.INODE_UNINIT;
    return descriptor;
  }
  const bitmap = encodeBitmap(usedInodes, 0, perGroup);
  descriptor.inodeBitmapChecksum = crc32c(fsSeed, bitmap, 0, perGroup / 8);
  segments.push(bytesSegment(bytes(group.inodeBitmap), bitmap), ...inodeTableSegments(layout, index, members));
  return descriptor;
}

/** The inodes in use, counted from 0 in each group; the first ten of a file system are. */
function inodeRuns(members: PlannedInode[], group: number, perGroup: number): BlockRun[] {
  const runs: BlockRun[] = group === 0 ? [{ start: 0, length: FIRST_INODE - 1 }] : [];
  for (const { number } of members) {
    const start = number - 1 - group * perGroup;
    const last = runs.at(-1);
    if (last && start < last.start + last.length) continue;
    if (last && start === last.start + last.length) last.length += 1;
    else runs.push({ start, length: 1 });
  }
  return runs;
}

/** Sets the bits of the used runs, and those past the end of the group. */
function encodeBitmap(used: BlockRun[], first: number, length: number): Buffer {
  const bitmap = Buffer.alloc(BLOCK_SIZE);
  const set = (from: number, to: number): void => {
    while (from < to && from & 7) bitmap[from >> 3]! |= 1 << (from++ & 7);
    bitmap.fill(0xff, from >> 3, Math.max(from, to) >> 3);
    for (let bit = Math.max(from, to & ~7); bit < to; bit++) bitmap[bit >> 3]! |= 1 << (bit & 7);
  };
  for (const run of used) set(run.start - first, run.start - first + run.length);
  set(length, BLOCK_SIZE * 8);
  return bitmap;
}

/** A segment for each block of a group's inode table that has inodes; `members` ascending. */
function inodeTableSegments(layout: Ext4Layout, group: number, members: PlannedInode[]): Segment[] {
  const { geometry, fsSeed, options } = layout;
  const first = group * geometry.inodesPerGroup + 1;
  const own = group === 0 ? ownInodes(layout) : [];
  const byBlock = new Map<number, PlannedInode[]>(own.length > 0 ? [[0, []]] : []);
  for (const inode of members) {
    const block = Math.floor((inode.number - first) / INODES_PER_BLOCK);
    const there = byBlock.get(block);
    if (there) there.push(inode);
    else byBlock.set(block, [inode]);
  }
  return [...byBlock].map(([block, inodes]) =>
    madeSegment(bytes(geometry.groups[group]!.inodeTable + block), BLOCK_SIZE, () => {
      const table = Buffer.alloc(BLOCK_SIZE);
      const encode = (inode: Inode, number: number): void =>
        encodeInode(inode, number, options.time, fsSeed, table, (number - first - block * INODES_PER_BLOCK) * INODE_SIZE);
      if (block === 0) for (const [number, inode] of own) encode(inode, number);
      for (const inode of inodes) encode(inodeOf(inode), inode.number);
      return table;
    }),
  );
}

/** The file system's own inodes, which are all in the first block. */
function ownInodes(layout: Ext4Layout): [number, Inode][] {
  const journal = journalInode(layout);
  return [
    [RESIZE_INODE, resizeInode(layout.geometry, layout.doubleIndirect)],
    ...(journal ? [[JOURNAL_INODE, journal] as [number, Inode]] : []),
  ];
}

function inodeOf(placed: PlannedInode): Inode {
  const { node, mode, links, size, flags } = placed;
  const isShortSymlink = node.type === 'symlink' && placed.dataBlocks === 0;
  const block = isShortSymlink ? Buffer.from(node.target, 'utf8') : encodeExtentRoot(rootOf(placed));
  return { mode, links, size, flags, block, uid: node.uid, gid: node.gid, blocks: placed.dataBlocks + (placed.tree?.nodes.length ?? 0) };
}

function journalInode({ journal }: Ext4Layout): Inode | undefined {
  if (!journal) return undefined;
  const blocks = journal.runs.reduce((sum, run) => sum + run.length, 0);
  return {
    mode: MODE.REGULAR | 0o600,
    uid: 0,
    gid: 0,
    links: 1,
    flags: INODE_FLAG.EXTENTS,
    size: bytes(blocks),
    blocks: blocks + journal.tree.nodes.length,
    block: encodeExtentRoot(journal.tree),
  };
}

/** Superblock and descriptor table, in group 0 and in each group that keeps a copy. */
function superSegments(layout: Ext4Layout, descriptors: GroupDescriptor[]): Segment[] {
  const { geometry, fsSeed } = layout;
  const table = Buffer.alloc(bytes(geometry.descriptorBlocks));
  descriptors.forEach((descriptor, group) => table.set(encodeGroupDescriptor(descriptor, group, fsSeed), group * DESCRIPTOR_SIZE));
  const superblock = superblockOf(layout, descriptors);
  return geometry.groups.flatMap((group, index) => {
    if (!group.hasSuper) return [];
    const block = Buffer.alloc(BLOCK_SIZE);
    block.set(encodeSuperblock(superblock, index), index === 0 ? 1024 : 0);
    return [bytesSegment(bytes(group.first), block), bytesSegment(bytes(group.first + 1), table)];
  });
}

function superblockOf(layout: Ext4Layout, descriptors: GroupDescriptor[]): Superblock {
  const { geometry, options } = layout;
  const sum = (pick: (d: GroupDescriptor) => number): number => descriptors.reduce((total, d) => total + pick(d), 0);
  const journalSize = layout.journal?.runs.reduce((total, run) => total + run.length, 0) ?? 0;
  const journal = journalInode(layout);
  const journalBackup = journal && Buffer.alloc(68);
  if (journal && journalBackup) {
    journalBackup.set(journal.block);
    journalBackup.writeUInt32LE(Math.floor(journal.size / 2 ** 32), 60);
    journalBackup.writeUInt32LE(journal.size % 2 ** 32, 64);
  }
  return {
    inodes: geometry.groups.length * geometry.inodesPerGroup,
    blocks: geometry.blocks,
    rootBlocks: Math.floor(geometry.blocks / 20),
    freeBlocks: sum((d) => d.freeBlocks),
    freeInodes: sum((d) => d.freeInodes),
    inodesPerGroup: geometry.inodesPerGroup,
    reservedDescriptorBlocks: geometry.reservedDescriptorBlocks,
    overheadBlocks: geometry.fixed.reduce((total, run) => total + run.length, 0) + journalSize,
    uuid: options.uuid,
    label: options.label,
    hashSeed: options.hashSeed,
    time: options.time,
    kbytesWritten: 1,
    journalBackup,
  };
}

function treeSegments(tree: ExtentTree, inode: number, fsSeed: number): Segment[] {
  const seed = inodeSeed(fsSeed, inode);
  return tree.nodes.map((node) => bytesSegment(bytes(node.block), encodeExtentNode(node, seed)));
}

/** Returns a segment for each of a file's runs, which reads the file when it is written. */
function dataSegments(inode: PlannedInode): Segment[] {
  let position = 0;
  const { data, node, runs } = inode;
  if (data) {
    return runs.map((run) => {
      const from = position;
      position += bytes(run.length);
      return madeSegment(bytes(run.start), bytes(run.length), () => data().subarray(from, from + bytes(run.length)));
    });
  }
  if (node.type !== 'regular') return [];
  const { contents } = node;
  return runs.map((run): Segment => {
    const from = position;
    position += bytes(run.length);
    return new FileSegment(bytes(run.start), bytes(run.length), contents, from);
  });
}

/** A class, as a large tree has a hundred thousand of them. */
class FileSegment implements Segment {
  readonly isFileData = true;

  constructor(
    readonly start: number,
    readonly length: number,
    private readonly contents: ByteSource,
    /** Where it begins in the contents. */
    private readonly from: number,
  ) {}

  fill(target: Buffer, offset: number): void {
    const at = this.from + offset;
    const there = Math.max(0, Math.min(target.length, this.contents.size - at));
    if (there > 0) this.contents.read(target.subarray(0, there), at);
    target.fill(0, there);
  }
}
