import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import type { BuildResult } from '../../src/builders/builder.ts';
import { diskImage } from '../../src/builders/disk-image.ts';
import { readTree } from '../../src/system/read-tree.ts';
import { dumpNar, fileTreeSource } from '../../src/nix-format/nar-writer.ts';
import { judge } from '../support/judge.ts';
import { builderContext, fillStore } from '../support/builder-context.ts';
import { patternBytes } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const MiB = 2 ** 20;
const system = '/nix/store/22222222222222222222222222222222-system';
const library = '/nix/store/33333333333333333333333333333333-library';

function sampleStore(t: TestContext): string {
  const folder = scratchFolder(t);
  fillStore(folder, {
    '22222222222222222222222222222222-system/init': '#!/bin/sh\n',
    '22222222222222222222222222222222-system/data': patternBytes(3 * MiB, 1),
    '33333333333333333333333333333333-library/lib.so': patternBytes(2 * MiB, 2),
    'grubx64.efi': patternBytes(MiB, 3),
    motd: 'hello\n',
    shim: 'signed by another\n',
    signed: 'a signed GRUB\n',
  });
  linkSync(
    join(folder, 'store/22222222222222222222222222222222-system/data'),
    join(folder, 'store/33333333333333333333333333333333-library/same-data'),
  );
  return folder;
}

const attrs = {
  toplevel: system,
  format: 'qcow2',
  diskSize: 256,
  partitionTableType: 'hybrid',
  seed: 'test',
  bootSize: '64M',
  grub: { efi: '/nix/store/grubx64.efi', config: 'root is @rootUuid@\n' },
  contents: [{ source: '/nix/store/motd', target: '/etc/motd', mode: '0600', user: '1000', group: '100' }],
  links: { '/bin': 'usr/bin' },
  directories: ['/usr/bin', { path: '/tmp', mode: '1777' }],
};

async function build(folder: string, change: Record<string, unknown> = {}, signal?: AbortSignal): Promise<BuildResult> {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  return diskImage.run(builderContext({ folder, attrs: { ...attrs, ...change }, closure: [system, library], ...(signal && { signal }) }));
}

/** Extracts the root partition from a raw image. */
async function rootOf(t: TestContext, folder: string, startMiB: number): Promise<string> {
  const bytes = readFileSync(join(folder, 'out/nixos.img'));
  const path = join(folder, 'root.ext4');
  const end = bytes.length - (startMiB > 1 ? MiB : 0);
  writeFileSync(path, bytes.subarray(startMiB * MiB, end));
  await judge(t, 'e2fsck', ['-fn', path]);
  return path;
}

test('a hybrid image passes every checker', async (t) => {
  const folder = sampleStore(t);
  await build(folder);
  await judge(t, 'qemu-img', ['check', join(folder, 'out/nixos.qcow2')]);
  assert.match(
    readFileSync(join(folder, 'out/nix-support/hydra-build-products'), 'utf8'),
    /^file qcow2-image \/nix\/store\/1{32}-test\/nixos.qcow2\n$/,
  );
  await build(folder, { format: 'raw' });
  assert.match(await judge(t, 'sgdisk', ['-v', join(folder, 'out/nixos.img')]), /No problems found/);
  const root = await rootOf(t, folder, 64);
  const stat = async (path: string): Promise<string> => judge(t, 'debugfs', ['-R', `stat ${path}`, root]);
  if ((await stat('/')) === '') return;
  assert.match(await stat(`${system}/data`), /Links: 2/);
  assert.match(await stat('/etc/motd'), /Mode: {2}0600[^]*User: {2}1000[^]*Group: {3}100/);
  assert.match(await stat('/tmp'), /Mode: {2}01777/);
  assert.match(await stat('/bin'), /symlink[^]*usr\/bin/);
  assert.match(await judge(t, 'debugfs', ['-R', 'cat /boot/grub/grub.cfg', root]), /root is [0-9a-f]{8}-/);
  assert.match(await stat('/nix/var/nix/profiles/system-1-link'), /2{32}-system/);
});

