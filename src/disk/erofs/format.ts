/** EROFS without compression: Documentation/filesystems/erofs.rst of Linux, fs/erofs/erofs_fs.h for the structures. Little-endian. */
import { crc32c } from '../crc32c.ts';

export const BLOCK = 4096;
export const SUPERBLOCK_OFFSET = 1024;
/** Inodes are numbered by where they are, in steps of this. */
export const SLOT = 32;
const MAGIC = 0xe0f5e1e2;
const SUPERBLOCK_SIZE = 128;
/** The superblock has a checksum; times are those of modification. */
const FEATURE_COMPAT = 0x1 | 0x2;

export const LAYOUT = { plain: 0, inline: 2 } as const;
export const FILE_TYPE = { regular: 1, directory: 2, character: 3, block: 4, fifo: 5, socket: 6, symlink: 7 } as const;
export const MODE = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  regular: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
} as const;

export interface ErofsSuperblock {
  rootNid: number;
  inodes: number;
  /** Seconds since 1970: also of each file. */
  time: number;
  blocks: number;
  /** 16 bytes. */
  uuid: Uint8Array;
  /** At most 15 bytes. */
  label: string;
}

/** The first block; the inodes are in the next ones. */
export function encodeFirstBlock(s: ErofsSuperblock): Buffer {
  const block = Buffer.alloc(BLOCK);
  const b = block.subarray(SUPERBLOCK_OFFSET, SUPERBLOCK_OFFSET + SUPERBLOCK_SIZE);
  b.writeUInt32LE(MAGIC, 0); // magic
  b.writeUInt32LE(FEATURE_COMPAT, 8); // feature_compat
  b.writeUInt8(Math.log2(BLOCK), 12); // blkszbits
  b.writeUInt16LE(s.rootNid, 14); // root_nid
  b.writeBigUInt64LE(BigInt(s.inodes), 16); // inos
  b.writeBigUInt64LE(BigInt(s.time), 24); // build_time
  b.writeUInt32LE(s.blocks, 36); // blocks
  b.writeUInt32LE(0, 40); // meta_blkaddr
  b.set(s.uuid, 48); // uuid
  b.write(s.label, 64, 'utf8'); // volume_name
  // Over the rest of the block, with this field zero.
  b.writeUInt32LE(crc32c(0xffffffff, block, SUPERBLOCK_OFFSET) >>> 0, 4); // checksum
  return block;
}

export interface ErofsInode {
  layout: number;
  mode: number;
  links: number;
  size: number;
  /** The first block of the contents, or a device's number. */
  place: number;
  number: number;
  uid: number;
  gid: number;
  time: number;
}

/** Whether the short kind of inode can hold it, which has the time of the superblock. */
export function isCompact({ links, size, uid, gid }: Pick<ErofsInode, 'links' | 'size' | 'uid' | 'gid'>): boolean {
  return links < 2 ** 16 && size < 2 ** 32 && uid < 2 ** 16 && gid < 2 ** 16;
}

export function inodeSize(inode: Pick<ErofsInode, 'links' | 'size' | 'uid' | 'gid'>): number {
  return isCompact(inode) ? 32 : 64;
}

export function encodeInode(inode: ErofsInode): Buffer {
  const b = Buffer.alloc(inodeSize(inode));
  const compact = isCompact(inode);
  b.writeUInt16LE((compact ? 0 : 1) | (inode.layout << 1), 0); // i_format
  b.writeUInt16LE(inode.mode, 4); // i_mode
  b.writeUInt32LE(inode.place, 16); // i_u
  b.writeUInt32LE(inode.number, 20); // i_ino
  if (compact) {
    b.writeUInt16LE(inode.links, 6); // i_nlink
    b.writeUInt32LE(inode.size, 8); // i_size
    b.writeUInt16LE(inode.uid, 24); // i_uid
    b.writeUInt16LE(inode.gid, 26); // i_gid
    return b;
  }
  b.writeBigUInt64LE(BigInt(inode.size), 8); // i_size
  b.writeUInt32LE(inode.uid, 24); // i_uid
  b.writeUInt32LE(inode.gid, 28); // i_gid
  b.writeBigUInt64LE(BigInt(inode.time), 32); // i_mtime
  b.writeUInt32LE(inode.links, 44); // i_nlink
  return b;
}
