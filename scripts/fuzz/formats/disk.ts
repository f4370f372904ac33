/** Disk images in every format that is read, with fields of their headers and tables changed under correct sums. */
import zlib from 'node:zlib';
import { crc32c } from '../../../src/disk/crc32c.ts';
import type { BlockPlan } from '../../../src/disk/block-plan.ts';
import { BlockCutter } from '../../../src/disk/block-cutter.ts';
import { CompressedQcow2Writer } from '../../../src/disk/qcow2/compressed-writer.ts';
import { planQcow2 } from '../../../src/disk/qcow2/plan.ts';
import { bytesSegment, segmentPlan } from '../../../src/disk/segments.ts';
import { planVdi } from '../../../src/disk/vdi/plan.ts';
import { planVhd, vhdChecksum } from '../../../src/disk/vhd/plan.ts';
import { planVhdx } from '../../../src/disk/vhdx/plan.ts';
import { planVmdk } from '../../../src/disk/vmdk/plan.ts';
import { VmdkStreamWriter } from '../../../src/disk/vmdk/stream-writer.ts';
import type { Random } from '../random.ts';
import { damaged } from './bytes.ts';
import type { Maker } from './format.ts';

const [KiB, MiB] = [2 ** 10, 2 ** 20];
const seed = 'fuzz';

/** A growing file in memory. */
class Memory {
  bytes = Buffer.alloc(0);

  write(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length > this.bytes.length)
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(offset + bytes.length - this.bytes.length)]);
    this.bytes.set(bytes, offset);
  }
}

function disk(random: Random): BlockPlan {
  const size = random.pick([MiB, 3 * MiB + 512, 600 * MiB]);
  let at = 0;
  const segments = random.times(1 + random.below(5), () => {
    at += random.below(random.pick([2, 64 * KiB, size / 8]));
    const length = Math.min(1 + random.below(random.pick([600, 70 * KiB])), size - at);
    const segment = bytesSegment(at, Buffer.alloc(Math.max(0, length), random.pick(['words ', 'x', '\x01\x02\x03'])));
    at += Math.max(0, length);
    return segment;
  });
  return segmentPlan(
    size,
    segments.filter(({ start, length }) => length > 0 && start + length <= size),
  );
}

function planned(plan: BlockPlan): Buffer {
  const file = new Memory();
  file.write(plan.size, new Uint8Array(0));
  for (const _ of plan.write({ size: plan.size, write: (offset, bytes) => file.write(offset, bytes) }));
  return file.bytes;
}

function packed(plan: BlockPlan, onBlock: (index: number, bytes: Buffer) => void): void {
  const cutter = new BlockCutter(plan.size, 64 * KiB, onBlock);
  for (const _ of plan.write(cutter));
  cutter.end();
}

function compressedQcow2(plan: BlockPlan): Buffer {
  const file = new Memory();
  const writer = new CompressedQcow2Writer(plan.size, file, 'zlib');
  packed(plan, (index, bytes) => writer.compressed(index, zlib.deflateRawSync(bytes, { windowBits: 12 })));
  const size = writer.finish();
  file.write(size, new Uint8Array(0));
  return file.bytes;
}

function vmdkStream(plan: BlockPlan): Buffer {
  const parts: Uint8Array[] = [];
  const stream = {
    write: (bytes: Uint8Array) => void parts.push(Buffer.from(bytes)),
    zeros: (count: number) => void parts.push(Buffer.alloc(count)),
  };
  const writer = new VmdkStreamWriter(plan.size, stream, { seed, fileName: 'a.vmdk' });
  packed(plan, (index, bytes) => writer.grain(index, zlib.deflateSync(bytes)));
  writer.end();
  return Buffer.concat(parts);
}

interface Sample {
  bytes: Buffer;
  /** Where headers and tables are: begin and length. */
  tables: [number, number][];
  /** Makes the sums true again. */
  sum(b: Buffer): void;
}

const noSum = (): void => {};
const atEnd = (b: Buffer): [number, number] => [b.length - 512, 512];

function vhdSums(b: Buffer): void {
  for (const [at, length, field] of [
    [b.length - 512, 512, 64],
    [512, 1024, 36],
  ] as const) {
    if (b.length < at + length) continue;
    const part = b.subarray(at, at + length);
    part.writeUInt32BE(0, field);
    part.writeUInt32BE(vhdChecksum(part), field);
  }
}

