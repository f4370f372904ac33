/** The places of an ext4's fixed structures: superblock copies, descriptor tables, bitmaps, inode tables. All in blocks. */
import { BLOCKS_PER_GROUP, BLOCK_SIZE, DESCRIPTORS_PER_BLOCK, FLEX_GROUPS, INODES_PER_BLOCK } from './constants.ts';
import { joinRuns, type BlockRun } from './runs.ts';

export interface GroupLayout {
  first: number;
  blocks: number;
  hasSuper: boolean;
  blockBitmap: number;
  inodeBitmap: number;
  inodeTable: number;
}

export interface Geometry {
  blocks: number;
  groups: GroupLayout[];
  inodesPerGroup: number;
  inodeTableBlocks: number;
  descriptorBlocks: number;
  /** s_reserved_gdt_blocks: room for the descriptor table to grow while mounted. */
  reservedDescriptorBlocks: number;
  /** The runs of all of the above, ascending and separate. */
  fixed: BlockRun[];
}

/** sparse_super: copies in groups 0, 1 and the powers of 3, 5 and 7. */
export function hasSuper(group: number): boolean {
  if (group < 2) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}

/** The size to which resize2fs may grow a mounted file system without moving blocks: 2 TiB, or 16 times its size. */
function reservedDescriptorBlocks(groups: number, descriptorBlocks: number): number {
  const growTo = Math.max((2 * 2 ** 40) / (BLOCKS_PER_GROUP * BLOCK_SIZE), groups * 16);
  const wanted = Math.ceil(growTo / DESCRIPTORS_PER_BLOCK) - descriptorBlocks;
  const perIndirectBlock = BLOCK_SIZE / 4;
  return Math.max(0, Math.min(wanted, perIndirectBlock - descriptorBlocks));
}

/** inode_ratio of mke2fs.conf: one inode for each 16 KiB. */
const BYTES_PER_INODE = 16384;

function inodesPerGroup(blocks: number, groups: number, inodes: number): number {
  const wanted = Math.max(inodes, Math.floor((blocks * BLOCK_SIZE) / BYTES_PER_INODE));
  return Math.ceil(wanted / groups / INODES_PER_BLOCK) * INODES_PER_BLOCK;
}

/**
 * Lays out a file system of at most `blocks` blocks with at least `inodes` inodes; returns undefined when that is impossible. Like mke2fs,
 * leaves out a last group that is too small to be useful, so the result may have fewer blocks.
 */
export function layOut(blocks: number, inodes: number): Geometry | undefined {
  const groupCount = Math.ceil(blocks / BLOCKS_PER_GROUP);
  if (groupCount === 0) return undefined;
  const perGroup = inodesPerGroup(blocks, groupCount, inodes);
  if (perGroup > BLOCKS_PER_GROUP) return undefined;
  const inodeTableBlocks = perGroup / INODES_PER_BLOCK;
  const descriptorBlocks = Math.ceil(groupCount / DESCRIPTORS_PER_BLOCK);
  const reserved = reservedDescriptorBlocks(groupCount, descriptorBlocks);
  const superBlocks = 1 + descriptorBlocks + reserved;
  const lastBlocks = blocks - (groupCount - 1) * BLOCKS_PER_GROUP;
  const overhead = 2 + inodeTableBlocks + (hasSuper(groupCount - 1) ? superBlocks : 0);
  if (lastBlocks < overhead + 50) {
    return groupCount === 1 ? undefined : layOut((groupCount - 1) * BLOCKS_PER_GROUP, inodes);
  }
  const groups = Array.from(
    { length: groupCount },
    (_, index): GroupLayout => ({
      first: index * BLOCKS_PER_GROUP,
      blocks: index === groupCount - 1 ? lastBlocks : BLOCKS_PER_GROUP,
      hasSuper: hasSuper(index),
      blockBitmap: 0,
      inodeBitmap: 0,
      inodeTable: 0,
    }),
  );
  const fixed: BlockRun[] = [];
  for (let first = 0; first < groupCount; first += FLEX_GROUPS) {
    placeFlexGroup(groups.slice(first, first + FLEX_GROUPS), superBlocks, inodeTableBlocks, fixed);
  }
  return {
    blocks,
    groups,
    inodesPerGroup: perGroup,
    inodeTableBlocks,
    descriptorBlocks,
    reservedDescriptorBlocks: reserved,
    fixed: joinRuns(fixed),
  };
}

/** Places the block bitmaps, then the inode bitmaps, then the inode tables of all groups of a flex group, from its first free block on. */
function placeFlexGroup(members: GroupLayout[], superBlocks: number, inodeTableBlocks: number, fixed: BlockRun[]): void {
  const supers = members.filter((group) => group.hasSuper).map((group) => ({ start: group.first, length: superBlocks }));
  fixed.push(...supers);
  let next = members[0]!.first;
  const take = (length: number): number => {
    for (const run of supers) if (next < run.start + run.length && run.start < next + length) next = run.start + run.length;
    const start = next;
    next += length;
    fixed.push({ start, length });
    return start;
  };
  for (const group of members) group.blockBitmap = take(1);
  for (const group of members) group.inodeBitmap = take(1);
  for (const group of members) group.inodeTable = take(inodeTableBlocks);
}