test('the hash computed while writing is that of the archive', async (t) => {
  const folder = sampleStore(t);
  for (const change of [{}, { format: 'raw' }, { baseName: 'image' }, { format: 'vpc' }, { format: 'vmdk' }]) {
    const result = await build(folder, change);
    const hash = createHash('sha256');
    const size = dumpNar(fileTreeSource, readTree(join(folder, 'out')), (chunk) => void hash.update(chunk));
    assert.equal(result.outputs.out?.narSize, size);
    assert.deepEqual(Buffer.from(result.outputs.out!.narHash!).toString('hex'), hash.digest('hex'));
  }
});

test('what hosts import is made of the same disk, under the name that the host wants', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw' });
  renameSync(join(folder, 'out/nixos.img'), join(folder, 'disk.raw'));
  for (const [format, file, kind] of [
    ['vpc-fixed', 'nixos.vhd', 'vhd'],
    ['vmdk-stream', 'nixos.vmdk', 'vmdk'],
    ['ova', 'nixos.ova', 'ova'],
    ['vma.zst', 'vzdump-qemu-nixos.vma.zst', 'vma.zst'],
    ['raw.tar.gz', 'nixos.raw.tar.gz', 'raw.tar.gz'],
    ['raw.zst', 'nixos.img.zst', 'img.zst'],
  ]) {
    await build(folder, { format, container: format === 'ova' ? { memory: 1024 } : {} });
    const path = join(folder, 'out', file!);
    assert.equal(
      readFileSync(join(folder, 'out/nix-support/hydra-build-products'), 'utf8'),
      `file ${kind}-image /nix/store/11111111111111111111111111111111-test/${file}\n`,
    );
    if (format === 'vpc-fixed' || format === 'vmdk-stream') {
      const qemu = format === 'vpc-fixed' ? 'vpc' : 'vmdk';
      await judge(t, 'qemu-img', ['compare', '-f', qemu, '-F', 'raw', path, join(folder, 'disk.raw')]);
    }
    // Azure takes a fixed VHD of whole mebibytes, and a footer of 512 bytes.
    if (format === 'vpc-fixed') assert.equal(statSync(path).size, 256 * MiB + 512);
    // Google's Compute Engine takes whole gibibytes.
    if (format === 'raw.tar.gz') assert.match(await judge(t, 'tar', ['-tvzf', path]), / 1073741824 .* disk\.raw\n$/);
    if (format === 'raw.zst') {
      await judge(t, 'zstd', ['-dq', path, '-o', join(folder, 'unpacked')]);
      await judge(t, 'cmp', [join(folder, 'unpacked'), join(folder, 'disk.raw')]);
    }
  }
});

test('a disk with the size of its contents is rounded for its host, and its table is at its end', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw.tar.gz', diskSize: 'auto', additionalSpace: '64M' });
  await judge(t, 'tar', ['-xSzf', join(folder, 'out/nixos.raw.tar.gz'), '-C', folder]);
  assert.equal(statSync(join(folder, 'disk.raw')).size, 2 ** 30);
  assert.match(await judge(t, 'sgdisk', ['--verify', join(folder, 'disk.raw')]), /No problems found/);
});

test('a disk with the size of hardly any contents has room for its file system', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw', diskSize: 'auto', additionalSpace: '1M' });
  assert.equal(statSync(join(folder, 'out/nixos.img')).size % 2 ** 20, 0);
});

test('a name that a format cannot hold is an error of its attribute', async (t) => {
  const folder = sampleStore(t);
  for (const [format, baseName] of [
    ['vmdk', 'a"b'],
    ['vmdk-stream', 'a"b'],
    ['ova', 'a(b)'],
    ['ova', 'x'.repeat(81)],
  ])
    await assert.rejects(build(folder, { format, baseName }), { code: 'build/bad-attribute', message: /'baseName'/ });
});

