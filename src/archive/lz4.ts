/**
 * LZ4 frames (lz4_Frame_format.md 1.6.1): blocks of at most 4 MiB, which may refer to the 64 KiB before them. Checksums are passed over:
 * the archives that are packed this way are checked by their SHA-256. No kept library unpacks frames as a stream.
 */
import { ArchiveError } from './archive-error.ts';
import { ByteInput } from './byte-input.ts';

const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
const HISTORY = 64 << 10;
const FLAG = { dictionary: 1, contentChecksum: 4, contentSize: 8, blockChecksum: 16 };

/** Throws ArchiveError. */
export function* unlz4(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
  const input = new ByteInput(packed);
  for (let first = true; ; first = false) {
    const magic = input.take(4);
    if (magic.length === 0 && !first) return;
    if (magic.length < 4) throw damaged();
    const number = readNumber(magic);
    if ((number & 0xfffffff0) >>> 0 === SKIPPABLE) skip(input, readNumber(exactly(input, 4)));
    else if (number === MAGIC) yield* frame(input);
    else throw damaged();
  }
}

function* frame(input: ByteInput): Generator<Uint8Array> {
  const [flags = 0, sizes = 0] = exactly(input, 2);
  const most = 2 ** (8 + 2 * ((sizes >> 4) & 7));
  if (flags >> 6 !== 1 || most < 1 << 16) throw damaged();
  if (flags & FLAG.dictionary) throw new ArchiveError('lz4', 'it needs a dictionary, which is not known here');
  // The checksum of the header follows.
  exactly(input, (flags & FLAG.contentSize ? 8 : 0) + 1);
  // The history, and then the current block.
  const window = new Uint8Array(HISTORY + most);
  let history = 0;
  for (;;) {
    const header = readNumber(exactly(input, 4));
    if (header === 0) break;
    const length = header & 0x7fffffff;
    if (length > most) throw damaged();
    const block = exactly(input, length);
    if (flags & FLAG.blockChecksum) exactly(input, 4);
    let end = history + length;
    if (header >>> 31) window.set(block, history);
    else end = unpackBlock(block, window, history, history + most);
    yield window.subarray(history, end);
    const kept = Math.min(end, HISTORY);
    window.copyWithin(0, end - kept, end);
    history = kept;
  }
  if (flags & FLAG.contentChecksum) exactly(input, 4);
}

/** Unpacks a block (lz4_Block_format.md) to `start`; returns where it ends. */
function unpackBlock(block: Uint8Array, window: Uint8Array, start: number, limit: number): number {
  let at = 0;
  let out = start;
  const longer = (length: number): number => {
    let sum = length;
    for (let byte = 255; byte === 255; sum += byte) {
      if (at >= block.length) throw damaged();
      byte = block[at++]!;
    }
    return sum;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = token >> 4 === 15 ? longer(15) : token >> 4;
    if (at + literals > block.length || out + literals > limit) throw damaged();
    window.set(block.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    // The last sequence has literals alone.
    if (at === block.length) return out;
    if (at + 2 > block.length) throw damaged();
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const length = 4 + ((token & 15) === 15 ? longer(15) : token & 15);
    if (offset === 0 || offset > out || out + length > limit) throw damaged();
    copyMatch(window, out, offset, length);
    out += length;
  }
  throw damaged();
}

/** A match may overlap itself, and then repeats what it has just written. */
function copyMatch(window: Uint8Array, to: number, offset: number, length: number): void {
  if (offset >= length && length > 32) window.copyWithin(to, to - offset, to - offset + length);
  else for (let i = to; i < to + length; i++) window[i] = window[i - offset]!;
}

function exactly(input: ByteInput, length: number): Uint8Array {
  const bytes = input.take(length);
  if (bytes.length < length) throw damaged();
  return bytes;
}

function skip(input: ByteInput, length: number): void {
  for (let left = length; left > 0; ) {
    const some = input.takeSome(left);
    if (!some) throw damaged();
    left -= some.length;
  }
}

function readNumber(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function damaged(): ArchiveError {
  return new ArchiveError('lz4', 'its data is damaged or cut short');
}
