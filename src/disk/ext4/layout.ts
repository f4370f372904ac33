/** The layout of an ext4: the options, and everything else that its bytes depend on. */
import type { ExtentTree } from './extent-tree.ts';
import type { Geometry } from './geometry.ts';
import type { PlannedInode } from './inode-list.ts';
import type { Parcel, Parcels } from './parcels.ts';
import type { BlockRun } from './runs.ts';

export interface Ext4Options {
  /** Bytes of the device, rounded down to whole blocks. Defaults to the smallest size that fits, plus `additionalSpace`. */
  size?: number;
  /** Bytes to leave free for files; only without `size`. */
  additionalSpace?: number;
  /** Without `size`, the size becomes a multiple of so many bytes. */
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
  /** What is placed together; without them everything is. */
  parcels?: Parcels;
}

/** All that the bytes depend on. */
export interface Ext4Layout {
  options: Ext4Options;
  fsSeed: number;
  geometry: Geometry;
  /** Every block in use, fixed structures included: ascending, separate. */
  used: BlockRun[];
  /** Ascending by number. */
  inodes: PlannedInode[];
  parcels: { parcel: Parcel; inodes: PlannedInode[] }[];
  journal: { runs: BlockRun[]; tree: ExtentTree } | undefined;
  doubleIndirect: number;
}
