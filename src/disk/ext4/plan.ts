/** The plan of an ext4 file system: sizes, numbers, places. Its bytes are made when the plan is written. */
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { crc32c } from '../crc32c.ts';
import type { BlockPlan } from '../block-plan.ts';
import { segmentPlan } from '../segments.ts';
import { BLOCK_SIZE, BLOCKS_PER_GROUP, FIRST_INODE } from './constants.ts';
import { layOut } from './geometry.ts';
import { listInodes } from './inode-list.ts';
import { journalBlocks } from './journal.ts';
import type { Ext4Layout, Ext4Options } from './layout.ts';
import { place } from './place.ts';
import { parcelOrigins } from './origins.ts';
import { ext4Segments } from './write.ts';

export interface Ext4Plan extends BlockPlan {
  /** The smallest size in bytes that holds this tree. */
  readonly minimumSize: number;
  /** Bytes of file contents, each rounded up to blocks, hard links once. */
  readonly contentSize: number;
}

export class Ext4TooSmall extends Error {
  readonly size: number;
  readonly minimumSize: number;
  readonly contentSize: number;

  constructor(size: number, minimumSize: number, contentSize: number) {
    super(`${minimumSize} bytes of ext4 do not fit ${size} bytes`);
    this.name = 'Ext4TooSmall';
    this.size = size;
    this.minimumSize = minimumSize;
    this.contentSize = contentSize;
  }
}

/** Plans a file system holding `root`. Throws Ext4TooSmall when the given size is too small. */
export function planExt4(root: DirectoryNode, options: Ext4Options): Ext4Plan {
  const fsSeed = crc32c(~0, options.uuid);
  const hashSeed = Int32Array.from({ length: 4 }, (_, n) => Buffer.from(options.hashSeed).readInt32LE(4 * n));
  const planned = listInodes(root, { fsSeed, hashSeed, parcels: options.parcels });
  const need: Need = {
    inodes: Math.max(FIRST_INODE + planned.length, options.inodes ?? 0),
    dataBlocks: planned.reduce((sum, inode) => sum + inode.dataBlocks, 0),
    treeBlocks: planned.reduce((sum, inode) => sum + treeBlocksAtMost(inode.dataBlocks), 0),
  };
  const contentSize = need.dataBlocks * BLOCK_SIZE;
  const minimumSize = smallest(need, 0) * BLOCK_SIZE;
  const size = options.size ?? automaticSize(need, options);
  const placed = place(planned, Math.floor(size / BLOCK_SIZE), need.inodes);
  if (!placed) throw new Ext4TooSmall(size, minimumSize, contentSize);
  const layout: Ext4Layout = { options, fsSeed, ...placed };
  return { ...segmentPlan(size, ext4Segments(layout), parcelOrigins(layout)), minimumSize, contentSize };
}

function automaticSize(need: Need, { additionalSpace = 0, sizeStep = BLOCK_SIZE }: Ext4Options): number {
  return Math.ceil((smallest(need, Math.ceil(additionalSpace / BLOCK_SIZE)) * BLOCK_SIZE) / sizeStep) * sizeStep;
}

interface Need {
  inodes: number;
  dataBlocks: number;
  treeBlocks: number;
}

/** An inode holds four extents, each of at most one group; a group's fixed structures split a run once more. */
function treeBlocksAtMost(dataBlocks: number): number {
  const extents = 2 * Math.ceil(dataBlocks / BLOCKS_PER_GROUP);
  return extents <= 4 ? 0 : 2 + Math.ceil(extents / 300);
}

/** Blocks of the smallest file system with `spare` free blocks. */
function smallest(need: Need, spare: number): number {
  const files = need.dataBlocks + need.treeBlocks + spare + 1;
  // A group has at most one inode per block, so fewer groups need not be tried.
  let blocks = Math.max(files, (Math.ceil(need.inodes / BLOCKS_PER_GROUP) - 1) * BLOCKS_PER_GROUP + 1);
  for (;;) {
    const geometry = layOut(blocks, need.inodes);
    const used = (geometry?.fixed.reduce((sum, run) => sum + run.length, 0) ?? 64) + journalBlocks(blocks) + files;
    const missing = used - (geometry?.blocks ?? 0);
    if (missing <= 0) return geometry!.blocks;
    blocks = Math.max(blocks, geometry?.blocks ?? 0) + missing;
  }
}
