/** ISO 9660 volumes, which xorriso reads. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planFat } from '../../src/disk/fat/plan.ts';
import { decodePrimaryGpt } from '../../src/disk/gpt/partition-table.ts';
import type { GrubCd } from '../../src/disk/iso9660/grub-boot.ts';
import { planIso9660, type IsoOptions } from '../../src/disk/iso9660/plan.ts';
import { decodeMbr } from '../../src/disk/mbr/partition-table.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { compareTree, treeOf } from '../support/tree.ts';
import { constantSource, patternBytes, writeImage } from './images.ts';

const options: IsoOptions = { volumeId: 'nixos-minimal-13-x86_64', time: 1, seed: 'iso', systemId: 'LINUX', publisher: 'BOOTFLAKE' };

function bigTree(): DirectoryNode {
  const twice = file(patternBytes(5000, 1));
  return treeOf({
    empty: '',
    'version.txt': 'small\n',
    'boot/program': file(patternBytes(300_000, 2), 0o4755),
    'boot/exact': file(patternBytes(4096, 3)),
    'links/one': twice,
    'links/two': twice,
    'links/soft': symlink('../boot/./program'),
    'links/absolute': symlink('/nix/store'),
    'links/long': symlink(`/${'t'.repeat(300)}/${'u'.repeat(240)}/${'v/'.repeat(100)}w`),
    'ümlaut/日本 📀': 'x',
    'names/README.TXT': 'upper',
    'names/readme.txt': 'lower',
    'names/Readme.txt': 'both',
    [`names/${'a very long name '.repeat(8)}1`]: '1',
    [`names/${'a very long name '.repeat(8)}2`]: '2',
    [`names/${'n'.repeat(255)}`]: { ...file('255'), uid: 1000, gid: 70_000, mode: 0o640 },
    'names/.hidden': '.',
    many: directory(
      Array.from({ length: 500 }, (_, n): [string, FileNode] => [
        `${n * 7919}-${'x'.repeat(n % 90)}`,
        n % 2 ? file(`contents ${n}`) : directory(),
      ]),
    ),
    'deep/1/2/3/4/5/6/7/8/9/10': 'deep',
  });
}

test('xorriso extracts the same tree, and there are long names for Joliet', async (t) => {
  const folder = scratchFolder(t);
  const iso = join(folder, 'x.iso');
  const root = bigTree();
  writeImage(planIso9660(root, options), iso);
  await judge(t, 'xorriso', ['-osirrox', 'on', '-indev', iso, '-extract', '/', join(folder, 'out')]);
  compareTree(root, join(folder, 'out'));
  assert.match(await judge(t, 'xorriso', ['-indev', iso, '-pvd_info']), /Volume Id +: nixos-minimal-13-x86_64\n/);
  const joliet = await judge(t, 'xorriso', ['-read_fs', 'norock', '-indev', iso, '-find']);
  for (const path of ['names/README.TXT', 'names/readme.txt', 'ümlaut/日本 _', 'deep/1/2/3/4/5/6/7/8/9/10'])
    assert.ok(joliet.includes(`'./${path}'`), `${path}\n${joliet}`);
  assert.doesNotMatch(joliet, /soft/);
  const plain = await judge(t, 'xorriso', ['-read_fs', 'ecma119', '-ecma119_map', 'uppercase', '-indev', iso, '-find']);
  for (const path of [
    'NAMES/README.TXT',
    'NAMES/README_1.TXT',
    'NAMES/README_2.TXT',
    'LINKS/ONE',
    'NAMES/_HIDDEN',
    'DEEP/1/2/3/4/5/6/7/8/9/10',
  ])
    assert.ok(plain.includes(`'./${path}`), `${path}\n${plain}`);
});

test('a file of more than 4 GiB has several extents', async (t) => {
  const folder = scratchFolder(t);
  const iso = join(folder, 'x.iso');
  const size = 5 * 2 ** 30 + 1000;
  const source = { size, read: (target: Uint8Array, at: number) => void target.fill(at >= size - 2 ** 20 ? 7 : 0) };
  const plan = planIso9660(treeOf({ big: file(source), after: 'after' }), options);
  assert.ok(plan.size > size);
  writeImage(plan, iso);
  assert.match(await judge(t, 'xorriso', ['-indev', iso, '-lsl', '/big']), new RegExp(` ${size} `));
  await judge(t, 'xorriso', ['-osirrox', 'on', '-indev', iso, '-extract', '/after', join(folder, 'after')]);
  assert.equal(readFileSync(join(folder, 'after'), 'utf8'), 'after');
  const report = await judge(t, 'xorriso', ['-indev', iso, '-find', '/big', '-exec', 'report_lba', '--']);
  assert.equal(report.match(/File data lba/g)?.length, 2, report);
});

/** GRUB's files in name only: what they say of their place is looked at, not run. */
const grub: GrubCd = { cdboot: patternBytes(2048, 5), core: patternBytes(512 * 61, 6), hybrid: patternBytes(512, 7) };
const efiFiles = (): DirectoryNode => treeOf({ 'EFI/BOOT/BOOTX64.EFI': patternBytes(200_000, 8) });
const bootOptions = (hybrid: boolean): IsoOptions => ({
  ...options,
  boot: {
    catalogPath: 'boot/boot.cat',
    bios: { grub, path: 'boot/grub/eltorito.img' },
    efi: { path: 'boot/efi.img', image: planFat(efiFiles(), { size: 3 << 20, volumeId: 1, label: 'ESP', time: 1 }) },
    hybrid,
  },
});

