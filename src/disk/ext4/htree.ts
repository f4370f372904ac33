/** Hashed directory indexes: https://docs.kernel.org/filesystems/ext4/directory.html#hash-tree-directories */
import { crc32c, crc32cNumber } from '../crc32c.ts';
import { BLOCK_SIZE } from './constants.ts';
import { encodeLeaf, packLeaves, writeEntry, type DirectoryEntry } from './directory.ts';
import { halfMd4, type NameHash } from './half-md4.ts';

/** struct dx_tail, after the space for the last entry. */
const TAIL_SIZE = 8;
const ROOT_ENTRIES_AT = 0x20;
const NODE_ENTRIES_AT = 0x8;
const limitFrom = (at: number): number => (BLOCK_SIZE - at - TAIL_SIZE) / 8;

/** The smallest hash below a child, and the child's block in the directory. */
interface Child {
  hash: number;
  block: number;
}

function writeChildren(block: Buffer, at: number, children: Child[], seed: number): void {
  const limit = limitFrom(at);
  // The first child's hash is implied; its place holds limit and count.
  block.writeUInt16LE(limit, at); // limit
  block.writeUInt16LE(children.length, at + 2); // count
  children.forEach((child, n) => {
    if (n > 0) block.writeUInt32LE(child.hash, at + 8 * n); // hash
    block.writeUInt32LE(child.block, at + 8 * n + 4); // block
  });
  const used = crc32c(seed, block, 0, at + 8 * children.length);
  block.writeUInt32LE(crc32cNumber(crc32cNumber(used, 0), 0), at + 8 * limit + 4); // dt_checksum, over dt_reserved and itself as zeros
}

function encodeRoot(dots: DirectoryEntry[], levels: number, children: Child[], seed: number): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  writeEntry(block, 0x0, dots[0]!, 12);
  writeEntry(block, 0xc, dots[1]!, BLOCK_SIZE - 12);
  block.writeUInt8(1, 0x1c); // dx_root_info.hash_version: half MD4
  block.writeUInt8(8, 0x1d); // info_length
  block.writeUInt8(levels, 0x1e); // indirect_levels
  writeChildren(block, ROOT_ENTRIES_AT, children, seed);
  return block;
}

function encodeNode(children: Child[], seed: number): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  block.writeUInt16LE(BLOCK_SIZE, 0x4); // fake.rec_len: one unused entry hides the node from linear readers
  writeChildren(block, NODE_ENTRIES_AT, children, seed);
  return block;
}

/** The leaves of an indexed directory: its entries in the order of their names' hashes. */
export interface HashedDirectory<T> {
  leaves: (T & { hash: NameHash })[][];
  /** Blocks between the root of the index and its leaves. */
  nodeCount: number;
  /** In blocks. */
  size: number;
}

/**
 * Returns undefined for more entries than an index can hold, some 20 million. `entries` are all but "." and ".."; `hashSeed` is the
 * superblock's.
 */
export function planHashedDirectory<T extends { name: Uint8Array }>(entries: T[], hashSeed: Int32Array): HashedDirectory<T> | undefined {
  const hashed = entries.map((entry) => ({ ...entry, hash: halfMd4(entry.name, hashSeed) }));
  hashed.sort((a, b) => a.hash.major - b.hash.major || a.hash.minor - b.hash.minor || Buffer.compare(a.name, b.name));
  const leaves = packLeaves(hashed);
  const flat = leaves.length <= limitFrom(ROOT_ENTRIES_AT);
  const nodeCount = flat ? 0 : Math.ceil(leaves.length / limitFrom(NODE_ENTRIES_AT));
  if (nodeCount > limitFrom(ROOT_ENTRIES_AT)) return undefined;
  return { leaves, nodeCount, size: 1 + nodeCount + leaves.length };
}

/** Returns the directory's blocks. `dots` are its entries "." and "..", `seed` is that of its inode. */
export function encodeHashedDirectory<T extends { name: Uint8Array }>(
  { leaves, nodeCount }: HashedDirectory<T>,
  dots: DirectoryEntry[],
  entryOf: (entry: T) => DirectoryEntry,
  seed: number,
): Buffer[] {
  const nodeLimit = limitFrom(NODE_ENTRIES_AT);
  const children = leaves
    .map((leaf, n): Child => {
      const first = leaf[0]!.hash.major;
      // The lowest bit means that names with this hash begin in the previous leaf.
      const goesOn = n > 0 && leaves[n - 1]!.at(-1)!.hash.major === first;
      return { hash: goesOn ? first | 1 : first, block: 1 + nodeCount + n };
    })
    .map((child) => ({ ...child, hash: child.hash >>> 0 }));
  const nodes = Array.from({ length: nodeCount }, (_, n) => children.slice(n * nodeLimit, (n + 1) * nodeLimit));
  const top = nodeCount === 0 ? children : nodes.map((node, n) => ({ hash: node[0]!.hash, block: 1 + n }));
  return [
    encodeRoot(dots, nodeCount === 0 ? 0 : 1, top, seed),
    ...nodes.map((node) => encodeNode(node, seed)),
    ...leaves.map((leaf) => encodeLeaf(leaf.map(entryOf), seed)),
  ];
}
