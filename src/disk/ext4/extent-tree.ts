/** Extent trees: https://docs.kernel.org/filesystems/ext4/ifork.html#extent-tree */
import { crc32c } from '../crc32c.ts';
import { BLOCK_SIZE } from './constants.ts';
import type { BlockRun } from './runs.ts';

const MAGIC = 0xf30a;
const ENTRY_SIZE = 12;
const INODE_ENTRIES = 4;
/** The last four bytes of a block are its checksum. */
const BLOCK_ENTRIES = Math.floor((BLOCK_SIZE - ENTRY_SIZE - 4) / ENTRY_SIZE);
/** The maximum ee_len: a larger one marks an extent as allocated but not written. */
const MAX_EXTENT_BLOCKS = 32768;

/** A child of an index node, or an extent. `logical` is the first block of the file that it covers. */
interface Entry {
  logical: number;
  physical: number;
  /** 0 for a child node. */
  length: number;
}

interface TreeNode {
  block: number;
  depth: number;
  entries: Entry[];
}

export interface ExtentTree {
  depth: number;
  root: Entry[];
  /** The nodes outside the inode. */
  nodes: TreeNode[];
}

/** Builds the tree over a file's runs, in file order; `nodeBlock` allocates a block for each of its nodes outside the inode. */
export function buildExtentTree(runs: BlockRun[], nodeBlock: () => number): ExtentTree {
  let entries: Entry[] = [];
  let logical = 0;
  for (const run of runs) {
    for (let done = 0; done < run.length; done += MAX_EXTENT_BLOCKS) {
      const length = Math.min(MAX_EXTENT_BLOCKS, run.length - done);
      entries.push({ logical, physical: run.start + done, length });
      logical += length;
    }
  }
  const nodes: TreeNode[] = [];
  let depth = 0;
  while (entries.length > INODE_ENTRIES) {
    const parents: Entry[] = [];
    for (let n = 0; n < entries.length; n += BLOCK_ENTRIES) {
      const children = entries.slice(n, n + BLOCK_ENTRIES);
      const block = nodeBlock();
      nodes.push({ block, depth, entries: children });
      parents.push({ logical: children[0]!.logical, physical: block, length: 0 });
    }
    entries = parents;
    depth += 1;
  }
  return { depth, root: entries, nodes };
}

/** The tree of an inode that has one in `tree`, or else fits the inode. */
export function rootOf({ runs, tree }: { runs: BlockRun[]; tree: ExtentTree | undefined }): ExtentTree {
  return tree ?? buildExtentTree(runs, noBlock);
}

function noBlock(): number {
  throw new Error('a file of many runs was placed without its extent tree');
}

/** Whether the tree over these runs has nodes outside the inode. */
export function needsNodes(runs: BlockRun[]): boolean {
  return runs.length > INODE_ENTRIES || runs.reduce((sum, { length }) => sum + Math.ceil(length / MAX_EXTENT_BLOCKS), 0) > INODE_ENTRIES;
}

function encodeNode(b: Buffer, depth: number, entries: Entry[], max: number): void {
  b.writeUInt16LE(MAGIC, 0x0); // eh_magic
  b.writeUInt16LE(entries.length, 0x2); // eh_entries
  b.writeUInt16LE(max, 0x4); // eh_max
  b.writeUInt16LE(depth, 0x6); // eh_depth
  entries.forEach((entry, n) => {
    const at = ENTRY_SIZE * (n + 1);
    const low = entry.physical % 2 ** 32;
    const high = Math.floor(entry.physical / 2 ** 32);
    b.writeUInt32LE(entry.logical, at); // ee_block, ei_block
    if (depth === 0) {
      b.writeUInt16LE(entry.length, at + 4); // ee_len
      b.writeUInt16LE(high, at + 6); // ee_start_hi
      b.writeUInt32LE(low, at + 8); // ee_start_lo
    } else {
      b.writeUInt32LE(low, at + 4); // ei_leaf_lo
      b.writeUInt16LE(high, at + 8); // ei_leaf_hi
    }
  });
}

/** The 60 bytes of i_block. */
export function encodeExtentRoot(tree: ExtentTree): Buffer {
  const b = Buffer.alloc(60);
  encodeNode(b, tree.depth, tree.root, INODE_ENTRIES);
  return b;
}

/** `seed` is the owning inode's. */
export function encodeExtentNode(node: TreeNode, seed: number): Buffer {
  const b = Buffer.alloc(BLOCK_SIZE);
  encodeNode(b, node.depth, node.entries, BLOCK_ENTRIES);
  const tail = ENTRY_SIZE * (BLOCK_ENTRIES + 1);
  b.writeUInt32LE(crc32c(seed, b, 0, tail), tail); // et_checksum
  return b;
}
