import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { planDisk } from '../../src/disk/disk-plan.ts';
import {
  BACKUP_SECTORS,
  decodePrimaryGpt,
  encodeBackupGpt,
  encodePrimaryGpt,
  PARTITION_TYPE,
  type GptTable,
} from '../../src/disk/gpt/partition-table.ts';
import { bytesSegment, segmentPlan } from '../../src/disk/segments.ts';
import { judge } from '../support/judge.ts';
import { uuid, writeImage } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const table: GptTable = {
  sectors: 131072,
  uuid: uuid(0x11),
  partitions: [
    { type: PARTITION_TYPE.efiSystem, uuid: uuid(0x22), name: 'ESP', first: 16384, last: 65535 },
    { type: PARTITION_TYPE.biosBoot, uuid: uuid(0x33), name: 'no-fs', first: 34, last: 2047 },
    { type: PARTITION_TYPE.linux, uuid: uuid(0x44), name: 'primary', first: 65536, last: 129023 },
  ],
};

test('sgdisk finds no fault and reads what was written', async (t) => {
  const part = (start: number, bytes: Buffer) => ({ start: start * 512, plan: segmentPlan(bytes.length, [bytesSegment(0, bytes)]) });
  const image = join(scratchFolder(t), 'disk.raw');
  writeImage(
    planDisk(table.sectors * 512, [
      part(0, encodePrimaryGpt(table, undefined)),
      part(table.sectors - BACKUP_SECTORS, encodeBackupGpt(table)),
    ]),
    image,
  );
  const said = await judge(t, 'sgdisk', ['-v', '-p', image]);
  if (said === '') return;
  assert.match(said, /No problems found/);
  assert.match(said, /2 +34 +2047 .*EF02 +no-fs/);
  assert.match(await judge(t, 'sgdisk', ['-i', '1', image]), /unique GUID: 22222222-2222-2222-2222-222222222222/);
});

test('decodes what it encodes', () => {
  assert.deepEqual(decodePrimaryGpt(encodePrimaryGpt(table, undefined)), table);
});

test('detects a changed byte', () => {
  const bytes = encodePrimaryGpt(table, undefined);
  bytes[512 + 60]! ^= 1;
  assert.throws(() => decodePrimaryGpt(bytes), /header: wrong checksum/);
});
