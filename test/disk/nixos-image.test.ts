/** builtin:disk-image with the layout of NixOS: every partition table, checked by the tools for each format. */
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { diskImage } from '../../src/builders/disk-image.ts';
import { judge } from '../support/judge.ts';
import { biosGrubFiles, efiGrubFiles } from './grub-files.ts';
import { builderContext, fillStore } from '../support/builder-context.ts';
import { patternBytes } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const MiB = 2 ** 20;
const path = (digit: string, name: string): string => `/nix/store/${digit.repeat(32)}-${name}`;
const system = path('2', 'nixos-system');
const kernel = path('3', 'linux-6.1');
const initrd = path('4', 'initrd-linux');
const variant = path('5', 'nixos-variant');
const closure = [system, kernel, initrd, variant].sort();

const grubDefaults = {
  kind: 'grub',
  distroName: 'NixOS',
  bootloaderId: 'NixOS-boot',
  bios: null,
  biosCore: null,
  efi: null,
  removable: false,
  users: [],
  timeout: 5,
  timeoutStyle: 'menu',
  default: '0',
  extraConfig: 'serial --unit=0',
  extraPerEntryConfig: '',
  extraEntries: 'menuentry "Other" { chainloader @bootRoot@/other }',
  extraEntriesBeforeNixOS: false,
  extraFiles: {},
  entryOptions: '--class nixos --unrestricted',
  subEntryOptions: '--class nixos',
  copyKernels: false,
  fsIdentifier: 'uuid',
  font: null,
  splashImage: null,
  splashMode: 'stretch',
  backgroundColor: null,
  theme: null,
  gfxmode: { bios: '1024x768', efi: 'auto' },
  gfxpayload: { bios: 'text', efi: 'keep' },
};
const bios = { ...grubDefaults, bios: path('6', 'grub') };
const both = { ...bios, efi: path('7', 'grub-efi') };
const systemdBoot = {
  kind: 'systemd-boot',
  distroName: 'NixOS',
  systemd: path('8', 'systemd'),
  timeout: '5',
  editor: false,
  consoleMode: 'keep',
  sortKey: 'nixos',
  entries: {},
  files: {},
  xbootldr: false,
};

