/**
 * The resize inode: it owns the blocks reserved after each copy of the descriptor table, so that the kernel can extend the tables of a
 * mounted file system (resize2fs, EXT4_IOC_RESIZE_FS). Its layout is set by the kernel's fs/ext4/resize.c (verify_reserved_gdb): the
 * double-indirect block lists the reserved blocks of group 0, and each of those is an indirect block that lists its counterparts in the
 * other copies.
 */
import { BLOCK_SIZE, BLOCKS_PER_GROUP } from './constants.ts';
import type { Geometry } from './geometry.ts';
import type { Inode } from './inode.ts';

const POINTERS = BLOCK_SIZE / 4;

/** `doubleIndirect` is the block given to it. */
export function resizeInode(geometry: Geometry, doubleIndirect: number): Inode {
  const copies = geometry.groups.filter((group) => group.hasSuper).length;
  const block = Buffer.alloc(60);
  block.writeUInt32LE(doubleIndirect, 13 * 4); // i_block[EXT4_DIND_BLOCK]
  return {
    mode: 0o100600,
    uid: 0,
    gid: 0,
    links: 1,
    flags: 0,
    block,
    size: (POINTERS * POINTERS + POINTERS + 12) * BLOCK_SIZE,
    blocks: 1 + geometry.reservedDescriptorBlocks * copies,
  };
}

export function encodeDoubleIndirect(geometry: Geometry): Buffer {
  const b = Buffer.alloc(BLOCK_SIZE);
  for (let n = 0; n < geometry.reservedDescriptorBlocks; n++) {
    const block = 1 + geometry.descriptorBlocks + n;
    b.writeUInt32LE(block, ((geometry.descriptorBlocks + n) % POINTERS) * 4);
  }
  return b;
}

/** The reserved blocks of group 0, one after another. */
export function encodeReservedDescriptorBlocks(geometry: Geometry): Buffer {
  const b = Buffer.alloc(geometry.reservedDescriptorBlocks * BLOCK_SIZE);
  const backups = geometry.groups.flatMap((group, index) => (group.hasSuper && index > 0 ? [index] : []));
  for (let n = 0; n < geometry.reservedDescriptorBlocks; n++) {
    const block = 1 + geometry.descriptorBlocks + n;
    backups.forEach((group, at) => b.writeUInt32LE(block + group * BLOCKS_PER_GROUP, n * BLOCK_SIZE + at * 4));
  }
  return b;
}