test('a compressed image contains the same disk', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw' });
  const raw = join(folder, 'disk.raw');
  renameSync(join(folder, 'out/nixos.img'), raw);
  await build(folder, { compress: true });
  await judge(t, 'qemu-img', ['check', join(folder, 'out/nixos.qcow2')]);
  await judge(t, 'qemu-img', ['compare', join(folder, 'out/nixos.qcow2'), raw]);
});

test('the formats of other virtual machines contain the same disk', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw' });
  const raw = join(folder, 'disk.raw');
  renameSync(join(folder, 'out/nixos.img'), raw);
  for (const [format, suffix] of [
    ['vdi', 'vdi'],
    ['vpc', 'vhd'],
    ['vhdx', 'vhdx'],
    ['vmdk', 'vmdk'],
  ] as const) {
    await build(folder, { format });
    const image = join(folder, `out/nixos.${suffix}`);
    await judge(t, 'qemu-img', ['compare', '-f', format, '-F', 'raw', image, raw]);
    const products = readFileSync(join(folder, 'out/nix-support/hydra-build-products'), 'utf8');
    assert.match(products, new RegExp(`^file ${suffix}-image \\S+/nixos\\.${suffix}\n$`));
  }
  await assert.rejects(build(folder, { format: 'vpc', diskSize: 3 * 2 ** 20 }), /at most 2088960 MiB in the format vpc/);
});

for (const [type, start] of [
  ['efi', 64],
  ['legacy', 1],
  ['legacy+gpt', 2],
  ['none', 0],
] as const) {
  test(`writes the partition table ${type}`, async (t) => {
    const folder = sampleStore(t);
    await build(folder, { format: 'raw', partitionTableType: type });
    if (type !== 'none') await judge(t, 'sgdisk', ['-v', join(folder, 'out/nixos.img')]);
    await rootOf(t, folder, start);
  });
}

test('a shim is where the firmware looks, and GRUB where the shim does', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw', grub: { efi: '/nix/store/signed', shim: '/nix/store/shim', config: '' } });
  const inEsp = (name: string) => judge(t, 'mtype', ['-i', `${join(folder, 'out/nixos.img')}@@8M`, `::${name}`]);
  assert.equal(await inEsp('EFI/BOOT/BOOTX64.EFI'), 'signed by another\n');
  assert.equal(await inEsp('EFI/BOOT/grubx64.efi'), 'a signed GRUB\n');
  // The folder that is built into Debian's GRUB.
  assert.match(await inEsp('EFI/debian/grub.cfg'), /configfile/);
  await assert.rejects(build(folder, { grub: { efi: '/nix/store/signed', shim: '/nix/store/absent' } }), { code: 'disk/no-grub' });
});

test('an automatic size leaves the requested free space, and no more', async (t) => {
  const folder = sampleStore(t);
  await build(folder, { format: 'raw', diskSize: 'auto', additionalSpace: '100M' });
  const { size } = statSync(join(folder, 'out/nixos.img'));
  assert.ok(size > 170 * MiB && size < 190 * MiB, `${size / MiB} MiB`);
});

test('two builds produce the same bytes', async (t) => {
  const folder = sampleStore(t);
  const hash = async (): Promise<string> => Buffer.from((await build(folder)).outputs.out!.narHash!).toString('hex');
  assert.equal(await hash(), await hash());
});

test('the error for too small a disk gives the sufficient size', async (t) => {
  const folder = sampleStore(t);
  const error = await build(folder, { diskSize: 68 }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BootflakeError);
  assert.equal(error.code, 'disk/too-small');
  assert.match(error.message, /closure 6 MiB, root partition 3 MiB[^]*4 MiB {2}\/nix\/store\/2{32}-system/);
  await build(folder, { diskSize: Number(/diskSize = (\d+) or more/.exec(error.hint ?? '')?.[1]) });
  await assert.rejects(build(folder, { diskSize: 20 }), { code: 'disk/too-small' });
});

