/** .xz files assembled by hand, of sizes that would take too long to compress. */
import { crc32 } from '../../../src/base/crc32.ts';
import type { ByteSource } from '../../../src/tree/file-tree.ts';

/** The start of an .xz file with one block and no check; the byte encodes the dictionary size. */
export function xzStart(dictionary: number): Buffer {
  const header = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(crc32(header.subarray(6, 8)), 8);
  const block = Buffer.from([2, 0, 0x21, 1, dictionary, 0, 0, 0, 0, 0, 0, 0]);
  block.writeUInt32LE(crc32(block.subarray(0, 8)), 8);
  return Buffer.concat([header, block]);
}

/** One block of stored chunks of 64 KiB, which are generated when they are read. */
export function storedXz(chunks: number): ByteSource {
  const start = xzStart(22);
  const chunk = Buffer.alloc(3 + (64 << 10), 7);
  const end = start.length + chunks * chunk.length;
  const number = (value: number): number[] => (value > 127 ? [(value % 128) | 128, ...number(Math.floor(value / 128))] : [value]);
  const index = [0, 1, ...number(12 + chunks * chunk.length + 1), ...number(chunks * (64 << 10))];
  const indexSize = Math.ceil(index.length / 4) * 4;
  const blockEnd = Math.ceil((end + 1) / 4) * 4 - end;
  const tail = Buffer.alloc(blockEnd + indexSize + 16);
  tail.set(index, blockEnd);
  tail.writeUInt32LE(crc32(tail.subarray(blockEnd, blockEnd + indexSize)), blockEnd + indexSize);
  tail.writeUInt32LE(indexSize / 4, blockEnd + indexSize + 8);
  tail.write('YZ', tail.length - 2, 'latin1');
  tail.writeUInt32LE(crc32(tail.subarray(-8, -2)), tail.length - 12);
  return {
    size: end + tail.length,
    read(target, position) {
      const put = (bytes: Uint8Array, at: number): void =>
        bytes.forEach((byte, i) => {
          if (at + i >= position) target[at + i - position] = byte;
        });
      target.fill(7);
      put(start, 0);
      const first = Math.max(0, Math.floor((position - start.length) / chunk.length));
      // The first chunk resets the dictionary.
      for (let i = first; i < chunks && start.length + i * chunk.length < position + target.length; i++) {
        put(Buffer.from([i === 0 ? 1 : 2, 0xff, 0xff]), start.length + i * chunk.length);
      }
      put(tail, end);
    },
  };
}
