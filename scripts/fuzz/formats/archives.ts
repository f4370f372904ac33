/** Archives as forges serve them: tar in each compression, also nested, and zip. */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { xz } from '@napi-rs/lzma';
import { crc32 } from '../../../src/base/crc32.ts';
import { zstdCompressor } from '../../../src/builders/image/zstd.ts';
import type { Random } from '../random.ts';
import { damaged, oddName } from './bytes.ts';
import { bzip2Samples } from './bzip2-samples.ts';
import { forbiddenFolder, type Maker } from './format.ts';
import { damagedRecords, goodRecords, tarBytes } from './tar.ts';
import { xzSamples } from './xz-samples.ts';

const zstd = zstdCompressor();

/** Compresses into one or several members or frames, as these formats allow. */
export async function compressed(
  bytes: Uint8Array,
  random: Random,
  kind = random.pick(['gzip', 'xz', 'zstd', 'bzip2', 'none']),
): Promise<Uint8Array> {
  const cut = random.below(bytes.length);
  const parts = random.chance(0.2) && (kind === 'gzip' || kind === 'zstd') ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes];
  const compress = await zstd;
  switch (kind) {
    case 'gzip':
      return Buffer.concat(parts.map((part) => gzipSync(part, { level: random.pick([0, 1, 9]) })));
    case 'zstd':
      return Buffer.concat(parts.map((part) => compress(part, random.pick([1, 3, 19]))));
    case 'xz':
      return random.chance(0.4) ? random.pick(xzSamples()) : xz.compressSync(bytes);
    case 'bzip2':
      return random.pick(bzip2Samples());
    default:
      return bytes;
  }
}

interface ZipRecord {
  name: string;
  mode: number;
  contents: Uint8Array;
  stored: boolean;
  /** Fields written over the central entry and the local header: offset, size in bytes, value. */
  over: [number, 2 | 4, number][];
  extra: Uint8Array;
}

function zipBytes(records: readonly ZipRecord[], comment: Uint8Array): Buffer {
  const [locals, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const { name, mode, contents, stored, over, extra } of records) {
    const packed = stored ? contents : deflateRawSync(contents);
    const path = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(path.length, 26);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    entry[5] = 3;
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(crc32(contents), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(contents.length, 24);
    entry.writeUInt16LE(path.length, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.writeUInt32LE((mode << 16) >>> 0, 38);
    entry.writeUInt32LE(at, 42);
    for (const [where, size, value] of over) entry.writeUIntLE(size === 2 ? value & 0xffff : value, where, size);
    locals.push(local, path, Buffer.from(packed));
    central.push(entry, path, Buffer.from(extra));
    at += 30 + path.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(records.length, 8);
  end.writeUInt16LE(records.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, directory, end, comment]);
}

function zip(random: Random): Buffer {
  const one = (name: string, mode: number, contents: string | Uint8Array): ZipRecord => {
    return { name, mode, contents: Buffer.from(contents as string), stored: random.chance(0.4), over: [], extra: new Uint8Array(0) };
  };
  const records = [
    one('top/', 0o40755, ''),
    one('top/file', 0o100644, 'words '.repeat(random.below(3000))),
    one('top/run', 0o100755, '#!/bin/sh\n'),
    one('top/link', 0o120777, random.pick(['file', '..', forbiddenFolder])),
    one('top/folder/inner', 0o100644, Buffer.from(random.times(300, () => random.below(256)))),
  ];
  for (let n = random.below(4); n > 0; n--) {
    const at = random.below(records.length);
    const record = records[at]!;
    switch (random.below(6)) {
      case 0:
        records.push(record);
        break;
      case 1:
        records[at] = { ...record, name: oddName(random, forbiddenFolder) };
        break;
      case 2:
        records[at] = {
          ...record,
          mode: random.pick([0, 0o120777, 0o40755, 0o20644, 0o100000]),
          contents: Buffer.from(oddName(random, forbiddenFolder)),
        };
        break;
      case 3:
        records[at] = { ...record, over: [[random.pick([20, 24, 38, 42]), 4, random.pick([0, 1, 0xffffffff, 0x7fffffff, 1000])]] };
        break;
      case 4:
        records[at] = { ...record, over: [[random.pick([4, 8, 10, 28, 30, 32]), 2, random.pick([0, 1, 8, 9, 12, 0xffff])]] };
        break;
      default:
        records[at] = {
          ...record,
          extra: Buffer.from(random.pick(['0100080000000000000001', '0100ffff', '5554050001ffffffff', '55540100']), 'hex'),
        };
    }
  }
  return zipBytes(records, Buffer.from(random.chance(0.1) ? 'PK\x05\x06'.repeat(random.below(20)) : ''));
}

export const makeArchives: Maker = async (random) => {
  if (random.chance(0.3)) return random.chance(0.4) ? damaged(zip(random), random) : zip(random);
  let bytes: Uint8Array = tarBytes(random.chance(0.5) ? damagedRecords(goodRecords(random), random) : goodRecords(random), random);
  // A bomb, and one compression inside another.
  if (random.chance(0.01)) bytes = Buffer.concat([bytes.subarray(0, bytes.length - 1024), Buffer.alloc(80 << 20)]);
  bytes = await compressed(bytes, random);
  if (random.chance(0.1)) bytes = await compressed(bytes, random);
  return random.chance(0.6) ? damaged(bytes, random) : bytes;
};
