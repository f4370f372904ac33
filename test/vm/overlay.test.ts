import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { prepareDisk } from '../../src/vm/disk.ts';
import { findImage } from '../../src/vm/image.ts';
import { judge } from '../support/judge.ts';

const GiB = 2 ** 30;

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'bootflake-vm-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function rawImage(path: string, size = 64 << 20): string {
  writeFileSync(path, 'boot sector');
  truncateSync(path, size);
  return path;
}

test('qemu-img finds nothing wrong with an overlay, and reads the image through it', async (t) => {
  const at = folder(t);
  const raw = rawImage(join(at, 'a,b disk.raw'));
  const image = findImage(raw);
  assert.deepEqual([image.format, image.virtualSize], ['raw', 64 << 20]);
  const { disk, discard } = prepareDisk(image, { stateFolder: join(at, 'state'), size: 3 * GiB });
  const info = await judge(t, 'qemu-img', ['info', '--output=json', disk.file]);
  if (info === '') return;
  const facts = JSON.parse(info) as Record<string, unknown>;
  assert.equal(facts['virtual-size'], 3 * GiB);
  assert.equal(facts['backing-filename'], raw);
  assert.equal(facts['backing-filename-format'], 'raw');
  await judge(t, 'qemu-img', ['check', disk.file]);
  await judge(t, 'qemu-img', ['convert', '-O', 'raw', disk.file, join(at, 'copy.raw')]);
  assert.equal(spawnSync('cmp', ['-n', String(64 << 20), raw, join(at, 'copy.raw')]).status, 0);
  if (existsSync('/usr/bin/qemu-io')) {
    await judge(t, 'qemu-io', ['-c', 'write -P 7 2G 1M', disk.file]);
    await judge(t, 'qemu-img', ['check', disk.file]);
  }
  assert.equal(readFileSync(raw).length, 64 << 20);
  discard();
  assert.deepEqual(readdirSync(join(at, 'state')), []);
});

test('a huge disk needs a larger table', async (t) => {
  const at = folder(t);
  const { disk } = prepareDisk(findImage(rawImage(join(at, 'x.raw'))), { stateFolder: join(at, 'state'), size: 9000 * GiB });
  await judge(t, 'qemu-img', ['check', disk.file]);
});

test('a kept disk is used again for the same image only', (t) => {
  const at = folder(t);
  const image = rawImage(join(at, 'x.raw'));
  const other = rawImage(join(at, 'y.raw'));
  const keep = join(at, 'kept.qcow2');
  const prepare = (path: string, size?: number) => prepareDisk(findImage(path), { stateFolder: join(at, 'state'), keep, size });
  prepare(image).discard();
  assert.equal(prepare(image).disk.file, keep);
  assert.throws(() => prepare(other), { code: 'vm/disk-of-other-image', message: /was made for the image '.*x\.raw'/ });
  assert.throws(() => prepare(image, GiB), { code: 'vm/disk-size-fixed' });
  utimesSync(image, 1e9, 1e9);
  assert.throws(() => prepare(image), { code: 'vm/disk-of-other-image', message: /an earlier state/ });
  writeFileSync(keep, Buffer.alloc(1024));
  assert.throws(() => prepare(image), { code: 'vm/disk-of-other-image', message: /no overlay that bootflake made/ });
  assert.deepEqual(prepareDisk(findImage(image), { stateFolder: join(at, 'state'), keep: image }).disk, { file: image, format: 'raw' });
  assert.throws(() => prepareDisk(findImage(image), { stateFolder: join(at, 'state'), size: 1024 }), { code: 'vm/disk-too-small' });
});

test('an image is found in a result, and missing ones are named', (t) => {
  const at = folder(t);
  assert.throws(() => findImage(join(at, 'none')), { code: 'vm/no-image', message: /does not exist/ });
  assert.throws(() => findImage(at), { code: 'vm/no-image', message: /no disk image/ });
  const image = rawImage(join(at, 'nixos.img'));
  assert.equal(findImage(at).path, image);
  rawImage(join(at, 'other.raw'));
  assert.throws(() => findImage(at), { code: 'vm/no-image', message: /several disk images.*nixos\.img, other\.raw/ });
});

test('folders of killed runs are removed by the next', (t) => {
  const at = folder(t);
  const state = join(at, 'state');
  const image = findImage(rawImage(join(at, 'x.raw')));
  const first = prepareDisk(image, { stateFolder: state });
  const [name] = readdirSync(state);
  spawnSync('mv', [join(state, name!), join(state, name!.replace(/^run-\d+-\d+/, 'run-4194000-1'))]);
  const second = prepareDisk(image, { stateFolder: state });
  assert.equal(readdirSync(state).length, 1);
  second.discard();
  first.discard();
});
