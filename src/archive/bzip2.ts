/**
 * bzip2 decompression: undoes run lengths, Burrows-Wheeler, move to front and Huffman in reverse order. Concatenated streams form one file.
 * Block checksums are checked.
 */
import { DIGIT_0 } from '../base/ascii.ts';
import { ArchiveError } from './archive-error.ts';
import { ByteInput } from './byte-input.ts';

/** "BZh" */
const STREAM_MAGIC = 0x425a68;
/** Bytes of a block for each level, a digit from 1 to 9. */
const LEVEL_SIZE = 100_000;
const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
const GROUP = 50;
const MOST_CODE_BITS = 20;
const PIECE = 256 << 10;

/** Throws ArchiveError. */
export function* unbzip2(packed: Iterable<Uint8Array>): Generator<Uint8Array> {
  const bits = new BitReader(packed);
  for (let first = true; ; first = false) {
    if (bits.readOrEnd(24) !== STREAM_MAGIC) {
      if (first) throw damaged();
      return; // Data after the last stream is padding.
    }
    const blockSize = (bits.read(8) - DIGIT_0) * LEVEL_SIZE;
    if (!(blockSize >= LEVEL_SIZE && blockSize <= 9 * LEVEL_SIZE)) throw damaged();
    for (;;) {
      const magic = bits.read(24) * 0x1000000 + bits.read(24);
      const checksum = (bits.read(16) * 0x10000 + bits.read(16)) >>> 0;
      if (magic === END_MAGIC) break;
      if (magic !== BLOCK_MAGIC) throw damaged();
      if ((yield* readBlock(bits, blockSize)) !== checksum) throw damaged();
    }
    bits.align();
  }
}

function damaged(): ArchiveError {
  return new ArchiveError('bzip2', 'its bzip2 data is damaged or cut short');
}

/** Returns the checksum of the unpacked block. */
function* readBlock(bits: BitReader, blockSize: number): Generator<Uint8Array, number> {
  if (bits.read(1)) throw new ArchiveError('bzip2', 'it is a randomised block of an early bzip2, which is not known here');
  const origin = bits.read(24);
  const symbols = readSymbols(bits);
  const tableCount = bits.read(3);
  const selectors = readSelectors(bits, bits.read(15), tableCount);
  const tables = Array.from({ length: tableCount }, () => new CodeTable(bits, symbols.length + 2));
  const last = readMoveToFront(bits, symbols, selectors, tables, blockSize);
  if (origin >= last.length) throw damaged();
  return yield* unsorted(last, origin);
}

function readSymbols(bits: BitReader): number[] {
  const symbols: number[] = [];
  const ranges = bits.read(16);
  for (let range = 0; range < 16; range += 1) {
    if (!(ranges & (0x8000 >> range))) continue;
    const used = bits.read(16);
    for (let i = 0; i < 16; i += 1) if (used & (0x8000 >> i)) symbols.push(range * 16 + i);
  }
  if (symbols.length === 0) throw damaged();
  return symbols;
}

function readSelectors(bits: BitReader, count: number, tableCount: number): number[] {
  const order = Array.from({ length: tableCount }, (_, i) => i);
  return Array.from({ length: count }, () => {
    let at = 0;
    while (bits.read(1)) if (++at >= tableCount) throw damaged();
    const [selected = 0] = order.splice(at, 1);
    order.unshift(selected);
    return selected;
  });
}

/** A canonical Huffman code: for each length the first code, and where its symbols begin. */
class CodeTable {
  private readonly limit: number[] = [];
  private readonly base: number[] = [];
  private readonly symbols: number[] = [];

  constructor(bits: BitReader, alphabet: number) {
    const lengths: number[] = [];
    let length = bits.read(5);
    for (let i = 0; i < alphabet; i += 1) {
      for (;;) {
        if (length < 1 || length > MOST_CODE_BITS) throw damaged();
        if (!bits.read(1)) break;
        length += bits.read(1) ? -1 : 1;
      }
      lengths.push(length);
    }
    let code = 0;
    for (let size = 1; size <= MOST_CODE_BITS; size += 1) {
      this.base[size] = this.symbols.length - code;
      lengths.forEach((own, symbol) => {
        if (own === size) this.symbols.push(symbol);
      });
      code = this.symbols.length - this.base[size]!;
      this.limit[size] = code;
      code *= 2;
    }
  }