test('limits of the root partition', async (t) => {
  const folder = sampleStore(t);
  const size = async (change: Record<string, unknown>): Promise<number> => {
    await build(folder, { format: 'raw', diskSize: 'auto', additionalSpace: '100M', ...change });
    return statSync(join(folder, 'out/nixos.img')).size / MiB;
  };
  const free = await size({});
  // The boot partition ends at 64 MiB; the last one is the table's.
  assert.equal(await size({ rootMinimum: 300 }), 365);
  assert.equal(await size({ rootMinimum: 20, rootMaximum: 4000 }), free);
  assert.equal(await size({ rootMaximum: 40 }), 105);
  assert.equal(await size({ diskSize: 105, rootMinimum: 40, rootMaximum: 40 }), 105);
  const small = { code: 'disk/too-small', message: /too small by \d+ MiB: .*root partition 3 MiB \(its SizeMaxBytes\)/ };
  await assert.rejects(size({ rootMaximum: 3 }), small);
  const needed = await size({ rootMaximum: 3 }).catch((error: BootflakeError) => /SizeMaxBytes = "(\d+)M"/.exec(error.hint!)![1]);
  await size({ rootMaximum: Number(needed) });
  for (const [change, message] of [
    [{ diskSize: 100, rootMinimum: 40 }, /a disk of 100 MiB has a root partition of 35 MiB, 5 MiB less than .*SizeMinBytes = "40M"/],
    [{ diskSize: 120, rootMaximum: 40 }, /of 55 MiB, 15 MiB more than .*SizeMaxBytes = "40M"/],
    // Its disks are whole GiB.
    [{ format: 'raw.tar.gz', rootMaximum: 40 }, /a disk of 1024 MiB has a root partition of 959 MiB, 919 MiB more/],
  ] as const)
    await assert.rejects(size(change), { code: 'disk/root-size', message });
});

test('errors name the wrong attribute', async (t) => {
  const folder = sampleStore(t);
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ partitionTableType: 'hybird' }, /'partitionTableType' must be "hybrid"/],
    [{ format: 'qed' }, /'format' must be "raw"/],
    [{ fsType: 'btrfs' }, /'fsType'/],
    [{ diskSize: '10 apples' }, /'diskSize'/],
    [{ contents: [{ source: '/x' }] }, /'target'/],
    [{ bootSize: 4 }, /'bootSize' must be at least 9 MiB/],
    [{ contents: [{ source: '/nix/store/motd', target: '/x', user: 'tarn' }] }, /'contents.user' must be "root" or a number/],
    [{ label: 'a label that is too long' }, /'label'/],
  ];
  for (const [change, message] of wrong) await assert.rejects(build(folder, change), { code: 'build/bad-attribute', message });
  await assert.rejects(build(folder, { bootSize: 9 }), { code: 'disk/boot-partition-too-small' });
});

test('an abort stops the writing', async (t) => {
  const folder = sampleStore(t);
  fillStore(folder, { '33333333333333333333333333333333-library/big': Buffer.alloc(150 * MiB, 1) });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('stop')), 30);
  await assert.rejects(build(folder, { diskSize: 1000 }, controller.signal), /stop/);
});

test('names a path that the image cannot contain', async (t) => {
  const folder = sampleStore(t);
  const put = (target: string) => build(folder, { contents: [{ source: '/nix/store/motd', target }] });
  await assert.rejects(put('/etc/../x'), { code: 'disk/bad-path', message: /"\/etc\/\.\.\/x"/ });
  await assert.rejects(put('/bin/x'), { code: 'disk/bad-path', message: /leads through "bin", which is a symlink/ });
  await assert.rejects(build(folder, { contents: [{ source: '/nix/store/gone', target: '/x' }] }), { code: 'io/no-such-file' });
});
