import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BlockPlan } from '../../src/disk/block-plan.ts';
import { decodeHeader } from '../../src/disk/qcow2/header.ts';
import { countRefcounts, planQcow2 } from '../../src/disk/qcow2/plan.ts';
import { bytesSegment, segmentPlan } from '../../src/disk/segments.ts';
import { judge } from '../support/judge.ts';
import { patternBytes, writeImage } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const GiB = 2 ** 30;

/** Pieces at offsets that exercise the mapping: inside a cluster, across its end, two in one, in distant tables, at the very end. */
function disk(): BlockPlan {
  const at: [number, number][] = [
    [0, 512],
    [4096, 100],
    [65536 - 7, 14],
    [1_000_000, 300_000],
    [GiB / 2 - 5000, 9000],
    [3 * GiB + 77, 200_000],
    [5 * GiB - 512, 512],
  ];
  return segmentPlan(
    5 * GiB,
    at.map(([start, length], n) => bytesSegment(start, patternBytes(length, n))),
  );
}

test('qemu-img finds no fault, and the same bytes as in the raw image', async (t) => {
  const folder = scratchFolder(t);
  const plan = planQcow2(disk());
  writeImage(disk(), join(folder, 'disk.raw'));
  writeImage(plan, join(folder, 'disk.qcow2'));
  assert.equal(statSync(join(folder, 'disk.qcow2')).size, plan.size);
  assert.equal(decodeHeader(readFileSync(join(folder, 'disk.qcow2')))?.size, 5 * GiB);
  await judge(t, 'qemu-img', ['check', join(folder, 'disk.qcow2')]);
  await judge(t, 'qemu-img', ['compare', join(folder, 'disk.qcow2'), join(folder, 'disk.raw')]);
});

test('allocates clusters only for written data', () => {
  assert.ok(planQcow2(disk()).size < 25 * 65536);
});

test('writes an image of an empty disk', async (t) => {
  const image = join(scratchFolder(t), 'empty.qcow2');
  writeImage(planQcow2(segmentPlan(GiB, [])), image);
  await judge(t, 'qemu-img', ['check', image]);
});

test('reference counts include their own blocks', () => {
  assert.deepEqual(countRefcounts(1), { total: 3, tableClusters: 1, blockClusters: 1 });
  assert.deepEqual(countRefcounts(32766), { total: 32768, tableClusters: 1, blockClusters: 1 });
  assert.deepEqual(countRefcounts(32767), { total: 32770, tableClusters: 1, blockClusters: 2 });
});
