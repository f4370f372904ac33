/** The superblock: https://docs.kernel.org/filesystems/ext4/globals.html#super-block . 1024 bytes, at byte 1024 of the device. */
import { crc32c } from '../crc32c.ts';
import {
  BLOCKS_PER_GROUP,
  DESCRIPTOR_SIZE,
  EXTRA_ISIZE,
  FEATURE_COMPAT,
  FEATURE_INCOMPAT,
  FEATURE_RO_COMPAT,
  FIRST_INODE,
  INODE_SIZE,
  JOURNAL_INODE,
} from './constants.ts';

export const SUPERBLOCK_SIZE = 1024;
const MAGIC = 0xef53;

export interface Superblock {
  inodes: number;
  blocks: number;
  /** Blocks that only root may use. */
  rootBlocks: number;
  freeBlocks: number;
  freeInodes: number;
  inodesPerGroup: number;
  reservedDescriptorBlocks: number;
  /** Blocks that belong to no file; if 0, the kernel counts them at mount. */
  overheadBlocks: number;
  uuid: Uint8Array;
  /** UTF-8, at most 16 bytes. */
  label: string;
  hashSeed: Uint8Array;
  /** Seconds since 1970: the time of creation, last write and last check. */
  time: number;
  /** KiB ever written. */
  kbytesWritten: number;
  /** i_block, i_size_high and i_size of the journal's inode; undefined when there is no journal. */
  journalBackup: Uint8Array | undefined;
}

const bits = (features: Record<string, number>): number => Object.values(features).reduce((sum, bit) => sum | bit, 0);

/** `group` is the group of this copy; copies outside group 0 are never marked as clean, as by mke2fs. */
export function encodeSuperblock(sb: Superblock, group: number): Buffer {
  const b = Buffer.alloc(SUPERBLOCK_SIZE);
  const low = (value: number): number => value % 2 ** 32;
  const high = (value: number): number => Math.floor(value / 2 ** 32);
  b.writeUInt32LE(sb.inodes, 0x0); // s_inodes_count
  b.writeUInt32LE(low(sb.blocks), 0x4); // s_blocks_count_lo
  b.writeUInt32LE(low(sb.rootBlocks), 0x8); // s_r_blocks_count_lo
  b.writeUInt32LE(low(sb.freeBlocks), 0xc); // s_free_blocks_count_lo
  b.writeUInt32LE(sb.freeInodes, 0x10); // s_free_inodes_count
  b.writeUInt32LE(2, 0x18); // s_log_block_size: 1024 << 2
  b.writeUInt32LE(2, 0x1c); // s_log_cluster_size
  b.writeUInt32LE(BLOCKS_PER_GROUP, 0x20); // s_blocks_per_group
  b.writeUInt32LE(BLOCKS_PER_GROUP, 0x24); // s_clusters_per_group
  b.writeUInt32LE(sb.inodesPerGroup, 0x28); // s_inodes_per_group
  b.writeUInt32LE(sb.time, 0x30); // s_wtime
  b.writeInt16LE(-1, 0x36); // s_max_mnt_count: no check by count
  b.writeUInt16LE(MAGIC, 0x38); // s_magic
  b.writeUInt16LE(group === 0 ? 1 : 0, 0x3a); // s_state: EXT4_VALID_FS
  b.writeUInt16LE(1, 0x3c); // s_errors: continue
  b.writeUInt32LE(sb.time, 0x40); // s_lastcheck
  b.writeUInt32LE(1, 0x4c); // s_rev_level: dynamic
  b.writeUInt32LE(FIRST_INODE, 0x54); // s_first_ino
  b.writeUInt16LE(INODE_SIZE, 0x58); // s_inode_size
  b.writeUInt16LE(group & 0xffff, 0x5a); // s_block_group_nr: of the groups behind 8 TiB, its low half
  const journal = sb.journalBackup !== undefined;
  b.writeUInt32LE(bits(FEATURE_COMPAT) & (journal ? ~0 : ~FEATURE_COMPAT.HAS_JOURNAL), 0x5c); // s_feature_compat
  b.writeUInt32LE(bits(FEATURE_INCOMPAT), 0x60); // s_feature_incompat
  b.writeUInt32LE(bits(FEATURE_RO_COMPAT), 0x64); // s_feature_ro_compat
  b.set(sb.uuid, 0x68); // s_uuid
  b.write(sb.label, 0x78, 16, 'utf8'); // s_volume_name
  b.writeUInt16LE(sb.reservedDescriptorBlocks, 0xce); // s_reserved_gdt_blocks
  if (journal) b.writeUInt32LE(JOURNAL_INODE, 0xe0); // s_journal_inum
  b.set(sb.hashSeed, 0xec); // s_hash_seed
  b.writeUInt8(1, 0xfc); // s_def_hash_version: half MD4
  if (sb.journalBackup) {
    b.writeUInt8(1, 0xfd); // s_jnl_backup_type
    b.set(sb.journalBackup, 0x10c); // s_jnl_blocks
  }
  b.writeUInt16LE(DESCRIPTOR_SIZE, 0xfe); // s_desc_size
  b.writeUInt32LE(0x4 | 0x8, 0x100); // s_default_mount_opts: user_xattr, acl
  b.writeUInt32LE(sb.time, 0x108); // s_mkfs_time
  b.writeUInt32LE(high(sb.blocks), 0x150); // s_blocks_count_hi
  b.writeUInt32LE(high(sb.rootBlocks), 0x154); // s_r_blocks_count_hi
  b.writeUInt32LE(high(sb.freeBlocks), 0x158); // s_free_blocks_count_hi
  b.writeUInt16LE(EXTRA_ISIZE, 0x15c); // s_min_extra_isize
  b.writeUInt16LE(EXTRA_ISIZE, 0x15e); // s_want_extra_isize
  b.writeUInt32LE(1, 0x160); // s_flags: names hash as signed characters
  b.writeUInt8(4, 0x174); // s_log_groups_per_flex: 16
  b.writeUInt8(1, 0x175); // s_checksum_type: crc32c
  b.writeBigUInt64LE(BigInt(sb.kbytesWritten), 0x178); // s_kbytes_written
  b.writeUInt32LE(low(sb.overheadBlocks), 0x248); // s_overhead_blocks
  b.writeUInt32LE(crc32c(~0, b, 0, 0x3fc), 0x3fc); // s_checksum
  return b;
}

/**
 * Reads the fields of a superblock that tests and the growth of an image need. Throws when it is not a superblock or its checksum is wrong.
 */
export function decodeSuperblock(b: Buffer): Pick<Superblock, 'inodes' | 'blocks' | 'freeBlocks' | 'freeInodes' | 'uuid' | 'label'> {
  if (b.readUInt16LE(0x38) !== MAGIC) throw new Error('no ext4 superblock: wrong magic');
  if (b.readUInt32LE(0x3fc) !== crc32c(~0, b, 0, 0x3fc)) throw new Error('ext4 superblock: wrong checksum');
  const wide = (lowAt: number, highAt: number): number => b.readUInt32LE(lowAt) + b.readUInt32LE(highAt) * 2 ** 32;
  return {
    inodes: b.readUInt32LE(0x0),
    blocks: wide(0x4, 0x150),
    freeBlocks: wide(0xc, 0x158),
    freeInodes: b.readUInt32LE(0x10),
    uuid: b.subarray(0x68, 0x78),
    label: b.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, ''),
  };
}
