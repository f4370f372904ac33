import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { localHost } from '../../src/instances/host/this-host.ts';
import { growth } from '../../src/vm/grow-disk.ts';
import { readImage } from '../../src/vm/image.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

async function growDisk(file: string, size: number): Promise<void> {
  const host = localHost();
  for (const { bytes, offset } of growth((await host.readBeginning(file, 72))!.bytes, readImage(file), size))
    await host.writeAt(file, bytes, offset);
}

test('a qcow2 grows in place, and qemu agrees', async (t) => {
  const file = join(scratchFolder(), 'disk.qcow2');
  writeFileSync(file, encodeOverlay({ virtualSize: 2 ** 29 }));
  // What is behind the table in its cluster is not always zeros.
  const bytes = readFileSync(file);
  bytes.fill(0xee, 3 * 65536 + 8, 3 * 65536 + 4096);
  writeFileSync(file, bytes);
  await growDisk(file, 20 * 2 ** 30 + 1);
  assert.equal(readImage(file).virtualSize, 20 * 2 ** 30 + 512);
  await judge(t, 'qemu-img', ['check', file]);
  const map = await judge(t, 'qemu-img', ['map', '--output=json', file]);
  assert.deepEqual(
    (JSON.parse(map) as { start: number; length: number; zero: boolean }[]).map(({ start, length, zero }) => [start, length, zero]),
    [[0, 20 * 2 ** 30 + 512, true]],
  );
});

test('a backing file stays what is below', async (t) => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'base.qcow2'), encodeOverlay({ virtualSize: 2 ** 20 }));
  const file = join(folder, 'disk.qcow2');
  writeFileSync(file, encodeOverlay({ backing: 'base.qcow2', backingFormat: 'qcow2', virtualSize: 2 ** 20 }));
  await growDisk(file, 2 ** 40);
  assert.equal(readImage(file).backing, 'base.qcow2');
  await judge(t, 'qemu-img', ['check', file]);
});

test('what cannot be done changes nothing', async () => {
  const file = join(scratchFolder(), 'disk.qcow2');
  writeFileSync(file, encodeOverlay({ virtualSize: 2 ** 30 }));
  appendFileSync(file, 'x');
  const before = readFileSync(file);
  await assert.rejects(growDisk(file, 2 ** 29), { code: 'vm/cannot-shrink' });
  await assert.rejects(growDisk(file, 5 * 2 ** 40), { code: 'vm/disk-too-large' });
  assert.deepEqual(readFileSync(file), before);
  assert.ok(statSync(file).size > 0);
});
