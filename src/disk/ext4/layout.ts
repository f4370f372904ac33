/** A laid-out ext4: what is asked for, and everything that its bytes depend on. */
import type { BlockAllocator, BlockRun } from './block-allocator.ts';
import type { ExtentTree } from './extent-tree.ts';
import type { Geometry } from './geometry.ts';
import type { PlannedInode } from './inode-list.ts';

export interface Ext4Options {
  /** Bytes of the device; rounded down to whole blocks. Absent: the smallest that fits, and `additionalSpace` more. */
  size?: number;
  /** Bytes left free for files when the size is not given. */
  additionalSpace?: number;
  /** Bytes; a size that is not given becomes a multiple of it. */
  sizeStep?: number;
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
