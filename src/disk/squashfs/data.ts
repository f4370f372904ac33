/**
 * The contents of files: blocks of one size, and the files shorter than a block put together in blocks of fragments. The blocks are made
 * one after the other, packed by the caller, and handed back in the same order.
 */
import { createHash } from 'node:crypto';
import type { ByteSource } from '../../tree/file-tree.ts';
import { NO_FRAGMENT, STORED_DATA } from './format.ts';

/** Where the contents of a file are. */
export interface FileData {
  /** Place of its first block. */
  start: number;
  /** Packed sizes, with STORED_DATA for one that is not packed; 0 is a block of zeros, which takes no place. */
  blocks: number[];
  /** Bytes of such zeros. */
  sparse: number;
  /** NO_FRAGMENT, or the number of the block of fragments. */
  fragment: number;
  /** In that block. */
  offset: number;
}

export interface RawBlock {
  bytes: Uint8Array;
  /** Called with the place of its packed bytes, and their size as it is in the lists. */
  written(place: number, size: number): void;
}

/** Bytes that two files must share at least to be looked for: hashing costs more than what it saves below. */
const LEAST_SHARED = 64;

export class DataBlocks {
  /** Of the blocks of fragments. */
  readonly fragments: { place: number; size: number }[] = [];
  /** The contents of each file so far. */
  readonly files = new Map<ByteSource, FileData>();
  private readonly byHash = new Map<string, FileData>();
  private pending: Buffer;
  private filled = 0;

  constructor(
    private readonly sources: readonly ByteSource[],
    private readonly blockSize: number,
  ) {
    this.pending = Buffer.allocUnsafe(blockSize);
  }

  /** The blocks in the order in which they are written. */
  *blocks(): Generator<RawBlock, void> {
    const sizes = new Map<number, number>();
    for (const { size } of this.sources) sizes.set(size, (sizes.get(size) ?? 0) + 1);
    for (const source of this.sources) {
      if (this.files.has(source)) continue;
      const data: FileData = { start: 0, blocks: [], sparse: 0, fragment: NO_FRAGMENT, offset: 0 };
      const hash = source.size >= LEAST_SHARED && sizes.get(source.size)! > 1 ? hashOf(source, this.blockSize) : undefined;
      const same = hash === undefined ? undefined : this.byHash.get(hash);
      this.files.set(source, same ?? data);
      if (same) continue;
      if (hash !== undefined) this.byHash.set(hash, data);
      if (source.size >= this.blockSize) yield* this.whole(source, data);
      else if (source.size > 0) yield* this.fragment(source, data);
    }
    if (this.filled > 0) yield this.takeFragments();
  }

  private *whole(source: ByteSource, data: FileData): Generator<RawBlock, void> {
    let isFirst = true;
    for (let at = 0; at < source.size; at += this.blockSize) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(this.blockSize, source.size - at));
      source.read(bytes, at);
      const index = data.blocks.push(0) - 1;
      if (isZero(bytes)) {
        data.sparse += bytes.length;
        continue;
      }
      const begins = isFirst;
      isFirst = false;
      yield {
        bytes,
        written(place, size) {
          if (begins) data.start = place;
          data.blocks[index] = size;
        },
      };
    }
  }

  private *fragment(source: ByteSource, data: FileData): Generator<RawBlock, void> {
    if (this.filled + source.size > this.blockSize) yield this.takeFragments();
    source.read(this.pending.subarray(this.filled, this.filled + source.size), 0);
    data.fragment = this.fragments.length;
    data.offset = this.filled;
    this.filled += source.size;
  }

  private takeFragments(): RawBlock {
    const bytes = this.pending.subarray(0, this.filled);
    const entry = { place: 0, size: 0 };
    this.fragments.push(entry);
    this.pending = Buffer.allocUnsafeSlow(this.blockSize);
    this.filled = 0;
    return {
      bytes,
      written(place, size) {
        entry.place = place;
        entry.size = size;
      },
    };
  }
}

/** The bytes of a block as they are stored, and its size as it is in the lists. */
export function storedBlock(raw: Uint8Array, packed: Uint8Array | undefined): { bytes: Uint8Array; size: number } {
  return packed !== undefined && packed.length < raw.length
    ? { bytes: packed, size: packed.length }
    : { bytes: raw, size: raw.length | STORED_DATA };
}

const zeros = Buffer.alloc(1 << 16);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (part.compare(zeros, 0, part.length) !== 0) return false;
  }
  return true;
}

function hashOf(source: ByteSource, step: number): string {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.min(step, source.size));
  for (let at = 0; at < source.size; at += step) {
    const part = buffer.subarray(0, Math.min(step, source.size - at));
    source.read(part, at);
    hash.update(part);
  }
  return hash.digest('hex');
}