function sampleStore(t: TestContext): string {
  const folder = scratchFolder(t);
  const inside = (prefix: string, files: Record<string, string | Uint8Array>): Record<string, string | Uint8Array> =>
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${prefix.slice('/nix/store/'.length)}/${name}`, bytes]));
  fillStore(folder, {
    ...inside(system, {
      init: '#!/bin/sh\n',
      'kernel-params': 'console=ttyS0 loglevel=4',
      'nixos-version': '23.05.test',
      'configuration-name': '',
      data: patternBytes(3 * MiB, 1),
      'specialisation/.keep': '',
    }),
    ...inside(variant, { init: '#!/bin/sh\n', 'kernel-params': 'quiet', 'nixos-version': '23.05.test', 'configuration-name': '' }),
    ...inside(kernel, { bzImage: patternBytes(2 * MiB, 2), 'lib/modules/6.1.1/modules.dep': '' }),
    ...inside(initrd, { initrd: patternBytes(MiB, 3) }),
    ...inside(bios.bios, biosGrubFiles('lib/grub/i386-pc')),
    ...inside(both.efi, efiGrubFiles('lib/grub/x86_64-efi')),
    ...inside(systemdBoot.systemd, { 'lib/systemd/boot/efi/systemd-bootx64.efi': patternBytes(90000, 4) }),
    ...inside(path('9', 'files'), { 'one.conf': 'one\n', 'two.conf': 'two\n', '.hidden.conf': 'no\n', other: 'no\n' }),
    'configuration.nix': '{ }\n',
  });
  const store = (name: string): string => join(folder, 'store', name.slice('/nix/store/'.length));
  for (const of of [system, variant]) {
    symlinkSync(`${kernel}/bzImage`, join(store(of), 'kernel'));
    symlinkSync(`${initrd}/initrd`, join(store(of), 'initrd'));
  }
  symlinkSync(variant, join(store(system), 'specialisation/quiet'));
  return folder;
}

const ROOT_UUID = 'f222513b-ded1-49fa-b591-20ce86a2fe7f';
const attrs = {
  layout: 'nixos',
  toplevel: system,
  format: 'raw',
  diskSize: 400,
  bootSize: '256M',
  label: 'nixos',
  additionalPaths: [],
  configFile: '/nix/store/configuration.nix',
  contents: [
    { source: `${path('9', 'files')}/*.conf`, target: '/etc/conf', mode: '600', user: 1000, group: 100 },
    { source: path('9', 'files'), target: '/srv/files', user: 0, group: 0 },
  ],
  uuids: { root: ROOT_UUID, hashSeed: ROOT_UUID, partitions: [null, null, ROOT_UUID] },
};

async function build(folder: string, change: Record<string, unknown>): Promise<Buffer> {
  const log: string[] = [];
  const context = builderContext({ folder, attrs: { ...attrs, ...change }, closure, log });
  const out = join(folder, `out-${Object.values(change)[0]}`);
  await diskImage.run({ ...context, outputFiles: { out } });
  return readFileSync(join(out, 'nixos.img'));
}

async function cut(t: TestContext, folder: string, disk: Buffer, from: number, to: number, name: string): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, disk.subarray(from, to));
  await judge(t, name.endsWith('.ext4') ? 'e2fsck' : 'fsck.fat', name.endsWith('.ext4') ? ['-fn', file] : ['-n', file]);
  return file;
}

const listing = async (t: TestContext, file: string): Promise<string> => judge(t, 'mdir', ['-i', file, '-/', '-b', '::']);
const inFat = async (t: TestContext, file: string, name: string): Promise<string> => judge(t, 'mtype', ['-i', file, `::${name}`]);
const inRoot = async (t: TestContext, root: string, command: string): Promise<string> => judge(t, 'debugfs', ['-R', command, root]);

async function checkRoot(t: TestContext, root: string): Promise<void> {
  assert.match(await inRoot(t, root, `stat ${system}/data`), /Links: 1/);
  assert.match(await inRoot(t, root, 'stat /etc/NIXOS'), /Type: regular/);
  assert.match(await inRoot(t, root, 'cat /etc/nixos/configuration.nix'), /\{ \}/);
  assert.match(await inRoot(t, root, 'stat /nix/store'), /Mode: +01775[^]*Group: +30000/);
  assert.match(await inRoot(t, root, 'stat /etc/conf/one.conf'), /Mode: +0600[^]*User: +1000 +Group: +100\b/);
  assert.doesNotMatch(await inRoot(t, root, 'ls /etc/conf'), /hidden|other/);
  assert.match(await inRoot(t, root, 'stat /srv/files/.hidden.conf'), /Type: regular/);
  assert.match(await inRoot(t, root, 'stat /nix/var/nix/profiles/system-1-link'), /2{32}-nixos-system/);
  assert.match(await inRoot(t, root, 'cat /nix/var/nix/db/schema'), /^10(debugfs.*)?\n?$/);
  assert.match(await judge(t, 'dumpe2fs', ['-h', root]), new RegExp(`UUID: +${ROOT_UUID}[^]*Hash Seed: +${ROOT_UUID}`));
}

test('legacy: GRUB reads its menu and the kernel from the root partition', async (t) => {
  const folder = sampleStore(t);
  const disk = await build(folder, { partitionTableType: 'legacy', bootLoader: bios });
  const root = await cut(t, folder, disk, MiB, disk.length, 'root.ext4');
  await checkRoot(t, root);
  const menu = await inRoot(t, root, 'cat /boot/grub/grub.cfg');
  assert.match(menu, new RegExp(`search --set=drive1 --fs-uuid ${ROOT_UUID}`));
  assert.match(
    menu,
    /menuentry "NixOS - Default" --class nixos --unrestricted \{[^}]*linux \(\$drive2\)\/nix\/store\/3{32}-linux-6.1\/bzImage init=\/nix\/store\/2{32}-nixos-system\/init console=ttyS0 loglevel=4\n {2}initrd \(\$drive2\)\/nix\/store\/4{32}-initrd-linux\/initrd\n/,
  );
  assert.match(menu, /menuentry "NixOS - \(quiet - 1970-01-01 - 23.05.test\)"[^}]*init=\/nix\/store\/5{32}-nixos-variant\/init quiet/);
  assert.match(menu, /submenu "NixOS - All configurations"[^]*menuentry "NixOS - Configuration 1 \(1970-01-01 - 23.05.test\)"/);
  assert.match(menu, /chainloader \(\$drive1\)\/boot\/other/);
  assert.match(await inRoot(t, root, 'ls /boot/grub/i386-pc'), /normal\.mod/);
});

test('legacy+gpt and none: the root partition starts where nixpkgs puts it', async (t) => {
  const folder = sampleStore(t);
  const gpt = await build(folder, { partitionTableType: 'legacy+gpt', bootLoader: bios });
  writeFileSync(join(folder, 'disk.img'), gpt);
  assert.match(await judge(t, 'sgdisk', ['-v', join(folder, 'disk.img')]), /No problems found/);
  await checkRoot(t, await cut(t, folder, gpt, 2 * MiB, gpt.length - MiB, 'root.ext4'));
  const bare = await build(folder, { partitionTableType: 'none' });
  await checkRoot(t, await cut(t, folder, bare, 0, bare.length, 'bare.ext4'));
});

test('hybrid: the EFI system partition is /boot, under BIOS and UEFI', async (t) => {
  const folder = sampleStore(t);
  const disk = await build(folder, { partitionTableType: 'hybrid', bootLoader: both });
  writeFileSync(join(folder, 'disk.img'), disk);
  assert.match(await judge(t, 'sgdisk', ['-v', join(folder, 'disk.img')]), /No problems found/);
  assert.match(await judge(t, 'sgdisk', ['-i', '3', join(folder, 'disk.img')]), new RegExp(`unique GUID: ${ROOT_UUID}`, 'i'));
  const root = await cut(t, folder, disk, 256 * MiB, disk.length - MiB, 'root.ext4');
  await checkRoot(t, root);
  assert.doesNotMatch(await inRoot(t, root, 'ls /boot'), /grub/);
  const esp = await cut(t, folder, disk, 8 * MiB, 256 * MiB, 'esp.fat');
  const names = await listing(t, esp);
  for (const name of [
    'grub/grub.cfg',
    'grub/i386-pc/normal.mod',
    'grub/x86_64-efi/normal.mod',
    'EFI/BOOT/BOOTX64.EFI',
    'EFI/NixOS-boot/grubx64.efi',
    `kernels/${'3'.repeat(32)}-linux-6.1-bzImage`,
  ])
    assert.ok(names.includes(`::/${name}`), `${name} in\n${names}`);
  const menu = await inFat(t, esp, '/grub/grub.cfg');
  const id = /search --set=drive1 --fs-uuid ([0-9A-F]{4}-[0-9A-F]{4})\n/.exec(menu)?.[1];
  assert.match(await judge(t, 'mdir', ['-i', esp, '::']), new RegExp(`Volume Serial Number is ${id}`));
  assert.match(menu, /linux \(\$drive1\)\/kernels\/3{32}-linux-6.1-bzImage init=/);
  // GRUB looks for its menu on that partition under both firmwares.
  assert.ok(disk.subarray(8 * MiB, 256 * MiB).includes('(,gpt1)/grub\0'));
});

test('efi: systemd-boot has loader.conf, the entry and the files that it names', async (t) => {
  const folder = sampleStore(t);
  const disk = await build(folder, {
    partitionTableType: 'efi',
    bootLoader: {
      ...systemdBoot,
      entries: { 'other.conf': 'title Other\n' },
      files: { 'EFI/other/x.efi': '/nix/store/configuration.nix' },
    },
  });
  writeFileSync(join(folder, 'disk.img'), disk);
  assert.match(await judge(t, 'sgdisk', ['-v', join(folder, 'disk.img')]), /No problems found/);
  await checkRoot(t, await cut(t, folder, disk, 256 * MiB, disk.length - MiB, 'root.ext4'));
  const esp = await cut(t, folder, disk, 8 * MiB, 256 * MiB, 'esp.fat');
  assert.equal(await inFat(t, esp, '/loader/loader.conf'), 'timeout 5\ndefault nixos-generation-1.conf\neditor 0\nconsole-mode keep\n');
  const entry = await inFat(t, esp, '/loader/entries/nixos-generation-1.conf');
  assert.equal(
    entry,
    'title NixOS\nsort-key nixos\nversion Generation 1 NixOS 23.05.test, Linux Kernel 6.1.1, built on 1970-01-01\n' +
      `linux /EFI/nixos/${'3'.repeat(32)}-linux-6.1-bzImage.efi\n` +
      `initrd /EFI/nixos/${'4'.repeat(32)}-initrd-linux-initrd.efi\n` +
      `options init=${system}/init console=ttyS0 loglevel=4\n`,
  );
  assert.match(await inFat(t, esp, '/loader/entries/nixos-generation-1-specialisation-quiet.conf'), /^title NixOS \(quiet\)$/m);
  const names = await listing(t, esp);
  for (const name of [
    /linux (\S+)/.exec(entry)![1]!,
    '/EFI/BOOT/BOOTX64.EFI',
    '/EFI/systemd/systemd-bootx64.efi',
    '/EFI/other/x.efi',
    '/loader/entries/other.conf',
  ])
    assert.ok(names.includes(`::${name}`), `${name} in\n${names}`);
});

test('efixbootldr and legacy+boot: kernels are on a partition of their own', async (t) => {
  const folder = sampleStore(t);
  const disk = await build(folder, { partitionTableType: 'efixbootldr', bootLoader: { ...systemdBoot, xbootldr: true } });
  writeFileSync(join(folder, 'disk.img'), disk);
  assert.match(await judge(t, 'sgdisk', ['-v', join(folder, 'disk.img')]), /No problems found/);
  assert.match(await judge(t, 'sgdisk', ['-p', join(folder, 'disk.img')]), /EF00 +ESP[^]*EA00 +BOOT[^]*8300 +ROOT/);
  const esp = await listing(t, await cut(t, folder, disk, 8 * MiB, 100 * MiB, 'esp.fat'));
  const boot = await listing(t, await cut(t, folder, disk, 100 * MiB, 256 * MiB, 'boot.fat'));
  assert.ok(esp.includes('::/loader/loader.conf') && !esp.includes('nixos-generation-1.conf'), esp);
  assert.ok(boot.includes('::/loader/entries/nixos-generation-1.conf') && !boot.includes('loader.conf'), boot);
  const legacy = await build(folder, { partitionTableType: 'legacy+boot', bootLoader: bios });
  const fat = await cut(t, folder, legacy, MiB, 256 * MiB, 'legacy.fat');
  assert.match(await inFat(t, fat, '/grub/grub.cfg'), /linux \(\$drive1\)\/kernels\//);
  await checkRoot(t, await cut(t, folder, legacy, 256 * MiB, legacy.length, 'legacy.ext4'));
});

test('onlyNixStore: contains the store paths and nothing else', async (t) => {
  const folder = sampleStore(t);
  const disk = await build(folder, { partitionTableType: 'none', onlyStore: true, label: 'nix-store' });
  const root = await cut(t, folder, disk, 0, disk.length, 'store.ext4');
  assert.deepEqual(
    (await inRoot(t, root, 'ls /')).match(/[0-9a-z]{32}-\S+/g),
    closure.map((name) => name.slice('/nix/store/'.length)),
  );
});

test('refuses a duplicate target and a pattern without matches', async (t) => {
  const folder = sampleStore(t);
  const fails = async (contents: unknown[], code: string): Promise<void> =>
    assert.rejects(
      build(folder, { partitionTableType: 'none', contents }),
      (error) => error instanceof BootflakeError && error.code === code,
    );
  const source = path('9', 'files');
  await fails(
    [
      { source, target: '/a' },
      { source, target: '/a' },
    ],
    'disk/duplicate-content',
  );
  await fails([{ source: `${source}/*.none`, target: '/a' }], 'disk/no-match');
});
