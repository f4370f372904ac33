/** Disks in the formats of VirtualBox, Hyper-V, Azure and VMware, which qemu-img reads. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BlockPlan } from '../../src/disk/block-plan.ts';
import { planQcow2 } from '../../src/disk/qcow2/plan.ts';
import { bytesSegment, segmentPlan } from '../../src/disk/segments.ts';
import { planVdi } from '../../src/disk/vdi/plan.ts';
import { geometryOf } from '../../src/disk/vhd/geometry.ts';
import { MOST_VHD_SIZE, planVhd } from '../../src/disk/vhd/plan.ts';
import { planVhdx } from '../../src/disk/vhdx/plan.ts';
import { planVmdk } from '../../src/disk/vmdk/plan.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { patternBytes, writeImage } from './images.ts';

const [KiB, MiB, GiB] = [2 ** 10, 2 ** 20, 2 ** 30];

/** Pieces inside a block, across the ends of blocks of every size here, two in one, in distant tables, at the very end. */
function disk(size = 5 * GiB): BlockPlan {
  const at: [number, number][] = [
    [0, 512],
    [4096, 100],
    [64 * KiB - 7, 14],
    [MiB - 300, 2 * MiB + 600],
    [100 * MiB, 40 * MiB],
    [GiB / 2 - 5000, 9000],
    [3 * GiB + 77, 200_000],
    [size - 512, 512],
  ];
  return segmentPlan(
    size,
    at.map(([start, length], n) => bytesSegment(start, patternBytes(length, n))),
  );
}

const seed = 'containers';
const kinds: { name: string; format: string; plan(disk: BlockPlan): BlockPlan; check?: boolean }[] = [
  { name: 'subclusters.qcow2', format: 'qcow2', plan: (of) => planQcow2(of, { subclusters: true }), check: true },
  { name: 'disk.vdi', format: 'vdi', plan: (of) => planVdi(of, { seed }), check: true },
  { name: 'fixed.vhd', format: 'vpc', plan: (of) => planVhd(of, { kind: 'fixed', seed }) },
  { name: 'dynamic.vhd', format: 'vpc', plan: (of) => planVhd(of, { kind: 'dynamic', seed }) },
  { name: 'disk.vhdx', format: 'vhdx', plan: (of) => planVhdx(of, { seed }), check: true },
  { name: 'disk.vmdk', format: 'vmdk', plan: (of) => planVmdk(of, { seed, fileName: 'disk.vmdk' }), check: true },
];

for (const { name, format, plan, check } of kinds) {
  test(`${name}: the same bytes as in the raw image, of the same size`, async (t) => {
    const folder = scratchFolder(t);
    const file = join(folder, name);
    const container = plan(disk());
    writeImage(disk(), join(folder, 'disk.raw'));
    writeImage(container, file);
    assert.equal(statSync(file).size, container.size);
    if (check) await judge(t, 'qemu-img', ['check', '-f', format, file]);
    await judge(t, 'qemu-img', ['compare', '-f', format, '-F', 'raw', file, join(folder, 'disk.raw')]);
    const info = JSON.parse(await judge(t, 'qemu-img', ['info', '--output=json', '-f', format, file])) as Record<string, unknown>;
    assert.equal(info['virtual-size'], 5 * GiB);
    // Only what the disk holds takes room.
    assert.ok(statSync(file).blocks * 512 < 50 * MiB, String(statSync(file).blocks));
    if (name !== 'fixed.vhd') assert.ok(container.size < 60 * MiB, String(container.size));
  });

  test(`${name}: an empty disk, and the same bytes from the same seed`, async (t) => {
    const folder = scratchFolder(t);
    const file = join(folder, name);
    const empty = (): BlockPlan => plan(segmentPlan(MiB, []));
    writeImage(empty(), file);
    const info = JSON.parse(await judge(t, 'qemu-img', ['info', '--output=json', '-f', format, file])) as Record<string, unknown>;
    assert.equal(info['virtual-size'], MiB);
    writeImage(empty(), `${file}-again`);
    assert.ok(readFileSync(file).equals(readFileSync(`${file}-again`)));
  });
}

test('a VHD has the geometry of its specification, and a largest size', () => {
  assert.deepEqual(geometryOf(2048), { cylinders: 30, heads: 4, sectors: 17 });
  assert.deepEqual(geometryOf((10 * GiB) / 512), { cylinders: 20_805, heads: 16, sectors: 63 });
  assert.deepEqual(geometryOf((200 * GiB) / 512), { cylinders: 65_535, heads: 16, sectors: 255 });
  assert.throws(() => planVhd(segmentPlan(MOST_VHD_SIZE + MiB, []), { kind: 'dynamic', seed }), RangeError);
});

test('a VMDK does not name a file whose name would end its line', () => {
  assert.throws(() => planVmdk(disk(), { seed, fileName: 'a"b.vmdk' }), RangeError);
});
