/** Block group descriptors: https://docs.kernel.org/filesystems/ext4/group_descr.html . 64 bytes each (64bit feature). */
import { crc32c, crc32cNumber } from '../crc32c.ts';
import { DESCRIPTOR_SIZE } from './constants.ts';

export interface GroupDescriptor {
  blockBitmap: number;
  inodeBitmap: number;
  inodeTable: number;
  freeBlocks: number;
  freeInodes: number;
  directories: number;
  flags: number;
  /** Inodes at the table's end that were never used. */
  unusedInodes: number;
  blockBitmapChecksum: number;
  inodeBitmapChecksum: number;
}

/** `seed` is the file system's checksum seed: crc32c(~0, uuid). */
export function encodeGroupDescriptor(d: GroupDescriptor, group: number, seed: number): Buffer {
  const b = Buffer.alloc(DESCRIPTOR_SIZE);
  const split32 = (value: number, lowAt: number, highAt: number): void => {
    b.writeUInt32LE(value % 2 ** 32, lowAt);
    b.writeUInt32LE(Math.floor(value / 2 ** 32), highAt);
  };
  const split16 = (value: number, lowAt: number, highAt: number): void => {
    b.writeUInt16LE(value & 0xffff, lowAt);
    b.writeUInt16LE(value >>> 16, highAt);
  };
  split32(d.blockBitmap, 0x0, 0x20); // bg_block_bitmap
  split32(d.inodeBitmap, 0x4, 0x24); // bg_inode_bitmap
  split32(d.inodeTable, 0x8, 0x28); // bg_inode_table
  split16(d.freeBlocks, 0xc, 0x2c); // bg_free_blocks_count
  split16(d.freeInodes, 0xe, 0x2e); // bg_free_inodes_count
  split16(d.directories, 0x10, 0x30); // bg_used_dirs_count
  b.writeUInt16LE(d.flags, 0x12); // bg_flags
  split16(d.blockBitmapChecksum, 0x18, 0x38); // bg_block_bitmap_csum
  split16(d.inodeBitmapChecksum, 0x1a, 0x3a); // bg_inode_bitmap_csum
  split16(d.unusedInodes, 0x1c, 0x32); // bg_itable_unused
  b.writeUInt16LE(crc32c(crc32cNumber(seed, group), b) & 0xffff, 0x1e); // bg_checksum, over the descriptor with this field zero
  return b;
}
