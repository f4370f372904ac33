/** Squashfs 4.0: Documentation/filesystems/squashfs.rst of Linux, and fs/squashfs/squashfs_fs.h for the structures. All little-endian. */

export const SUPERBLOCK_SIZE = 96;
const MAGIC = 0x73717368;
/** Uncompressed bytes of a block of inodes, directories or tables. */
export const METADATA_SIZE = 8192;
export const NO_FRAGMENT = 0xffffffff;
export const NO_XATTRS = 0xffffffff;
/** In the size of a block of data: it is stored as it is. */
export const STORED_DATA = 1 << 24;
/** In the header of a metadata block: it is stored as it is. */
export const STORED_METADATA = 0x8000;
/** Of a table that is not there. */
export const NO_TABLE = -1;

export const COMPRESSOR = { gzip: 1, xz: 4, zstd: 6 } as const;

export const FLAG = {
  uncompressedInodes: 0x0001,
  uncompressedData: 0x0002,
  uncompressedFragments: 0x0008,
  duplicates: 0x0040,
  exportable: 0x0080,
  uncompressedXattrs: 0x0100,
  noXattrs: 0x0200,
  compressorOptions: 0x0400,
  uncompressedIds: 0x0800,
} as const;

/** Of inodes; seven more is the extended kind, for what does not fit the basic one. */
export const INODE_TYPE = { directory: 1, regular: 2, symlink: 3, block: 4, character: 5, fifo: 6, socket: 7 } as const;
export type InodeKind = keyof typeof INODE_TYPE;
export const EXTENDED = 7;

/** Fields of the superblock; places are bytes from its start. */
export interface Superblock {
  inodes: number;
  time: number;
  blockSize: number;
  fragments: number;
  compressor: number;
  flags: number;
  ids: number;
  /** Place of a metadata block in the inode table, shifted by 16 bits, plus the offset in it. */
  rootInode: bigint;
  bytesUsed: number;
  idTable: number;
  xattrTable: number;
  inodeTable: number;
  directoryTable: number;
  fragmentTable: number;
  exportTable: number;
}

export function encodeSuperblock(s: Superblock): Buffer {
  const b = Buffer.alloc(SUPERBLOCK_SIZE);
  b.writeUInt32LE(MAGIC, 0); // s_magic
  b.writeUInt32LE(s.inodes, 4); // inodes
  b.writeUInt32LE(s.time, 8); // mkfs_time
  b.writeUInt32LE(s.blockSize, 12); // block_size
  b.writeUInt32LE(s.fragments, 16); // fragments
  b.writeUInt16LE(s.compressor, 20); // compression
  b.writeUInt16LE(Math.log2(s.blockSize), 22); // block_log
  b.writeUInt16LE(s.flags, 24); // flags
  b.writeUInt16LE(s.ids, 26); // no_ids
  b.writeUInt16LE(4, 28); // s_major
  b.writeUInt16LE(0, 30); // s_minor
  b.writeBigUInt64LE(s.rootInode, 32); // root_inode
  b.writeBigUInt64LE(BigInt(s.bytesUsed), 40); // bytes_used
  b.writeBigInt64LE(BigInt(s.idTable), 48); // id_table_start
  b.writeBigInt64LE(BigInt(s.xattrTable), 56); // xattr_id_table_start
  b.writeBigInt64LE(BigInt(s.inodeTable), 64); // inode_table_start
  b.writeBigInt64LE(BigInt(s.directoryTable), 72); // directory_table_start
  b.writeBigInt64LE(BigInt(s.fragmentTable), 80); // fragment_table_start
  b.writeBigInt64LE(BigInt(s.exportTable), 88); // lookup_table_start
  return b;
}
