import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { placeBootImage, placeCoreImage } from '../../src/disk/grub/core-image.ts';
import { resolveModules, type GrubFolder } from '../../src/disk/grub/modules.ts';
import { makeBiosCore } from '../../src/disk/image/bios-core.ts';
import { partitionTableTypes, rootPartition } from '../../src/disk/image/layout.ts';
import { makeEfiImage } from '../../src/disk/grub/efi-image.ts';
import { efiKernel, elf32 } from './grub-files.ts';
import { patternBytes } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const TEXT = patternBytes(5000, 1);
const DATA = patternBytes(300, 2);

/** A kernel.img of code, data aligned to 32 and .bss, each section at its address. */
const kernelImage = (): Buffer =>
  elf32([
    { type: 1, flags: 6, address: 0x9000, align: 1, bytes: TEXT },
    { type: 1, flags: 3, address: 0xa3a0, align: 32, bytes: DATA },
    { type: 8, flags: 3, address: 0xa4e0, align: 32, bytes: Buffer.alloc(0), size: 4000 },
  ]);

const folder: GrubFolder = {
  read(name) {
    if (name === 'kernel.img') return kernelImage();
    if (name === 'moddep.lst') return Buffer.from('normal: terminal extcmd\nextcmd:\nterminal: extcmd\nlinux: boot\n');
    if (name === 'diskboot.img') return Buffer.alloc(512, 0xdb);
    if (name === 'lzma_decompress.img') return Buffer.alloc(2848, 0x1d);
    return Buffer.from(`module ${name}`);
  },
};

test('places each module once, after its dependencies', () => {
  assert.deepEqual(resolveModules(folder, ['normal', 'linux', 'terminal']), ['extcmd', 'terminal', 'normal', 'boot', 'linux']);
});

test('the core image unpacks to the kernel and its modules', (t) => {
  if (!existsSync('/usr/bin/xz')) return t.skip('xz is not on this machine');
  const image = makeBiosCore(folder, 'hybrid');
  assert.equal(image.length % 512, 0);
  const core = image.subarray(512);
  const [packed, unpacked] = [core.readUInt32LE(8), core.readUInt32LE(12)];
  const header = Buffer.alloc(13);
  header.writeUInt8(0x5d, 0);
  header.writeUInt32LE(1 << 16, 1);
  header.writeBigUInt64LE(BigInt(unpacked), 5);
  const payload = execFileSync('/usr/bin/xz', ['--format=lzma', '-dc'], {
    input: Buffer.concat([header, core.subarray(2848, 2848 + packed)]),
  });
  assert.ok(payload.subarray(0, 5000).equals(TEXT));
  assert.ok(payload.subarray(5024, 5324).equals(DATA), 'data begins at the next multiple of 32');
  const area = payload.subarray(5324);
  assert.equal(area.toString('latin1', 0, 4), 'mimg');
  assert.equal(area.readUInt32LE(8), area.length);
  const text = area.toString('latin1');
  assert.ok(text.indexOf('module extcmd.mod') < text.indexOf('module normal.mod'));
  assert.match(text, /\(,gpt3\)\/boot\/grub\0/);
});

test('patches its location on the disk into each image', () => {
  const core = placeCoreImage(makeBiosCore(folder, 'hybrid'), 34);
  assert.equal(core.readBigUInt64LE(500), 35n);
  assert.equal(core.readUInt16LE(508), core.length / 512 - 1);
  assert.equal(core.readUInt16LE(510), 0x820);
  const boot = placeBootImage(Buffer.alloc(512), 34);
  assert.equal(boot.readBigUInt64LE(0x5c), 34n);
  assert.equal(boot.readUInt16LE(0x66), 0x9090);
});

test('names the root partition of every kind of partition table', () => {
  const names = partitionTableTypes.filter((type) => type !== 'none').map((type) => `${type} ${rootPartition(type)}`);
  assert.deepEqual(names, ['hybrid gpt3', 'legacy+gpt gpt2', 'legacy msdos1', 'legacy+boot msdos2', 'efi gpt2', 'efixbootldr gpt3']);
});

test('links the UEFI program with relocations and its modules in a section', () => {
  const image = makeEfiImage(
    { read: (name) => (name === 'kernel.img' ? efiKernel() : folder.read(name)) },
    { modules: ['normal'], prefix: '(,gpt1)/grub', config: '' },
  );
  const at = image.indexOf('PE\0\0');
  assert.equal(image.readUInt32LE(at + 24 + 16), 0x1010, 'entry');
  assert.equal(image.readBigUInt64LE(0x1000 + 24), 0x200cn, 'address of the variable and 4');
  assert.equal(image.readInt32LE(0x1000 + 40), 0x2008 - 4 - (0x1000 + 40), 'distance to it');
  const mods = image.indexOf('mods\0');
  const area = image.readUInt32LE(mods + 12);
  assert.equal(image.toString('latin1', area, area + 4), 'mimg');
  assert.match(image.toString('latin1', area, area + 0x1000), /module extcmd[^]*module normal[^]*\(,gpt1\)\/grub\0/);
  const relocations = image.readUInt32LE(image.indexOf('.reloc\0') + 12);
  assert.deepEqual(
    [image.readUInt32LE(relocations), image.readUInt16LE(relocations + 8), image.readUInt16LE(relocations + 10)],
    [0x1000, 0xa018, 0],
  );
});

// GRUB's own packer, where it is installed, makes the same file from GRUB's own parts.
test('makes the same UEFI program as grub-mkimage', (t) => {
  // Debian's grub-common and grub-efi-amd64-bin, installed or unpacked elsewhere.
  const usr = process.env.BOOTFLAKE_TEST_GRUB ?? '/usr';
  const source = join(usr, 'lib/grub/x86_64-efi');
  if (!existsSync(join(usr, 'bin/grub-mkimage')) || !existsSync(source))
    return t.skip('grub-mkimage and GRUB for UEFI are not on this machine');
  const modules = ['part_gpt', 'fat', 'ext2', 'normal', 'linux', 'configfile', 'search_fs_uuid'];
  const theirs = join(scratchFolder(t), 'grub.efi');
  execFileSync(join(usr, 'bin/grub-mkimage'), ['-d', source, '-O', 'x86_64-efi', '-p', '(,gpt1)/grub', '-o', theirs, ...modules]);
  const ours = makeEfiImage({ read: (name) => readFileSync(join(source, name)) }, { modules, prefix: '(,gpt1)/grub', config: '' });
  // Except for the message that the program prints under DOS.
  assert.ok(ours.subarray(0x80).equals(readFileSync(theirs).subarray(0x80)));
});
