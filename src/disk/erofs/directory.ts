/** The contents of a directory: blocks of entries, each with its names behind them. Names are sorted by their bytes, also across blocks. */
import { BLOCK, FILE_TYPE } from './format.ts';

const ENTRY_SIZE = 12;

export interface ErofsEntry {
  name: Buffer;
  kind: keyof typeof FILE_TYPE;
}

/** The entries of each block. */
export function divideEntries<T extends ErofsEntry>(entries: readonly T[]): T[][] {
  const blocks: T[][] = [[]];
  let size = 0;
  for (const entry of entries) {
    const needed = ENTRY_SIZE + entry.name.length;
    if (size + needed > BLOCK) {
      blocks.push([]);
      size = 0;
    }
    blocks.at(-1)!.push(entry);
    size += needed;
  }
  return blocks;
}

/** Bytes of a directory: all blocks but the last are whole. */
export function directorySize(blocks: readonly (readonly ErofsEntry[])[]): number {
  return (blocks.length - 1) * BLOCK + sizeOf(blocks.at(-1)!);
}

/** `nidOf` says where an entry's inode is. */
export function encodeDirectory<T extends ErofsEntry>(blocks: readonly (readonly T[])[], nidOf: (entry: T) => number): Buffer {
  const b = Buffer.alloc(directorySize(blocks));
  blocks.forEach((entries, block) => {
    let nameAt = ENTRY_SIZE * entries.length;
    entries.forEach((entry, n) => {
      const at = block * BLOCK + ENTRY_SIZE * n;
      b.writeBigUInt64LE(BigInt(nidOf(entry)), at); // nid
      b.writeUInt16LE(nameAt, at + 8); // nameoff
      b.writeUInt8(FILE_TYPE[entry.kind], at + 10); // file_type
      b.set(entry.name, block * BLOCK + nameAt);
      nameAt += entry.name.length;
    });
  });
  return b;
}

function sizeOf(entries: readonly ErofsEntry[]): number {
  return entries.reduce((sum, { name }) => sum + ENTRY_SIZE + name.length, 0);
}