test('El Torito: images for BIOS and UEFI, and a disk with a GPT that boots by either', async (t) => {
  const folder = scratchFolder(t);
  const iso = join(folder, 'x.iso');
  const plan = planIso9660(treeOf({ 'boot/grub/grub.cfg': '' }), bootOptions(true));
  writeImage(plan, iso);
  assert.equal(plan.size % 2 ** 20, 0);
  const toRun = await judge(t, 'xorriso', ['-indev', iso, '-report_el_torito', 'plain', '-report_system_area', 'plain']);
  const line = (pattern: RegExp): string[] => {
    assert.match(toRun, pattern);
    return pattern.exec(toRun)!.slice(1);
  };
  line(/El Torito catalog +: \d+ +1\n/);
  line(/El Torito cat path : \/boot\/boot\.cat\n/);
  const [biosSector] = line(/El Torito boot img : +1 +BIOS +y +none +0x0000 +0x00 +4 +(\d+)\n/);
  const [efiSector] = line(/El Torito boot img : +2 +UEFI +y +none +0x0000 +0x00 +6144 +(\d+)\n/);
  line(/El Torito img path : +1 +\/boot\/grub\/eltorito\.img\n/);
  line(/El Torito img opts : +1 +boot-info-table .*grub2-boot-info\n/);
  line(/El Torito img path : +2 +\/boot\/efi\.img\n/);
  line(/System area summary: .*grub2-mbr.*GPT\n/);
  await judge(t, 'sgdisk', ['-v', iso]);
  const bytes = readFileSync(iso);
  const gpt = decodePrimaryGpt(bytes.subarray(0, 34 * 512));
  assert.deepEqual(
    gpt.partitions.map(({ first, last }) => [first, last]),
    [[4 * Number(efiSector), 4 * Number(efiSector) + 6143]],
  );
  assert.deepEqual(decodeMbr(bytes), [{ active: false, type: 0xee, start: 1, length: plan.size / 512 - 1 }]);
  assert.equal(bytes.readBigUInt64LE(0x1b0), BigInt(4 * Number(biosSector) + 4));
  assert.equal(bytes.readBigUInt64LE(2048 * Number(biosSector) + 2548), BigInt(4 * Number(biosSector) + 5));
  const esp = join(folder, 'esp');
  writeFileSync(esp, bytes.subarray(2048 * Number(efiSector), 2048 * Number(efiSector) + (3 << 20)));
  await judge(t, 'fsck.fat', ['-n', esp]);
  await judge(t, 'mcopy', ['-n', '-i', esp, '::EFI/BOOT/BOOTX64.EFI', join(folder, 'program')]);
  assert.ok(readFileSync(join(folder, 'program')).equals(patternBytes(200_000, 8)));
});

test('an image for discs alone has an empty system area; one without boot files has no boot record', () => {
  const read = (of: IsoOptions): Buffer => {
    const plan = planIso9660(treeOf({ x: 'x' }), of);
    const bytes = Buffer.alloc(plan.size);
    for (const _ of plan.write({ size: plan.size, write: (offset, part) => void bytes.set(part, offset) }));
    return bytes;
  };
  const disc = read(bootOptions(false));
  assert.ok(disc.subarray(0, 16 * 2048).every((byte) => byte === 0));
  assert.ok(
    disc
      .subarray(17 * 2048)
      .toString('latin1', 0, 40)
      .includes('EL TORITO'),
  );
  const plain = read(options);
  assert.deepEqual([plain[16 * 2048], plain[17 * 2048], plain[18 * 2048]], [1, 2, 255]);
  assert.ok(read(bootOptions(true)).equals(read(bootOptions(true))));
});

test('what ISO 9660 cannot hold is an error with its path', () => {
  const folder = directory();
  for (const [root, message] of [
    [treeOf({ 'a/b': { ...file(constantSource(1, 1)), uid: -1 } }), /"\/a\/b": it belongs to the number -1/],
    [treeOf({ a: folder, b: folder }), /another name too/],
    [treeOf({ a: symlink('') }), /"\/a": its target is empty/],
  ] as const)
    assert.throws(() => planIso9660(root, options), message);
});
