/** Numbers of the on-disk format, by their names in https://docs.kernel.org/filesystems/ext4/. */
export const BLOCK_SIZE = 4096;
/** One bitmap block's worth of bits. */
export const BLOCKS_PER_GROUP = 8 * BLOCK_SIZE;
export const INODE_SIZE = 256;
export const INODES_PER_BLOCK = BLOCK_SIZE / INODE_SIZE;
/** Block group descriptors, 64 bytes each under the 64bit feature. */
export const DESCRIPTOR_SIZE = 64;
export const DESCRIPTORS_PER_BLOCK = BLOCK_SIZE / DESCRIPTOR_SIZE;
/** The number of groups whose bitmaps and inode tables are stored together (flex_bg). */
export const FLEX_GROUPS = 16;
/** Inodes 1 to 10 are the file system's own; 11 is lost+found. */
export const FIRST_INODE = 11;
export const ROOT_INODE = 2;
export const RESIZE_INODE = 7;
export const JOURNAL_INODE = 8;
export const EXTRA_ISIZE = 32;
/** EXT4_LINK_MAX: the maximum number of a file's names. A directory with more links is written with a count of one. */
export const MOST_LINKS = 65_000;

export const FEATURE_COMPAT = {
  HAS_JOURNAL: 0x4,
  EXT_ATTR: 0x8,
  RESIZE_INODE: 0x10,
  DIR_INDEX: 0x20,
} as const;
export const FEATURE_INCOMPAT = {
  FILETYPE: 0x2,
  EXTENTS: 0x40,
  '64BIT': 0x80,
  FLEX_BG: 0x200,
} as const;
export const FEATURE_RO_COMPAT = {
  SPARSE_SUPER: 0x1,
  LARGE_FILE: 0x2,
  HUGE_FILE: 0x8,
  DIR_NLINK: 0x20,
  EXTRA_ISIZE: 0x40,
  METADATA_CSUM: 0x400,
} as const;

export const MODE = { DIRECTORY: 0o040000, REGULAR: 0o100000, SYMLINK: 0o120000 } as const;
export const DIRENT_TYPE = { regular: 1, directory: 2, symlink: 7 } as const;
export const INODE_FLAG = { INDEX: 0x1000, EXTENTS: 0x80000 } as const;
export const GROUP_FLAG = { INODE_UNINIT: 1, BLOCK_UNINIT: 2, INODE_ZEROED: 4 } as const;
