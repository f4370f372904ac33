/**
 * Inodes: https://docs.kernel.org/filesystems/ext4/inodes.html . 256 bytes each: the original 128, then 32 that are used (i_extra_isize).
 */
import { crc32c, crc32cNumber, crc32cZeros } from '../crc32c.ts';
import { BLOCK_SIZE, EXTRA_ISIZE, INODE_SIZE, MOST_LINKS } from './constants.ts';

export interface Inode {
  /** File type and permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** In bytes. */
  size: number;
  links: number;
  /** Blocks in use, including those of the extent tree. */
  blocks: number;
  flags: number;
  /** i_block: 60 bytes of extent tree, block map, or the text of a short symlink. */
  block: Uint8Array;
}

/** The seed for the checksums of an inode and of all its blocks. i_generation is always 0 here. */
export function inodeSeed(fsSeed: number, number: number): number {
  return crc32cNumber(crc32cNumber(fsSeed, number), 0);
}

/** Writes the inode into `table` at `offset`, whose 256 bytes must be zeros. All four times are `time`, seconds since 1970. */
export function encodeInode(inode: Inode, number: number, time: number, fsSeed: number, table: Buffer, offset: number): void {
  const b = table.subarray(offset, offset + INODE_SIZE);
  const sectors = inode.blocks * (BLOCK_SIZE / 512);
  b.writeUInt16LE(inode.mode, 0x0); // i_mode
  b.writeUInt16LE(inode.uid & 0xffff, 0x2); // i_uid
  b.writeUInt32LE(inode.size % 2 ** 32, 0x4); // i_size_lo
  b.writeUInt32LE(time, 0x8); // i_atime
  b.writeUInt32LE(time, 0xc); // i_ctime
  b.writeUInt32LE(time, 0x10); // i_mtime
  b.writeUInt16LE(inode.gid & 0xffff, 0x18); // i_gid
  b.writeUInt16LE(inode.links > MOST_LINKS ? 1 : inode.links, 0x1a); // i_links_count; dir_nlink: 1 means too many to count
  b.writeUInt32LE(sectors % 2 ** 32, 0x1c); // i_blocks_lo
  b.writeUInt32LE(inode.flags, 0x20); // i_flags
  b.set(inode.block, 0x28); // i_block
  b.writeUInt32LE(Math.floor(inode.size / 2 ** 32), 0x6c); // i_size_high
  b.writeUInt16LE(Math.floor(sectors / 2 ** 32), 0x74); // l_i_blocks_high
  b.writeUInt16LE(inode.uid >>> 16, 0x78); // l_i_uid_high
  b.writeUInt16LE(inode.gid >>> 16, 0x7a); // l_i_gid_high
  b.writeUInt16LE(EXTRA_ISIZE, 0x80); // i_extra_isize
  b.writeUInt32LE(time, 0x90); // i_crtime
  const used = 128 + EXTRA_ISIZE;
  const checksum = crc32cZeros(crc32c(inodeSeed(fsSeed, number), b, 0, used), INODE_SIZE - used);
  b.writeUInt16LE(checksum & 0xffff, 0x7c); // l_i_checksum_lo
  b.writeUInt16LE(checksum >>> 16, 0x82); // i_checksum_hi
}
