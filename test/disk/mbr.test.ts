import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeMbr, encodeMbr } from '../../src/disk/mbr/partition-table.ts';
import { bytesSegment, segmentPlan } from '../../src/disk/segments.ts';
import { judge } from '../support/judge.ts';
import { writeImage } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const partitions = [{ start: 2048, length: 129_024, type: 0x83, active: true }];

test('decodes what it encodes; boot code ends before the disk signature', () => {
  const sector = encodeMbr(Buffer.alloc(512, 0xcc), 0x12345678, partitions);
  assert.deepEqual(decodeMbr(sector), partitions);
  assert.equal(sector[439], 0xcc);
  assert.equal(sector.readUInt32LE(440), 0x12345678);
});

test('sfdisk reads the table', async (t) => {
  const image = join(scratchFolder(t), 'disk.raw');
  writeImage(segmentPlan(64 << 20, [bytesSegment(0, encodeMbr(undefined, 0x12345678, partitions))]), image);
  const said = await judge(t, 'sfdisk', ['-d', image]);
  if (said === '') return;
  assert.match(said, /label-id: 0x12345678/);
  assert.match(said, /start= +2048, size= +129024, type=83, bootable/);
});
