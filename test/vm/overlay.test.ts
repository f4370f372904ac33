import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { stateDirectory } from '../../src/system/state-directory.ts';
import { prepareDisk } from '../../src/vm/disk.ts';
import { findImage } from '../../src/vm/image.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const GiB = 2 ** 30;

function rawImage(path: string, size = 64 << 20): string {
  const bootSector = Buffer.alloc(512, 'boot sector');
  bootSector.set([0x55, 0xaa], 510);
  writeFileSync(path, bootSector);
  truncateSync(path, size);
  return path;
}

test('qemu-img finds no fault in an overlay, and reads the image through it', async (t) => {
  const at = scratchFolder(t);
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

test('writes a larger table for a huge disk', async (t) => {
  const at = scratchFolder(t);
  const { disk } = prepareDisk(findImage(rawImage(join(at, 'x.raw'))), { stateFolder: join(at, 'state'), size: 9000 * GiB });
  await judge(t, 'qemu-img', ['check', disk.file]);
});

test('reuses a kept disk for the same image only', (t) => {
  const at = scratchFolder(t);
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

test('finds an image in a result, and names missing ones', (t) => {
  const at = scratchFolder(t);
  assert.throws(() => findImage(join(at, 'none')), { code: 'vm/no-image', message: /does not exist/ });
  assert.throws(() => findImage(at), { code: 'vm/no-image', message: /no disk image/ });
  const image = rawImage(join(at, 'nixos.img'));
  assert.equal(findImage(at).path, image);
  rawImage(join(at, 'other.raw'));
  assert.throws(() => findImage(at), { code: 'vm/no-image', message: /several disk images.*nixos\.img, other\.raw/ });
});

test('refuses files that are not disk images, and says what they are', (t) => {
  const at = scratchFolder(t);
  const fault = (name: string, content: string | Uint8Array): string => {
    const path = join(at, name);
    writeFileSync(path, content);
    try {
      findImage(path);
      return '';
    } catch (error) {
      const { code, message, hint } = error as BootflakeError;
      assert.equal(code, 'vm/not-an-image');
      return `${message.replace(path, 'FILE')}; ${hint!.replaceAll(path, 'FILE')}`;
    }
  };
  const padded = (marks: [at: number, bytes: number[]][]): Uint8Array => {
    const bytes = new Uint8Array(1 << 16);
    for (const [place, mark] of marks) bytes.set(mark, place);
    return bytes;
  };
  const [mbr, gpt]: [number, number[]][] = [
    [510, [0x55, 0xaa]],
    [512, [...Buffer.from('EFI PART')]],
  ];
  assert.match(
    fault('configuration.nix', '{ ... }: { }'),
    /^'FILE' is no disk image: .*; Run the configuration from its flake: bootflake run/,
  );
  assert.match(fault('notes.txt', 'x'.repeat(9000)), /^'FILE' is no disk image: it is no qcow2, and has no partition table; Name an image/);
  assert.match(fault('empty', ''), /no disk image/);
  assert.match(fault('zeros.img', new Uint8Array(1 << 20)), /no disk image/);
  assert.match(fault('root.ext4', padded([[0x438, [0x53, 0xef]]])), /no partition table/);
  assert.match(fault('disk.vmdk', `KDMV${'\0'.repeat(600)}`), /is a VMDK image.*; Convert it: bootflake convert 'FILE' nixos\.qcow2$/);
  assert.match(fault('disk.vdi', padded([[64, [0x7f, 0x10, 0xda, 0xbe]]])), /is a VDI image/);
  assert.match(fault('disk.img.xz', padded([[0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]]])), /is packed by xz.*Unpack it first: unxz 'FILE'$/);
  for (const bytes of [
    padded([mbr!]),
    padded([gpt!]),
    padded([[4096, gpt![1]]]),
    Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.alloc(600)]),
  ])
    assert.equal(fault('disk', bytes), '');
});

function qcow2(path: string, header: (bytes: Buffer) => void): string {
  const bytes = Buffer.alloc(1 << 17);
  bytes.write('QFI\xfb', 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(64n << 20n, 24);
  bytes.writeUInt32BE(104, 100);
  header(bytes);
  writeFileSync(path, bytes);
  return path;
}

function over(backing: string): (bytes: Buffer) => void {
  return (bytes) => {
    bytes.writeBigUInt64BE(4096n, 8);
    bytes.writeUInt32BE(backing.length, 16);
    bytes.write(backing, 4096);
  };
}

test('takes the format from the name: refuses a raw disk that a guest made to look like a qcow2', (t) => {
  const at = scratchFolder(t);
  const raw = rawImage(join(at, 'disk.raw'));
  assert.equal(findImage(raw).format, 'raw');
  // A guest could write this into the first sectors of its own disk.
  qcow2(raw, over('/etc/hostname'));
  assert.throws(() => findImage(raw), { code: 'vm/unclear-format', message: /begins like a qcow2 file/, hint: /disk\.qcow2 if it is one/ });
  assert.throws(() => findImage(qcow2(join(at, 'disk.img'), () => {})), { code: 'vm/unclear-format' });
  // A name without a known suffix: the contents decide, as long as they do not refer to another file.
  assert.equal(findImage(qcow2(join(at, 'disk'), () => {})).format, 'qcow2');
  assert.throws(() => findImage(qcow2(join(at, 'disk'), over('/etc/hostname'))), { code: 'vm/other-files' });
  assert.throws(() => findImage(rawImage(join(at, 'none.qcow2'))), { code: 'vm/unclear-format', message: /not a qcow2 file/ });
  assert.equal(findImage(qcow2(join(at, 'good.qcow2'), () => {})).format, 'qcow2');
});

test('refuses an image that refers to another file', (t) => {
  const at = scratchFolder(t);
  for (const backing of ['/etc/hostname', 'json:{"driver":"file","filename":"/etc/hostname"}', 'nbd://host/x', '']) {
    assert.throws(
      () => findImage(qcow2(join(at, 'over.qcow2'), over(backing))),
      { code: 'vm/other-files', message: /lies over another file/ },
      backing,
    );
  }
  assert.throws(() => findImage(qcow2(join(at, 'data.qcow2'), (bytes) => bytes.writeUInt32BE(4, 76))), {
    code: 'vm/other-files',
    message: /keeps its data in another file/,
  });
});

test('a kept disk must be an overlay of the booted image, whatever its header contains', (t) => {
  const at = scratchFolder(t);
  const image = findImage(rawImage(join(at, 'x.raw')));
  const keep = join(at, 'kept');
  const prepare = () => prepareDisk(image, { stateFolder: join(at, 'state'), keep });
  prepare().discard();
  const good = readFileSync(keep);
  assert.equal(prepare().disk.format, 'qcow2');
  const forged = (change: (bytes: Buffer) => void): void => {
    const bytes = Buffer.from(good);
    change(bytes);
    writeFileSync(keep, bytes);
    assert.throws(prepare, { code: 'vm/disk-of-other-image' });
  };
  const backing = Number(good.readBigUInt64BE(8));
  forged((bytes) => bytes.write('/etc/hostname', backing));
  forged((bytes) => bytes.writeUInt32BE(4, 76));
  // With the image's format changed to qcow2, which its guest could have made it look like.
  forged((bytes) => bytes.write('qcow2', good.indexOf('raw', 104)));
  // Headers with invalid offsets.
  for (const [place, value] of [
    [100, 0xffffffff],
    [100, 65_530],
    [116, 0xffffffff],
    [16, 0xffffffff],
  ] as const)
    forged((bytes) => bytes.writeUInt32BE(value, place));
  writeFileSync(keep, Buffer.concat([good.subarray(0, 90), Buffer.alloc(600)]));
  assert.throws(prepare, { code: 'vm/disk-of-other-image' });
});

test('the files of a running machine are in a private folder with an unguessable name', (t) => {
  const at = scratchFolder(t);
  const image = findImage(rawImage(join(at, 'x.raw')));
  const prepared = [1, 2].map(() => prepareDisk(image, { stateFolder: join(at, 'state') }));
  for (const { folder: own } of prepared) {
    assert.equal(statSync(own).mode & 0o777, 0o700);
    assert.match(own, /run-.*-[A-Za-z0-9]{6}$/);
  }
  assert.notEqual(prepared[0]!.folder, prepared[1]!.folder);
  prepared.forEach(({ discard }) => discard());
  assert.equal(statSync(stateDirectory({ XDG_STATE_HOME: join(at, 'xdg') })).mode & 0o777, 0o700);
});

test('removes the folders of killed runs', (t) => {
  const at = scratchFolder(t);
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

test('an image for other hosts is named, with what to do', (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'nixos.vmdk'), 'KDMV');
  assert.throws(() => findImage(folder), { code: 'vm/no-image', message: /nixos\.vmdk' is an image for other hosts/ });
});
