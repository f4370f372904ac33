/**
 * A disk as a sparse file in a tar archive, in the old format of GNU tar, which Google's Compute Engine takes: "Old GNU Format" in GNU
 * tar's manual, appendix "Sparse Formats". The header has four pieces of the file, each block behind it 21 more, then follow the pieces'
 * bytes.
 */
import type { BlockPlan, Extent } from '../block-plan.ts';
import type { BlockSink } from '../block-sink.ts';
import type { ByteStream } from '../byte-stream.ts';
import { encodeTarHeader, TAR_BLOCK, TAR_END, tarPadding, writeTarNumber } from './header.ts';

/** Pieces begin and end at such multiples, so that none needs to be filled up. */
const STEP = 4096;
/** Holes that are shorter are written: an entry of the map, and what reads it, would cost more. */
const LEAST_HOLE = 64 << 10;
const [IN_HEADER, IN_BLOCK] = [4, 21];
/** Offsets in the header and in the blocks behind it. */
const [HEADER_MAP, HEADER_MORE, HEADER_REAL_SIZE, BLOCK_MORE] = [386, 482, 483, 504];
const NUMBER = 12;
const SPARSE = 'S';

/** Of archives as GNU tar makes them: a multiple of this. */
const RECORD = 20 * TAR_BLOCK;

export interface SparseTarOptions {
  /** Of the file in the archive; GCE wants `disk.raw`. */
  name: string;
  /** In seconds since 1970. */
  time: number;
}

/** Takes the disk's ascending writes. */
export class SparseTarWriter implements BlockSink {
  readonly size: number;
  private readonly out: ByteStream;
  private readonly pieces: Extent[];
  private piece = 0;
  /** Up to where the current piece is written. */
  private position: number;
  private written = 0;

  /** Begins the archive. */
  constructor(disk: BlockPlan, out: ByteStream, { name, time }: SparseTarOptions) {
    this.size = disk.size;
    this.out = out;
    this.pieces = sparsePieces(disk.extents, disk.size);
    const bytes = this.pieces.reduce((sum, { length }) => sum + length, 0);
    // The end of the file is said by a piece without bytes.
    const map =
      this.pieces.at(-1) && endOf(this.pieces.at(-1)!) === disk.size ? this.pieces : [...this.pieces, { start: disk.size, length: 0 }];
    this.add(
      encodeTarHeader({ name, size: bytes, time, type: SPARSE }, (b) => {
        writeMap(b, HEADER_MAP, map.slice(0, IN_HEADER));
        b[HEADER_MORE] = map.length > IN_HEADER ? 1 : 0;
        writeTarNumber(b, disk.size, HEADER_REAL_SIZE, NUMBER);
      }),
    );
    for (let at = IN_HEADER; at < map.length; at += IN_BLOCK) {
      const block = Buffer.alloc(TAR_BLOCK);
      writeMap(block, 0, map.slice(at, at + IN_BLOCK));
      block[BLOCK_MORE] = map.length > at + IN_BLOCK ? 1 : 0;
      this.add(block);
    }
    this.position = this.pieces[0]?.start ?? 0;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.fillTo(offset);
    this.add(bytes);
    this.position += bytes.length;
  }

  /** Ends the archive. */
  end(): void {
    this.fillTo(this.size);
    this.addZeros(tarPadding(this.written));
    this.add(TAR_END);
    this.addZeros((RECORD - (this.written % RECORD)) % RECORD);
  }

  /** Writes the zeros of the pieces up to a place. */
  private fillTo(offset: number): void {
    for (; this.piece < this.pieces.length; ) {
      const end = endOf(this.pieces[this.piece]!);
      const to = Math.min(end, offset);
      if (to < this.position) throw new Error(`write at ${offset} after ${this.position}`);
      this.addZeros(to - this.position);
      this.position = to;
      if (to < end || this.piece + 1 === this.pieces.length) return;
      if (this.pieces[this.piece + 1]!.start > offset) return;
      this.piece += 1;
      this.position = this.pieces[this.piece]!.start;
    }
  }

  private add(bytes: Uint8Array): void {
    this.out.write(bytes);
    this.written += bytes.length;
  }

  private addZeros(count: number): void {
    this.out.zeros(count);
    this.written += count;
  }
}

function endOf({ start, length }: Extent): number {
  return start + length;
}

/** The extents widened to whole steps and joined over short holes. */
function sparsePieces(extents: Extent[], size: number): Extent[] {
  const pieces: Extent[] = [];
  for (const extent of extents) {
    if (extent.length === 0) continue;
    const start = Math.floor(extent.start / STEP) * STEP;
    const end = Math.min(size, Math.ceil(endOf(extent) / STEP) * STEP);
    const last = pieces.at(-1);
    if (last && start - endOf(last) < LEAST_HOLE) last.length = Math.max(endOf(last), end) - last.start;
    else pieces.push({ start, length: end - start });
  }
  return pieces;
}

function writeMap(b: Buffer, at: number, pieces: Extent[]): void {
  pieces.forEach(({ start, length }, n) => {
    writeTarNumber(b, start, at + n * 2 * NUMBER, NUMBER);
    writeTarNumber(b, length, at + n * 2 * NUMBER + NUMBER, NUMBER);
  });
}