function vhdxSums(b: Buffer): void {
  for (const [at, length] of [
    [64 * KiB, 4 * KiB],
    [128 * KiB, 4 * KiB],
    [192 * KiB, 64 * KiB],
    [256 * KiB, 64 * KiB],
  ] as const) {
    const part = b.subarray(at, at + length);
    part.writeUInt32LE(0, 4);
    part.writeUInt32LE(~crc32c(~0, part) >>> 0, 4);
  }
}

const kinds: ((plan: BlockPlan) => Sample)[] = [
  (plan) => ({
    bytes: planned(planQcow2(plan)),
    tables: [
      [0, 112],
      [64 * KiB, 32],
      [256 * KiB, 600],
      [256 * KiB, 64 * KiB],
    ],
    sum: noSum,
  }),
  (plan) => ({
    bytes: planned(planQcow2(plan, { subclusters: true })),
    tables: [
      [0, 112],
      [64 * KiB, 32],
      [256 * KiB, 600],
    ],
    sum: noSum,
  }),
  (plan) => {
    const bytes = compressedQcow2(plan);
    return {
      bytes,
      tables: [
        [0, 112],
        [64 * KiB, 32],
        [Math.max(0, bytes.length - 192 * KiB), 600],
        [128 * KiB, 400],
      ],
      sum: noSum,
    };
  },
  (plan) => ({
    bytes: planned(planVdi(plan, { seed })),
    tables: [
      [0, 512],
      [512, 64],
    ],
    sum: noSum,
  }),
  (plan) => {
    const bytes = planned(planVhd(plan, { kind: 'dynamic', seed }));
    return { bytes, tables: [[0, 512], [512, 64], [1536, 64], atEnd(bytes)], sum: vhdSums };
  },
  (plan) => {
    const bytes = planned(planVhd({ ...plan, size: Math.min(plan.size, 4 * MiB) }, { kind: 'fixed', seed }));
    return { bytes, tables: [atEnd(bytes)], sum: (b) => vhdSums(b) };
  },
  (plan) => ({
    bytes: planned(planVhdx(plan, { seed })),
    tables: [
      [64 * KiB, 100],
      [128 * KiB, 100],
      [192 * KiB, 100],
      [256 * KiB, 100],
      [2 * MiB, 200],
      [2 * MiB + 64 * KiB, 40],
      [3 * MiB, 64],
    ],
    sum: vhdxSums,
  }),
  (plan) => ({
    bytes: planned(planVmdk(plan, { seed, fileName: 'a.vmdk' })),
    tables: [
      [0, 512],
      [512, 600],
      [512 * 21, 6000],
    ],
    sum: noSum,
  }),
  (plan) => {
    const bytes = vmdkStream(plan);
    return {
      bytes,
      tables: [
        [0, 512],
        [512, 600],
        [64 * KiB, 100],
        [Math.max(0, bytes.length - 6000), 6000],
      ],
      sum: noSum,
    };
  },
];

const numbers = [
  0n,
  1n,
  2n,
  3n,
  7n,
  511n,
  512n,
  65_535n,
  65_536n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 50n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n,
  2n ** 64n - 1n,
];

function changeField({ bytes, tables }: Sample, random: Random): void {
  const [start, length] = random.pick(tables);
  const at = start + random.below(length / 4) * 4;
  const [from, to] = [start + random.below(length / 8) * 8, at];
  if (at < 0 || at + 8 > bytes.length || from + 8 > bytes.length) return;
  const number = random.pick(numbers);
  switch (random.below(6)) {
    case 0:
      return void bytes.writeBigUInt64BE(number, at);
    case 1:
      return void bytes.writeBigUInt64LE(number, at);
    case 2:
      return void bytes.writeUInt32BE(Number(number & 0xffff_ffffn), at);
    case 3:
      return void bytes.writeUInt32LE(Number(number & 0xffff_ffffn), at);
    case 4:
      return void bytes.copyWithin(to, from, from + random.pick([4, 8, 16]));
    default:
      bytes[at]! ^= 1 << random.below(8);
  }
}

export const makeDisk: Maker = (random) => {
  const sample = random.pick(kinds)(disk(random));
  for (let n = random.below(4); n > 0; n--) changeField(sample, random);
  if (random.chance(0.9)) sample.sum(sample.bytes);
  return random.chance(0.1) ? damaged(sample.bytes, random) : sample.bytes;
};
