/** The frame of .xz files: stream header, blocks, index, footer. Spec: tukaani.org/xz/xz-file-format.txt. */
import { BootflakeError } from '../../base/errors.ts';

export interface XzBlock {
  /** The block's LZMA2 data: what lies between its header and its check. May end with padding. */
  data: Uint8Array;
  uncompressedSize: number;
}

const HEADER_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const HEADER_SIZE = 12;
const FOOTER_SIZE = 12;
const LZMA2 = 0x21;
/** Bytes of a block's check by its type: none, CRC32, CRC64, SHA-256 and those that are reserved. */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

export function isXz(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_SIZE && HEADER_MAGIC.compare(bytes, 0, 6) === 0;
}

/** The blocks of a file of one stream, from its index. Fails with `debian/bad-xz`. */
export function xzBlocks(bytes: Uint8Array): XzBlock[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!isXz(bytes) || file.length < HEADER_SIZE + FOOTER_SIZE || file.toString('latin1', file.length - 2) !== 'YZ') throw badXz('its frame is broken');
  const checkSize = CHECK_SIZES[file[7]! & 0xf]!;
  const indexSize = (file.readUInt32LE(file.length - 8) + 1) * 4;
  const indexStart = file.length - FOOTER_SIZE - indexSize;
  if (indexStart < HEADER_SIZE || file[indexStart] !== 0) throw badXz('its index is not where the footer says');
  const index = new NumberReader(file, indexStart + 1);
  const blocks: XzBlock[] = [];
  let offset = HEADER_SIZE;
  for (let left = index.next(); left > 0; left--) {
    const unpaddedSize = index.next();
    const end = offset + unpaddedSize - checkSize;
    if (end > indexStart) throw badXz('a block is longer than the file');
    const data = offset + blockHeader(file, offset);
    blocks.push({ data: bytes.subarray(data, Math.max(data, end)), uncompressedSize: index.next() });
    offset += Math.ceil(unpaddedSize / 4) * 4;
  }
  if (offset !== indexStart) throw badXz('it holds more than one stream, or its index is wrong');
  return blocks;
}

/** Answers the header's length, after checking that LZMA2 is all that was done to the data. */
function blockHeader(file: Buffer, offset: number): number {
  const flags = file[offset + 1]!;
  const fields = new NumberReader(file, offset + 2);
  if ((flags & 0x40) !== 0) fields.next();
  if ((flags & 0x80) !== 0) fields.next();
  const filter = fields.next();
  if ((flags & 0x3f) !== 0 || filter !== LZMA2) throw badXz(`it uses the filter ${filter}; only LZMA2 is known here`);
  return (file[offset]! + 1) * 4;
}

/** Numbers of seven bits a byte, the lowest first (1.2 of the spec). */
class NumberReader {
  constructor(private readonly file: Buffer, private at: number) {}

  next(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.file[this.at++];
      if (byte === undefined || scale > 2 ** 49) throw badXz('a number in its frame is too large');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}

export function badXz(why: string): BootflakeError {
  return new BootflakeError({ code: 'debian/bad-xz', message: `broken .xz data: ${why}` });
}