  next(bits: BitReader): number {
    let code = 0;
    for (let size = 1; size <= MOST_CODE_BITS; size += 1) {
      code = code * 2 + bits.read(1);
      if (code < this.limit[size]!) {
        const symbol = this.symbols[code + this.base[size]!];
        if (symbol !== undefined) return symbol;
      }
    }
    throw damaged();
  }
}

/** The last column of the sorted rotations. */
function readMoveToFront(bits: BitReader, symbols: number[], selectors: number[], tables: CodeTable[], blockSize: number): Uint8Array {
  const order = [...symbols];
  const last = new Uint8Array(blockSize);
  const end = symbols.length + 1;
  let length = 0;
  let run = 0;
  let weight = 1;
  for (let count = 0; ; count += 1) {
    const table = tables[selectors[Math.floor(count / GROUP)] ?? -1];
    if (!table) throw damaged();
    const symbol = table.next(bits);
    if (symbol <= 1) {
      run += weight << symbol;
      weight *= 2;
      if (run > blockSize) throw damaged();
      continue;
    }
    if (run > 0) {
      if (length + run > blockSize) throw damaged();
      last.fill(order[0]!, length, length + run);
      length += run;
      run = 0;
      weight = 1;
    }
    if (symbol === end) return last.subarray(0, length);
    const [byte] = order.splice(symbol - 1, 1);
    if (byte === undefined || length === blockSize) throw damaged();
    order.unshift(byte);
    last[length++] = byte;
  }
}

/** Undoes the sorting and the outer run lengths (four equal bytes, then a count); returns the block's checksum. */
function* unsorted(last: Uint8Array, origin: number): Generator<Uint8Array, number> {
  const starts = new Uint32Array(257);
  for (const byte of last) starts[byte + 1]! += 1;
  for (let i = 1; i < 257; i += 1) starts[i]! += starts[i - 1]!;
  const next = new Uint32Array(last.length);
  for (let i = 0; i < last.length; i += 1) next[starts[last[i]!]!++] = i;
  let checksum = 0xffffffff;
  let out = new Uint8Array(PIECE);
  let filled = 0;
  let equal = 0;
  let before = -1;
  for (let i = 0, at = next[origin]!; i < last.length; i += 1, at = next[at]!) {
    const byte = last[at]!;
    let times = 1;
    if (equal === 4) {
      times = byte;
      equal = 0;
    } else {
      equal = byte === before ? equal + 1 : 1;
      before = byte;
    }
    for (let n = 0; n < times; n += 1) {
      checksum = ((checksum << 8) ^ crcTable[(checksum >>> 24) ^ before]!) >>> 0;
      out[filled++] = before;
    }
    if (equal === 0) before = -1;
    // A run adds at most 255 bytes.
    if (filled > PIECE - 255) {
      yield out.subarray(0, filled);
      out = new Uint8Array(PIECE);
      filled = 0;
    }
  }
  if (filled > 0) yield out.subarray(0, filled);
  return ~checksum >>> 0;
}

/** CRC-32 with the most significant bit first. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

class BitReader {
  private readonly input: ByteInput;
  private piece: Uint8Array = new Uint8Array(0);
  private at = 0;
  private held = 0;
  private count = 0;

  constructor(packed: Iterable<Uint8Array>) {
    this.input = new ByteInput(packed);
  }

  /** Reads up to 24 bits, the most significant first. */
  read(count: number): number {
    if (this.count < count && !this.fill(count)) throw damaged();
    this.count -= count;
    const value = this.held >>> this.count;
    this.held &= (1 << this.count) - 1;
    return value;
  }

  align(): void {
    this.held = this.count = 0;
  }

  /** The same where the input may end; returns undefined if it does. */
  readOrEnd(count: number): number | undefined {
    return this.fill(count) ? this.read(count) : undefined;
  }

  private fill(count: number): boolean {
    while (this.count < count) {
      if (this.at === this.piece.length && !this.more()) return false;
      this.held = ((this.held << 8) | this.piece[this.at++]!) >>> 0;
      this.count += 8;
    }
    return true;
  }

  private more(): boolean {
    this.piece = this.input.takeSome(PIECE) ?? new Uint8Array(0);
    this.at = 0;
    return this.piece.length > 0;
  }
}
