/**
 * .zst decompression, block by block (RFC 8878). The frames are checked here first, as the library trusts them: it would allocate the
 * window that a header requests, and moves the whole window for each block, however small.
 */
import { Decompress } from 'fzstd';
import type { ByteSource } from '../tree/file-tree.ts';
import { ArchiveError } from './archive-error.ts';
import { readPiece } from './byte-input.ts';

/** The default limit of `zstd -d`: window log 27. */
const MOST_WINDOW = 128 << 20;
const MOST_BLOCK = 128 << 10;
/** The budget of bytes moved within windows: a full block of 128 KiB pays for the largest window; beyond that, this many. */
const MOVES_FOR_ALL = 2 ** 32;
const MOVES_FOR_BYTE = MOST_WINDOW / MOST_BLOCK;
const FRAME_MAGIC = 0xfd2fb528;
/** The lowest of the sixteen magic numbers of skippable frames. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Block_Type, and the bytes of a Block_Header. */
const [RLE_BLOCK, RESERVED_BLOCK] = [1, 3];
const BLOCK_HEADER = 3;
const CHECKSUM_SIZE = 4;
/** Bits of Frame_Header_Descriptor. */
const DESCRIPTOR = { SINGLE_SEGMENT: 0x20, RESERVED: 0x08, CONTENT_CHECKSUM: 0x04, DICTIONARY_ID: 0x03 } as const;

interface Frame {
  /** Where its blocks begin. */
  blocks: number;
  window: number;
  hasChecksum: boolean;
}

/** Throws ArchiveError. */
export function* unzstd(source: ByteSource): Generator<Uint8Array> {
  const cost = new MoveCost();
  let at = 0;
  do {
    const magic = numberAt(source, at, 4);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) at += 8 + numberAt(source, at + 4, 4);
    else if (magic === FRAME_MAGIC) at = yield* unpackFrame(source, at, readFrame(source, at), cost);
    else throw damaged('it does not begin as a frame does');
  } while (at < source.size);
}

function damaged(why: string): ArchiveError {
  return new ArchiveError('zstd', why);
}

function* unpackFrame(source: ByteSource, start: number, frame: Frame, cost: MoveCost): Generator<Uint8Array, number> {
  const out: Uint8Array[] = [];
  const stream = new Decompress((piece) => {
    out.push(piece);
  });
  let at = frame.blocks;
  let given = start;
  for (let last = false; !last; ) {
    const header = numberAt(source, at, BLOCK_HEADER);
    last = (header & 1) === 1;
    const [type, size] = [(header >> 1) & 3, header >>> 3];
    if (type === RESERVED_BLOCK || size > MOST_BLOCK) throw damaged('the header of a block is broken');
    at += BLOCK_HEADER + (type === RLE_BLOCK ? 1 : size);
    if (last && frame.hasChecksum) at += CHECKSUM_SIZE;
    if (at > source.size) throw damaged('it is cut short');
    push(stream, readPiece(source, given, at - given), last);
    given = at;
    cost.pay(
      frame.window,
      out.reduce((sum, piece) => sum + piece.length, 0),
    );
    for (const piece of out.splice(0)) if (piece.length > 0) yield piece;
  }
  return at;
}

function push(stream: Decompress, bytes: Uint8Array, last: boolean): void {
  try {
    stream.push(bytes, last);
  } catch (error) {
    throw damaged((error as Error).message);
  }
}

/** RFC 8878 section 3.1.1.1. */
function readFrame(source: ByteSource, start: number): Frame {
  const descriptor = numberAt(source, start + 4, 1);
  const single = (descriptor & DESCRIPTOR.SINGLE_SEGMENT) !== 0;
  if (descriptor & DESCRIPTOR.RESERVED) throw damaged('the header of a frame is broken');
  let at = start + 5;
  let window = 0;
  if (!single) {
    const byte = numberAt(source, at, 1);
    const base = 2 ** (10 + (byte >> 3));
    window = base + (base / 8) * (byte & 7);
    at += 1;
  }
  at += [0, 1, 2, 4][descriptor & DESCRIPTOR.DICTIONARY_ID]!;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  if (single) window = numberAt(source, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  if (window > MOST_WINDOW) throw damaged(`it wants ${window} bytes of memory to be unpacked with, at most ${MOST_WINDOW} are given`);
  return { blocks: at + sizeBytes, window, hasChecksum: (descriptor & DESCRIPTOR.CONTENT_CHECKSUM) !== 0 };
}

function numberAt(source: ByteSource, at: number, length: number): number {
  if (at + length > source.size) throw damaged('it is cut short');
  return readPiece(source, at, length).reduceRight((value, byte) => value * 256 + byte, 0);
}

class MoveCost {
  private left = MOVES_FOR_ALL;

  pay(window: number, made: number): void {
    this.left += made * MOVES_FOR_BYTE - window;
    if (this.left < 0) throw damaged('it is made of blocks that are far too small');
  }
}
