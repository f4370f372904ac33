import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { placeBootImage, placeCoreImage } from '../../src/disk/grub/core-image.ts';
import { resolveModules, type GrubFolder } from '../../src/disk/grub/modules.ts';
import { makeBiosCore } from '../../src/disk/image/bios-core.ts';
import { partitionTableTypes, rootPartition } from '../../src/disk/image/layout.ts';
import { patternBytes } from './images.ts';

const TEXT = patternBytes(5000, 1);
const DATA = patternBytes(300, 2);

/** A kernel.img of code, data aligned to 32 and .bss, each section at its place in a 32-bit ELF file. */
function kernelImage(): Buffer {
  const sections: [type: number, flags: number, address: number, size: number, align: number, bytes: Buffer][] = [
    [0, 0, 0, 0, 0, Buffer.alloc(0)], [1, 6, 0x9000, TEXT.length, 1, TEXT], [1, 3, 0xa3a0, DATA.length, 32, DATA], [8, 3, 0xa4e0, 4000, 32, Buffer.alloc(0)],
  ];
  const header = Buffer.alloc(52);
  header.write('\x7fELF\x01\x01', 0, 'latin1');
  header.writeUInt16LE(40, 0x2e);
  header.writeUInt16LE(sections.length, 0x30);
  let offset = 52;
  const table = sections.map(([type, flags, address, size, align, bytes]) => {
    const b = Buffer.alloc(40);
    [0, type, flags, address, offset, size, 0, 0, align, 0].forEach((value, n) => b.writeUInt32LE(value, 4 * n));
    offset += bytes.length;
    return b;
  });
  header.writeUInt32LE(offset, 0x20);
  return Buffer.concat([header, ...sections.map(([, , , , , bytes]) => bytes), ...table]);
}

const folder: GrubFolder = {
  read(name) {
    if (name === 'kernel.img') return kernelImage();
    if (name === 'moddep.lst') return Buffer.from('normal: terminal extcmd\nextcmd:\nterminal: extcmd\nlinux: boot\n');
    if (name === 'diskboot.img') return Buffer.alloc(512, 0xdb);
    if (name === 'lzma_decompress.img') return Buffer.alloc(2848, 0x1d);
    return Buffer.from(`module ${name}`);
  },
};

test('each module stands behind what it needs, once', () => {
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
  const payload = execFileSync('/usr/bin/xz', ['--format=lzma', '-dc'], { input: Buffer.concat([header, core.subarray(2848, 2848 + packed)]) });
  assert.ok(payload.subarray(0, 5000).equals(TEXT));
  assert.ok(payload.subarray(5024, 5324).equals(DATA), 'data begins at the next multiple of 32');
  const area = payload.subarray(5324);
  assert.equal(area.toString('latin1', 0, 4), 'mimg');
  assert.equal(area.readUInt32LE(8), area.length);
  const text = area.toString('latin1');
  assert.ok(text.indexOf('module extcmd.mod') < text.indexOf('module normal.mod'));
  assert.match(text, /\(,gpt3\)\/boot\/grub\0/);
});

test('the images are told where they lie', () => {
  const core = placeCoreImage(makeBiosCore(folder, 'hybrid'), 34);
  assert.equal(core.readBigUInt64LE(500), 35n);
  assert.equal(core.readUInt16LE(508), core.length / 512 - 1);
  assert.equal(core.readUInt16LE(510), 0x820);
  const boot = placeBootImage(Buffer.alloc(512), 34);
  assert.equal(boot.readBigUInt64LE(0x5c), 34n);
  assert.equal(boot.readUInt16LE(0x66), 0x9090);
});

test('the root has its name in every kind of table', () => {
  const names = partitionTableTypes.filter((type) => type !== 'none').map((type) => `${type} ${rootPartition(type)}`);
  assert.deepEqual(names, ['hybrid gpt3', 'legacy+gpt gpt2', 'legacy msdos1', 'efi gpt2']);
});
