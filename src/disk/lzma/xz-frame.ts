/**
 * An .xz file of one stream whose blocks are packed independently: "The .xz File Format" 1.1.0, https://tukaani.org/xz/xz-file-format.txt .
 * All numbers little-endian. The blocks' check is CRC-32.
 */
import { crc32 } from '../../base/crc32.ts';
import { LZMA2_DICTIONARY_BYTE } from './lzma2.ts';

const MAGIC = Buffer.from('\xfd7zXZ\0', 'latin1');
const END_MAGIC = Buffer.from('YZ', 'latin1');
/** Stream flags: CRC-32. */
const FLAGS = Buffer.from([0, 1]);
const LZMA2_FILTER = 0x21;
const CHECK_LENGTH = 4;

export class XzFrame {
  private readonly blocks: { unpadded: number; length: number }[] = [];

  begin(): Uint8Array {
    return Buffer.concat([MAGIC, FLAGS, number32(crc32(FLAGS))]);
  }

  /** A block of LZMA2 data and the CRC-32 of its `length` unpacked bytes. */
  part({ bytes, crc }: { bytes: Uint8Array; crc: number }, length: number): Uint8Array[] {
    this.blocks.push({ unpadded: BLOCK_HEADER.length + bytes.length + CHECK_LENGTH, length });
    return [BLOCK_HEADER, bytes, padding(bytes.length), number32(crc)];
  }

  end(): Uint8Array {
    const list = Buffer.concat([
      Buffer.from([0]),
      multibyte(this.blocks.length),
      ...this.blocks.flatMap(({ unpadded, length }) => [multibyte(unpadded), multibyte(length)]),
    ]);
    const index = Buffer.concat([list, padding(list.length)]);
    // The size of the index with its sum, in units of four bytes, less one.
    const footer = Buffer.concat([number32((index.length + 4) / 4 - 1), FLAGS]);
    return Buffer.concat([index, number32(crc32(index)), number32(crc32(footer)), footer, END_MAGIC]);
  }
}

/** Without sizes. */
const BLOCK_HEADER = ((): Buffer => {
  const b = Buffer.alloc(8);
  const length = b.length + 4;
  b.set([length / 4 - 1, 0, LZMA2_FILTER, 1, LZMA2_DICTIONARY_BYTE]);
  return Buffer.concat([b, number32(crc32(b))]);
})();

function number32(value: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(value >>> 0);
  return b;
}

/** Seven bits a byte, lowest first; all bytes but the last have the highest bit set. */
function multibyte(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
