/** The frame of .xz files: stream header, blocks, index, footer. Spec: tukaani.org/xz/xz-file-format.txt. */
import { BootflakeError } from '../base/errors.ts';

export interface XzBlock {
  /** Where the block begins in the file; it is a multiple of 4 bytes with its padding. */
  offset: number;
  /** Header, data and check, without padding. */
  unpaddedSize: number;
  uncompressedSize: number;
}

const HEADER_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const HEADER_SIZE = 12;
const FOOTER_SIZE = 12;

export function isXz(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_SIZE && HEADER_MAGIC.compare(bytes, 0, 6) === 0;
}

/** The blocks of a file of one stream, from its index. Fails with `debian/bad-xz`. */
export function xzBlocks(bytes: Uint8Array): XzBlock[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!isXz(bytes) || data.length < HEADER_SIZE + FOOTER_SIZE || data.toString('latin1', data.length - 2) !== 'YZ') throw badXz('its frame is broken');
  const indexSize = (data.readUInt32LE(data.length - 8) + 1) * 4;
  const indexStart = data.length - FOOTER_SIZE - indexSize;
  if (indexStart < HEADER_SIZE || data[indexStart] !== 0) throw badXz('its index is not where the footer says');
  let at = indexStart + 1;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 49 || at >= data.length) throw badXz('its index has a number too large');
    }
  };
  const blocks: XzBlock[] = [];
  let offset = HEADER_SIZE;
  for (let left = number(); left > 0; left--) {
    const block = { offset, unpaddedSize: number(), uncompressedSize: number() };
    blocks.push(block);
    offset += Math.ceil(block.unpaddedSize / 4) * 4;
  }
  if (offset !== indexStart) throw badXz('it holds more than one stream, or its index is wrong');
  return blocks;
}

export function badXz(why: string): BootflakeError {
  return new BootflakeError({ code: 'debian/bad-xz', message: `broken .xz data: ${why}` });
}
