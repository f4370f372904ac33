/** Directory blocks, linear: https://docs.kernel.org/filesystems/ext4/directory.html#linear-classic-directories */
import { crc32c, crc32cZeros } from '../crc32c.ts';
import { BLOCK_SIZE } from './constants.ts';

export interface DirectoryEntry {
  name: Uint8Array;
  inode: number;
  /** DIRENT_TYPE */
  type: number;
}

/** struct ext4_dir_entry_tail: the checksum at a leaf's end, in the form of an unused entry. */
const TAIL_SIZE = 12;
export const LEAF_ROOM = BLOCK_SIZE - TAIL_SIZE;

export function entryLength(name: Uint8Array): number {
  return (8 + name.length + 3) & ~3;
}

export function writeEntry(block: Buffer, at: number, entry: DirectoryEntry, length: number): void {
  block.writeUInt32LE(entry.inode, at); // inode
  block.writeUInt16LE(length, at + 4); // rec_len
  block.writeUInt8(entry.name.length, at + 6); // name_len
  block.writeUInt8(entry.type, at + 7); // file_type
  block.set(entry.name, at + 8); // name
}

/** Returns a block with these entries, the last of which extends to the tail. `seed` is that of the directory's inode. */
export function encodeLeaf(entries: DirectoryEntry[], seed: number): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  if (entries.length === 0) block.writeUInt16LE(LEAF_ROOM, 4); // one unused entry
  let at = 0;
  // What is behind it is zeros.
  let used = 8;
  entries.forEach((entry, n) => {
    const length = entryLength(entry.name);
    writeEntry(block, at, entry, n === entries.length - 1 ? LEAF_ROOM - at : length);
    at += length;
    used = at;
  });
  block.writeUInt16LE(TAIL_SIZE, LEAF_ROOM + 4); // det_rec_len
  block.writeUInt8(0xde, LEAF_ROOM + 7); // det_reserved_ft
  block.writeUInt32LE(crc32cZeros(crc32c(seed, block, 0, used), LEAF_ROOM - used), LEAF_ROOM + 8); // det_checksum
  return block;
}

/** Splits a list of entries, in order, into leaves. */
export function packLeaves<T extends { name: Uint8Array }>(entries: T[]): T[][] {
  const leaves: T[][] = [[]];
  let used = 0;
  for (const entry of entries) {
    const length = entryLength(entry.name);
    if (used + length > LEAF_ROOM) {
      leaves.push([]);
      used = 0;
    }
    leaves.at(-1)!.push(entry);
    used += length;
  }
  return leaves;
}
