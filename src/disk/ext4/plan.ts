/** An ext4 file system with everything decided: sizes, numbers, places. Bytes are made when the plan is written. */
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { crc32c } from '../crc32c.ts';
import type { BlockPlan } from '../block-plan.ts';
import { segmentPlan } from '../segments.ts';
import { BlockAllocator, type BlockRun } from './block-allocator.ts';
import { BLOCK_SIZE, FIRST_INODE } from './constants.ts';
import { buildExtentTree, type ExtentTree } from './extent-tree.ts';
import { layOut, type Geometry } from './geometry.ts';
import { listInodes, type PlannedInode } from './inode-list.ts';
import { journalBlocks } from './journal.ts';
import { ext4Segments } from './write.ts';

export interface Ext4Options {
  /** Bytes of the device; rounded down to whole blocks. Absent: the smallest that fits, and `additionalSpace` more. */
  size?: number;
  /** Bytes left free for files when the size is not given. */
  additionalSpace?: number;
  /** 16 bytes. */
  uuid: Uint8Array;
  /** 16 bytes that the directory index's hashes depend on. */
  hashSeed: Uint8Array;
  /** At most 16 bytes of UTF-8. */
  label: string;
  /** Every time in the file system, seconds since 1970. */
  time: number;
  /** At least so many inodes. */
  inodes?: number;
}

export interface PlacedInode extends PlannedInode {
  runs: BlockRun[];
  /** Absent for what owns no blocks by extents: short symlinks. */
  tree?: ExtentTree;
}

/** All that the bytes depend on. */
export interface Ext4Layout {
  options: Ext4Options;
  fsSeed: number;
  geometry: Geometry;
  allocator: BlockAllocator;
  inodes: PlacedInode[];
  journal: { runs: BlockRun[]; tree: ExtentTree } | undefined;
  doubleIndirect: number;
}

export interface Ext4Plan extends BlockPlan {
  /** The least size in bytes that would hold this tree. */
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

/** Plans a file system holding `root`. Throws Ext4TooSmall when the size is given and does not do. */
export function planExt4(root: DirectoryNode, options: Ext4Options): Ext4Plan {
  const fsSeed = crc32c(~0, options.uuid);
  const hashSeed = Int32Array.from({ length: 4 }, (_, n) => Buffer.from(options.hashSeed).readInt32LE(4 * n));
  const planned = listInodes(root, { fsSeed, hashSeed });
  const inodeCount = Math.max(FIRST_INODE + planned.length, options.inodes ?? 0);
  const dataBlocks = planned.reduce((sum, inode) => sum + inode.dataBlocks, 0);
  const contentSize = dataBlocks * BLOCK_SIZE;
  const minimum = smallestLayout(planned, inodeCount, dataBlocks, 0);
  const minimumSize = minimum.geometry.blocks * BLOCK_SIZE;
  let placed: Placement | undefined = minimum;
  if (options.size !== undefined) {
    placed = place(planned, Math.floor(options.size / BLOCK_SIZE), inodeCount);
    if (!placed) throw new Ext4TooSmall(options.size, minimumSize, contentSize);
  } else if (options.additionalSpace) {
    placed = smallestLayout(planned, inodeCount, dataBlocks, Math.ceil(options.additionalSpace / BLOCK_SIZE));
  }
  const layout: Ext4Layout = { options, fsSeed, ...placed };
  const size = options.size ?? placed.geometry.blocks * BLOCK_SIZE;
  return { ...segmentPlan(size, ext4Segments(layout)), minimumSize, contentSize };
}

type Placement = Pick<Ext4Layout, 'geometry' | 'allocator' | 'inodes' | 'journal' | 'doubleIndirect'>;

/** Journal first, then directories, then files in the order of their paths. Undefined when they do not fit. */
function place(planned: PlannedInode[], blocks: number, inodeCount: number, spare = 0): Placement | undefined {
  const geometry = layOut(blocks, inodeCount);
  if (!geometry) return undefined;
  const allocator = new BlockAllocator(geometry.fixed);
  const doubleIndirect = allocator.allocate(1)[0]!.start;
  const journalSize = journalBlocks(geometry.blocks);
  const journalRuns = allocator.allocate(journalSize);
  const journal = journalSize > 0 ? { runs: journalRuns, tree: buildExtentTree(journalRuns, allocator) } : undefined;
  const inodes: PlacedInode[] = planned.map((inode) => ({ ...inode, runs: [] }));
  const placeInode = (inode: PlacedInode): void => {
    inode.runs = allocator.allocate(inode.dataBlocks);
    if (inode.node.type !== 'symlink' || inode.dataBlocks > 0) inode.tree = buildExtentTree(inode.runs, allocator);
  };
  for (const inode of inodes) if (inode.data) placeInode(inode);
  for (const inode of inodes) if (!inode.data) placeInode(inode);
  const end = allocator.next;
  const used = allocator.usedWithin(0, geometry.blocks).reduce((sum, run) => sum + run.length, 0);
  if (end > geometry.blocks || used + spare > geometry.blocks) return undefined;
  return { geometry, allocator, inodes, journal, doubleIndirect };
}

/** The smallest file system with `spare` free blocks, to within a hundredth. */
function smallestLayout(planned: PlannedInode[], inodeCount: number, dataBlocks: number, spare: number): Placement {
  let low = dataBlocks + spare;
  let best: Placement | undefined;
  let high = Math.ceil(low * 1.05) + 4096;
  for (; !best; high = Math.ceil(high * 1.1)) {
    best = place(planned, high, inodeCount, spare);
    if (!best) low = high;
  }
  high = best.geometry.blocks;
  while (high - low > Math.max(64, high / 200)) {
    const middle = Math.floor((low + high) / 2);
    const tried = place(planned, middle, inodeCount, spare);
    if (tried) {
      best = tried;
      high = tried.geometry.blocks;
    } else {
      low = middle;
    }
  }
  return best;
}
