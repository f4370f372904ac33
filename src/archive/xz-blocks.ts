/**
 * Finds the blocks of an .xz file and their unpacked sizes without unpacking anything: each LZMA2 chunk states its packed and unpacked
 * size. So data that is too large is rejected before anything is unpacked. Follows the .xz file format 1.2.1 and, for the chunks, liblzma's
 * lzma2_decoder.c.
 *
 *     stream = magic (6), flags (2), CRC-32 of the flags, { block }, index, footer (12)
 *     block  = header, { chunk }, 0, zeros up to a multiple of 4, check
 */
import { crc32 } from '../base/crc32.ts';
import type { ByteSource } from '../tree/file-tree.ts';
import { ArchiveError } from './archive-error.ts';
import { readPiece } from './byte-input.ts';

export const STREAM_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const STREAM_HEADER = 12;
const LZMA2 = 0x21;
/** Bytes of a block's check, by its number. */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
/** The checks that the library supports: none, CRC-32, CRC-64. */
const KNOWN_CHECKS = [0, 1, 4];
const SHA256 = 10;
/** Bytes of the largest dictionary that the library accepts; `xz -9` makes one of this size. */
const MOST_DICTIONARY = 64 << 20;

export interface XzBlock {
  /** Bytes of its output that the decoder keeps. */
  dictionary: number;
  /** The end of its check. */
  end: number;
  /** From its header to that end, without the padding, as in the index. */
  unpaddedSize: number;
  unpackedSize: number;
}

/** Yields the blocks of a file in order; it must have one stream, as every file made by `xz`. Throws ArchiveError. */
export function* xzBlocks(source: ByteSource): Generator<XzBlock> {
  const end = yield* new XzFile(source).stream();
  if (end < source.size) throw damagedXz(`${source.size - end} bytes follow its end`);
}

export function damagedXz(why: string): ArchiveError {
  return new ArchiveError('xz', why);
}

class XzFile {
  constructor(private readonly source: ByteSource) {}

  /** Returns where the stream ends. */
  *stream(): Generator<XzBlock, number> {
    const header = this.bytes(0, STREAM_HEADER);
    const flags = header.subarray(6, 8);
    if (!header.subarray(0, 6).equals(STREAM_MAGIC) || header.readUInt32LE(8) !== crc32(flags) || flags[0] !== 0 || flags[1]! > 15)
      throw damagedXz('its header is broken');
    if (!KNOWN_CHECKS.includes(flags[1]!)) {
      throw damagedXz(`its check is ${flags[1] === SHA256 ? 'SHA-256' : `of type ${flags[1]}`}, which is not known here`);
    }
    const blocks: XzBlock[] = [];
    let at = STREAM_HEADER;
    while (this.bytes(at, 1)[0] !== 0) {
      const block = this.block(at, flags);
      blocks.push(block);
      yield block;
      at = block.end;
    }
    return this.index(at, blocks, flags);
  }

  private block(start: number, flags: Uint8Array): XzBlock {
    const headerSize = (this.bytes(start, 1)[0]! + 1) * 4;
    const header = this.bytes(start, headerSize);
    if (header.readUInt32LE(headerSize - 4) !== crc32(header.subarray(0, -4))) throw damagedXz('the header of a block is broken');
    if ((header[1]! & 3) !== 0) throw damagedXz('it uses a filter that is not known here');
    let at = 2;
    for (const present of [0x40, 0x80]) if (header[1]! & present) [, at] = varint(header, at);
    if (header[at] !== LZMA2 || header[at + 1] !== 1) throw damagedXz('it uses a filter that is not known here');
    const dictionary = dictionarySize(header[at + 2]!);
    if (dictionary > MOST_DICTIONARY) {
      throw damagedXz(`it wants ${dictionary} bytes of memory to be unpacked with, at most ${MOST_DICTIONARY} are given`);
    }
    const { end, unpackedSize } = this.chunks(start + headerSize);
    const check = CHECK_SIZES[flags[1]!]!;
    const padding = (4 - ((end - start) % 4)) % 4;
    return { dictionary, end: end + padding + check, unpaddedSize: end - start + check, unpackedSize };
  }

  private chunks(start: number): { end: number; unpackedSize: number } {
    let unpackedSize = 0;
    for (let at = start; ; ) {
      const control = this.bytes(at, 1)[0]!;
      if (control === 0) return { end: at + 1, unpackedSize };
      if (control > 2 && control < 0x80) throw damagedXz('its LZMA2 data is broken');
      const stored = control < 0x80;
      const head = this.bytes(at, stored ? 3 : 5);
      const low = head.readUInt16BE(1) + 1;
      unpackedSize += stored ? low : ((control & 0x1f) << 16) + low;
      // From 0xc0 on, a byte of properties follows.
      at += stored ? 3 + low : head.readUInt16BE(3) + 1 + (control >= 0xc0 ? 6 : 5);
    }
  }

  /** Checks that the index lists the blocks found. Returns where the stream ends. */
  private index(start: number, blocks: readonly XzBlock[], flags: Uint8Array): number {
    const most = Math.min(this.source.size - start, 16 + blocks.length * 18);
    const bytes = this.bytes(start, most);
    let [count, at] = varint(bytes, 1);
    if (count !== blocks.length) throw damagedXz('its index is broken');
    for (const block of blocks) {
      let unpadded: number;
      let unpacked: number;
      [unpadded, at] = varint(bytes, at);
      [unpacked, at] = varint(bytes, at);
      if (unpadded !== block.unpaddedSize || unpacked !== block.unpackedSize) throw damagedXz('its index is broken');
    }
    const size = Math.ceil(at / 4) * 4;
    const footer = this.bytes(start + size, 16);
    const whole =
      footer.readUInt32LE(0) === crc32(bytes.subarray(0, size)) &&
      footer.readUInt32LE(4) === crc32(footer.subarray(8, 14)) &&
      (footer.readUInt32LE(8) + 1) * 4 === size + 4 &&
      footer.subarray(12, 14).equals(flags) &&
      footer.toString('latin1', 14) === 'YZ';
    if (!whole) throw damagedXz('its index is broken');
    return start + size + 16;
  }

  private bytes(at: number, length: number): Buffer {
    if (at + length > this.source.size) throw damagedXz('it is cut short');
    const bytes = readPiece(this.source, at, length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/** A number of 7 bits a byte, lowest first, and where it ends. */
function varint(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let i = 0; i < 7; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw damagedXz('it is cut short');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return [value, at + i + 1];
  }
  throw damagedXz('a size in it is too large');
}

/** Section 5.3.1: a mantissa of two bits, an exponent. */
function dictionarySize(bits: number): number {
  return bits >= 40 ? 2 ** 32 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
}
