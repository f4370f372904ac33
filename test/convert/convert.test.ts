/** `bootflake convert`: images that qemu-img made, in every format, and those that are damaged or made to deceive. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { crc32c } from '../../src/disk/crc32c.ts';
import { convert, type Conversion, type Converted } from '../../src/convert/convert.ts';
import { dataExtents } from '../../src/system/data-extents.ts';
import { randomSeed } from '../../src/system/random-seed.ts';
import { vhdChecksum } from '../../src/disk/vhd/plan.ts';
import { patternBytes } from '../disk/images.ts';
import { judge, judgeStatus } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const [KiB, MiB] = [2 ** 10, 2 ** 20];
const report = { progress: () => {}, signal: new AbortController().signal };

function run(from: string, to: string, rest: Partial<Conversion> = {}, signal = report.signal): Promise<Converted> {
  return convert(
    {
      from,
      to,
      inputFormat: undefined,
      format: undefined,
      compress: false,
      options: [],
      force: false,
      seed: randomSeed(),
      cores: 2,
      ...rest,
    },
    { ...report, signal },
  );
}

const SIZE = 600 * MiB;

/** Data in several tables, zeros that are written, an odd end. */
function rawDisk(folder: string, size = SIZE): string {
  const path = join(folder, 'disk.raw');
  if (existsSync(path)) return path;
  const file = openSync(path, 'w');
  for (const [at, length] of [
    [0, 512],
    [3 * 65_536 - 5, 10],
    [2 * MiB - 7, 3 * MiB],
    [20 * MiB + 4096, 2048],
    [200 * MiB, 300_000],
    [size - 700, 700],
  ] as const)
    writeSync(file, patternBytes(length, at), 0, length, at);
  writeSync(file, Buffer.alloc(MiB), 0, MiB, 100 * MiB);
  ftruncateSync(file, size);
  closeSync(file);
  return path;
}

/** How qemu-img makes an image, and the disk's size where it is another. */
const made: [name: string, args: string[]][] = [
  ['v2.qcow2', ['-O', 'qcow2', '-o', 'compat=0.10']],
  ['v3.qcow2', ['-O', 'qcow2']],
  ['zlib.qcow2', ['-O', 'qcow2', '-c']],
  ['zstd.qcow2', ['-O', 'qcow2', '-c', '-o', 'compression_type=zstd']],
  ['subclusters.qcow2', ['-O', 'qcow2', '-o', 'extended_l2=on']],
  ['small-clusters.qcow2', ['-O', 'qcow2', '-o', 'cluster_size=512']],
  ['large-clusters.qcow2', ['-O', 'qcow2', '-c', '-o', 'cluster_size=2M']],
  ['full.qcow2', ['-O', 'qcow2', '-S', '0', '-o', 'preallocation=metadata']],
  ['sparse.vmdk', ['-O', 'vmdk']],
  ['stream.vmdk', ['-O', 'vmdk', '-o', 'subformat=streamOptimized']],
  ['zeroed.vmdk', ['-O', 'vmdk', '-o', 'zeroed_grain=on']],
  ['dynamic.vdi', ['-O', 'vdi']],
  ['static.vdi', ['-O', 'vdi', '-o', 'static=on']],
  ['dynamic.vhd', ['-O', 'vpc', '-o', 'force_size=on']],
  ['fixed.vhd', ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on']],
  ['dynamic.vhdx', ['-O', 'vhdx']],
  ['fixed.vhdx', ['-O', 'vhdx', '-o', 'subformat=fixed,block_size=2M']],
  ['copy.img', ['-O', 'raw']],
];

test("qemu-img's images of every kind are read, to the byte, and zeros are holes", async (t) => {
  const folder = scratchFolder(t);
  const raw = rawDisk(folder);
  for (const [name, args] of made) {
    const image = join(folder, name);
    await judge(t, 'qemu-img', ['convert', '-f', 'raw', ...args, raw, image]);
    const back = join(folder, `${name}.img`);
    const { diskSize } = await run(image, back);
    assert.equal(diskSize, SIZE, name);
    await judge(t, 'qemu-img', ['compare', '-f', 'raw', '-F', 'raw', back, raw]);
    assert.ok(statSync(back).blocks * 512 < 8 * MiB, name);
    // Once more, through new tables.
    const again = join(folder, `${name}.qcow2`);
    await run(image, again);
    await judge(t, 'qemu-img', ['check', '-q', again]);
    await judge(t, 'qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', again, raw]);
  }
});

test('each format that is written holds the same disk', async (t) => {
  const folder = scratchFolder(t);
  const raw = rawDisk(folder);
  const source = join(folder, 'source.qcow2');
  await judge(t, 'qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, source]);
  const targets: [name: string, qemu: string | undefined, rest: Partial<Conversion>, format: string][] = [
    ['a.qcow2', 'qcow2', {}, 'qcow2'],
    ['b.qcow2', 'qcow2', { compress: true }, 'qcow2-zlib'],
    ['c.qcow2', 'qcow2', { compress: true, options: ['compression_type=zstd'] }, 'qcow2-compressed'],
    ['d.qcow2', 'qcow2', { options: ['extended_l2=on'] }, 'qcow2-subclusters'],
    ['a.vmdk', 'vmdk', {}, 'vmdk'],
    ['b.vmdk', 'vmdk', { compress: true }, 'vmdk-stream'],
    ['c.vmdk', 'vmdk', { options: ['subformat=streamOptimized,seed=x'] }, 'vmdk-stream'],
    ['a.vdi', 'vdi', {}, 'vdi'],
    ['a.vhd', 'vpc', {}, 'vpc'],
    ['b.vhd', 'vpc', { options: ['subformat=fixed', 'force_size=on'] }, 'vpc-fixed'],
    ['a.vhdx', 'vhdx', {}, 'vhdx'],
    ['a.bin', 'qcow2', { format: 'qcow2' }, 'qcow2'],
    ['a.raw', 'raw', {}, 'raw'],
    ['a.ova', undefined, { options: ['memory=512,firmware=efi'] }, 'ova'],
    ['vzdump-qemu-a.vma', undefined, {}, 'vma'],
    ['vzdump-qemu-a.vma.zst', undefined, { options: ['time=7'] }, 'vma.zst'],
    ['a.tar.gz', undefined, {}, 'raw.tar.gz'],
    ['a.raw.gz', undefined, {}, 'raw.gz'],
    ['a.img.zst', undefined, {}, 'raw.zst'],
  ];
  for (const [name, qemu, rest, format] of targets) {
    const target = join(folder, name);
    assert.equal((await run(source, target, rest)).format, format, name);
    if (qemu !== undefined) {
      if (!['vpc', 'raw'].includes(qemu)) await judge(t, 'qemu-img', ['check', '-q', '-f', qemu, target]);
      await judge(t, 'qemu-img', ['compare', '-f', qemu, '-F', 'raw', target, raw]);
    }
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.new')),
    [],
  );
});

test('a raw disk becomes every table format, also where it is not of whole blocks', async (t) => {
  const folder = scratchFolder(t);
  const raw = rawDisk(folder, 33 * MiB + 512);
  truncateSync(raw, 33 * MiB + 512);
  for (const [name, qemu] of [
    ['a.qcow2', 'qcow2'],
    ['a.vmdk', 'vmdk'],
    ['a.vdi', 'vdi'],
    ['a.vhd', 'vpc'],
    ['a.vhdx', 'vhdx'],
  ] as const) {
    const target = join(folder, name);
    await run(raw, target);
    await judge(t, 'qemu-img', ['compare', '-f', qemu, '-F', 'raw', target, raw]);
    await run(target, `${target}.raw`);
    assert.ok(readFileSync(`${target}.raw`).equals(readFileSync(raw)), name);
  }
  const { added, diskSize } = await run(raw, join(folder, 'azure.vhd'), { options: ['subformat=fixed'] });
  assert.deepEqual([added, diskSize], [MiB - 512, 34 * MiB]);
  const google = await run(raw, join(folder, 'google.tar.gz'));
  assert.deepEqual([google.added, google.diskSize], [2 ** 30 - 33 * MiB - 512, 2 ** 30]);
});

test('the data of a sparse file are found by its holes, in many pieces, and at its ends', (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, "-a 'b");
  for (const pieces of [1, 3, 30, 700]) {
    const file = openSync(path, 'w');
    for (let n = 0; n < pieces; n++) writeSync(file, patternBytes(5000, n), 0, 5000, n * MiB);
    ftruncateSync(file, pieces * MiB);
    closeSync(file);
    const extents = dataExtents(path);
    assert.ok(extents, String(pieces));
    assert.equal(extents.length, pieces);
    extents.forEach(({ start, length }, n) => assert.ok(start <= n * MiB && start + length >= n * MiB + 5000));
  }
  writeFileSync(path, patternBytes(MiB, 1));
  assert.equal(dataExtents(path), undefined);
  // A file of holes only.
  truncateSync(path, 0);
  truncateSync(path, 10 * MiB);
  assert.deepEqual(dataExtents(path), []);
  // Without tar nothing is known.
  assert.equal(dataExtents(path, { PATH: folder }), undefined);
});

test('a raw disk of holes and of zeros is read alike, with tar and without', async (t) => {
  const folder = scratchFolder(t);
  const raw = rawDisk(folder);
  const whole = join(folder, 'whole.raw');
  execFileSync('cp', ['--sparse=never', raw, whole]);
  for (const name of ['a.qcow2', 'a.raw.gz', 'a.vdi', 'a.vhdx', 'a.raw.tar.gz']) {
    const options = ['seed=x'];
    await run(raw, join(folder, name), { options });
    await run(whole, join(folder, `whole-${name}`), { options });
    // Where a hole begins within a piece of 64 KiB is not what counts, but for the map of an archive.
    if (name !== 'a.raw.tar.gz') assert.ok(readFileSync(join(folder, name)).equals(readFileSync(join(folder, `whole-${name}`))), name);
  }
});

test('clusters of zeros, and subclusters, that qemu has written', async (t) => {
  const folder = scratchFolder(t);
  for (const options of ['cluster_size=64k', 'extended_l2=on,cluster_size=128k', 'compat=0.10']) {
    const image = join(folder, 'image.qcow2');
    await judge(t, 'qemu-img', ['create', '-q', '-f', 'qcow2', '-o', options, image, '50M']);
    const commands = [
      'write -P 1 0 300k',
      'write -z 64k 64k',
      'write -P 2 10000k 6k',
      'write -P 3 49m 1m',
      'write -z 49500k 3k',
      'discard 0 32k',
    ];
    const { status, output } = judgeStatus(t, 'qemu-io', [...commands.flatMap((command) => ['-c', command]), image]);
    assert.equal(status, 0, output);
    const back = join(folder, 'back.img');
    await run(image, back, { force: true });
    await judge(t, 'qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', image, back]);
  }
});

test('the same seed gives the same bytes, another one other numbers', async (t) => {
  const folder = scratchFolder(t);
  const raw = join(folder, 'a.raw');
  writeFileSync(raw, patternBytes(MiB, 1));
  const vdi = async (seed?: string): Promise<Buffer> => {
    await run(raw, join(folder, 'a.vdi'), { force: true, options: seed === undefined ? [] : [`seed=${seed}`] });
    return readFileSync(join(folder, 'a.vdi'));
  };
  assert.ok((await vdi('x')).equals(await vdi('x')));
  assert.ok(!(await vdi('x')).equals(await vdi('y')));
  // VirtualBox does not take two disks of one number.
  assert.ok(!(await vdi()).equals(await vdi()));
});

test('nothing is replaced, and nothing is left behind', async (t) => {
  const folder = scratchFolder(t);
  const raw = rawDisk(folder);
  const target = join(folder, 'a.qcow2');
  writeFileSync(target, 'kept');
  await assert.rejects(run(raw, target), { code: 'convert/exists', hint: /--force/ });
  assert.equal(readFileSync(target, 'utf8'), 'kept');
  symlinkSync('nowhere', join(folder, 'link.qcow2'));
  await assert.rejects(run(raw, join(folder, 'link.qcow2')), { code: 'convert/exists' });
  await assert.rejects(run(raw, raw, { format: 'raw', force: true }), { code: 'convert/same-file' });
  await assert.rejects(run(raw, folder, { format: 'raw', force: true }), { code: 'convert/no-file' });
  await assert.rejects(run(folder, target), { code: 'convert/no-file' });
  await assert.rejects(run(join(folder, 'none'), target), { code: 'convert/no-such-file' });
  const abort = new AbortController();
  abort.abort(new Error('stopped'));
  await assert.rejects(run(raw, join(folder, 'b.raw.gz'), {}, abort.signal), /stopped/);
  await run(raw, target, { force: true });
  await judge(t, 'qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', target, raw]);
  assert.deepEqual(readdirSync(folder).sort(), ['a.qcow2', 'disk.raw', 'link.qcow2']);
});

const refusedOptions: [to: string, rest: Partial<Conversion>, code: string, message: RegExp][] = [
  ['a', {}, 'convert/unknown-format', /says no format/],
  ['a.iso', { format: 'iso' }, 'convert/unknown-format', /no format 'iso'/],
  ['a.qcow2', { inputFormat: 'qed' }, 'convert/unknown-format', /no format 'qed' that could be read/],
  ['a.qcow2', { options: ['cluster_size=1M'] }, 'convert/bad-option', /no option 'cluster_size'/],
  ['a.qcow2', { options: ['extended_l2=on'], compress: true }, 'convert/bad-option', /--compress and -o extended_l2=on/],
  ['a.vdi', { compress: true }, 'convert/bad-option', /vdi is not compressed/],
  ['a.vhd', { options: ['subformat=differencing'] }, 'convert/bad-option', /subformat is 'differencing'/],
  ['a.vmdk', { options: ['constructor=1'] }, 'convert/bad-option', /no option 'constructor'/],
  ['a.ova', { options: ['memory=lots'] }, 'convert/bad-option', /^-o memory must be a whole number/],
  ['a.vma', {}, 'convert/bad-name', /vzdump-qemu-/],
  ['vzdump-qemu-a.vma.zst', { format: 'vma' }, 'convert/bad-name', /vzdump-qemu-SOMETHING\.vma$/],
  ['a"b.vmdk', {}, 'convert/bad-name', /quotation marks/],
];

test('what cannot be written is refused, with what can', async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'a.raw'), Buffer.alloc(4096));
  for (const [to, rest, code, message] of refusedOptions)
    await assert.rejects(run(join(folder, 'a.raw'), join(folder, to), rest), { code, message }, to);
  assert.deepEqual(readdirSync(folder), ['a.raw']);
});

/** Changes an image of qemu-img's before it is read. */
interface Hostile {
  what: string;
  name: string;
  args: string[];
  change(b: Buffer): Buffer | void;
  message: RegExp;
}

const qcow2 = (what: string, change: Hostile['change'], message: RegExp, args: string[] = []): Hostile => ({
  what,
  name: 'a.qcow2',
  args: ['-O', 'qcow2', ...args],
  change,
  message,
});
const l1 = (b: Buffer): number => Number(b.readBigUInt64BE(40));
const l2 = (b: Buffer, n = 0): number => Number(b.readBigUInt64BE(l1(b) + n * 8) & 0x00ff_ffff_ffff_fe00n);
/** The place of the compressed cluster 320. */
const packedAt = (b: Buffer): number => Number(b.readBigUInt64BE(l2(b) + 320 * 8) & (2n ** 54n - 1n));
const big = 2n ** 63n;
const vmdk = (what: string, change: Hostile['change'], message: RegExp, sub = 'monolithicSparse'): Hostile => ({
  what,
  name: 'a.vmdk',
  args: ['-O', 'vmdk', '-o', `subformat=${sub}`],
  change,
  message,
});
const directory = (b: Buffer): number => Number(b.readBigUInt64LE(56)) * 512;
const table = (b: Buffer): number => b.readUInt32LE(directory(b)) * 512;
const vdi = (what: string, change: Hostile['change'], message: RegExp): Hostile => ({
  what,
  name: 'a.vdi',
  args: ['-O', 'vdi'],
  change,
  message,
});
const vhd = (what: string, change: Hostile['change'], message: RegExp): Hostile => ({
  what,
  name: 'a.vhd',
  args: ['-O', 'vpc', '-o', 'force_size=on'],
  change,
  message,
});
/** Changes a field of a VHD's footer, and its sum. */
const footer =
  (change: (footer: Buffer) => void) =>
  (b: Buffer): void => {
    const f = b.subarray(b.length - 512);
    change(f);
    f.writeUInt32BE(0, 64);
    f.writeUInt32BE(vhdChecksum(f), 64);
  };
const vhdx = (what: string, change: Hostile['change'], message: RegExp): Hostile => ({
  what,
  name: 'a.vhdx',
  args: ['-O', 'vhdx'],
  change,
  message,
});
const sum = (b: Buffer): void => {
  b.writeUInt32LE(0, 4);
  b.writeUInt32LE(~crc32c(~0, b) >>> 0, 4);
};
const headers = (b: Buffer): Buffer[] => [b.subarray(65_536, 65_536 + 4096), b.subarray(131_072, 131_072 + 4096)];
const region = (b: Buffer, n: number): Buffer => b.subarray(196_608 + 16 + n * 32, 196_608 + 48 + n * 32);
const regionAt = (b: Buffer, first: number): number => {
  for (const n of [0, 1]) if (region(b, n).readUInt32LE(0) === first) return Number(region(b, n).readBigUInt64LE(16));
  throw new Error('no such region');
};
const [TABLE, METADATA] = [0x2dc27766, 0x8b7ca206];
/** The place of an item of metadata, by the beginning of its GUID. */
const item = (b: Buffer, first: number): number => {
  const at = regionAt(b, METADATA);
  for (let n = 0; n < 10; n++) if (b.readUInt32LE(at + 32 + n * 32) === first) return at + b.readUInt32LE(at + 32 + n * 32 + 16);
  throw new Error('no such item');
};

const hostile: Hostile[] = [
  qcow2('cut short', (b) => b.subarray(0, b.length - 65_536 * 3), /but the file has/),
  qcow2('cut within its header', (b) => b.subarray(0, 60), /version is 0|but the file has/),
  qcow2('of version 9', (b) => void b.writeUInt32BE(9, 4), /version is 9/),
  qcow2('with clusters of 2^40', (b) => void b.writeUInt32BE(40, 20), /cluster_bits is 40/),
  qcow2('with clusters of one byte', (b) => void b.writeUInt32BE(0, 20), /cluster_bits is 0/),
  qcow2('of 2^63 bytes', (b) => void b.writeBigUInt64BE(big, 24), /size is 9223372036854775808/),
  qcow2('of 2^50 bytes with a small table', (b) => void b.writeBigUInt64BE(2n ** 50n, 24), /l1_size is 2, too few/),
  qcow2('with a table of 2^32 entries', (b) => void b.writeUInt32BE(0xffffffff, 36), /l1_size is 4294967295/),
  qcow2('with a table at 2^63', (b) => void b.writeBigUInt64BE(big, 40), /l1_table_offset is 9223372036854775808/),
  qcow2('with a table behind the end', (b) => void b.writeBigUInt64BE(2n ** 40n, 40), /L1 table should be at byte 1099511627776/),
  qcow2(
    'with one L2 table for all',
    (b) => void b.writeBigUInt64BE(b.readBigUInt64BE(l1(b)), l1(b) + 8),
    /L2 table 1 is at \d+, where another one is/,
  ),
  qcow2('with an L2 table within a cluster', (b) => void b.writeBigUInt64BE(0x200n, l1(b)), /which is within a cluster/),
  qcow2(
    'whose L2 table is its L1 table',
    (b) => void b.writeBigUInt64BE(BigInt(l1(b)), l1(b)),
    /has a table of its own|reserved|within a cluster/,
  ),
  qcow2(
    'with two clusters at one place',
    (b) => void b.copyWithin(l2(b) + 32 * 8, l2(b) + 33 * 8, l2(b) + 34 * 8),
    /are at the same place of the file/,
  ),
  qcow2('with a cluster behind the end', (b) => void b.writeBigUInt64BE(2n ** 50n, l2(b)), /data of byte 0 of the disk should be at byte/),
  qcow2('that is encrypted', (b) => void b.writeUInt32BE(2, 32), /encrypted/),
  qcow2('that is corrupt', (b) => void b.writeBigUInt64BE(2n, 72), /marked as corrupt/),
  qcow2('with its data elsewhere', (b) => void b.writeBigUInt64BE(4n, 72), /data are in another file/),
  qcow2('with unknown features', (b) => void b.writeBigUInt64BE(1n << 40n, 72), /unknown bits: 0x10000000000/),
  qcow2('with subclusters in clusters of 64 KiB that say otherwise', (b) => void b.writeBigUInt64BE(16n, 72), /.+/),
  qcow2(
    'over another file',
    (b) => {
      const name = '../../etc/passwd\x1b[2J';
      b.write(name, 512, 'latin1');
      b.writeBigUInt64BE(512n, 8);
      b.writeUInt32BE(name.length, 16);
    },
    /differs from another, "\.\.\/\.\.\/etc\/passwd\\u001b\[2J"/,
  ),
  qcow2(
    'with a compressed cluster that is none',
    (b) => void b.fill(0xff, packedAt(b), packedAt(b) + 200),
    /compressed cluster of byte 20971520 of the disk cannot be unpacked/,
    ['-c'],
  ),
  qcow2(
    'with a compressed zstd cluster that is none',
    (b) => void b.fill(0xff, packedAt(b) + 8, packedAt(b) + 200),
    /compressed cluster of byte 20971520 of the disk cannot be unpacked/,
    ['-c', '-o', 'compression_type=zstd'],
  ),
  qcow2(
    'with compressed clusters at one place',
    (b) => void b.copyWithin(l2(b) + 320 * 8, l2(b) + 321 * 8, l2(b) + 322 * 8),
    /are at the same place/,
    ['-c'],
  ),
  vmdk('cut short', (b) => b.subarray(0, b.length - 100_000), /but the file has/),
  vmdk('of 2^63 sectors', (b) => void b.writeBigUInt64LE(big, 12), /size is \d+, which no file or disk has/),
  vmdk('with grains of 2^40 bytes', (b) => void b.writeBigUInt64LE(2n ** 31n, 20), /grains' size is 1099511627776/),
  vmdk('with grains of no bytes', (b) => void b.writeBigUInt64LE(0n, 20), /grains' size is 0/),
  vmdk('with tables of no entries', (b) => void b.writeUInt32LE(0, 44), /numGTEsPerGT is 0/),
  vmdk('with its directory behind the end', (b) => void b.writeBigUInt64LE(2n ** 40n, 56), /directory of tables should be at byte/),
  vmdk(
    'with one table for all',
    (b) => void b.writeUInt32LE(b.readUInt32LE(directory(b)), directory(b) + 4),
    /table 1 is at \d+, where another one is/,
  ),
  vmdk('with overlapping grains', (b) => void b.writeUInt32LE(b.readUInt32LE(table(b) + 4 * 33) + 1, table(b) + 4 * 32), /same place/),
  vmdk(
    'with a parent',
    (b) => void b.write(b.toString('latin1').replace('parentCID=ffffffff', 'parentCID=12345678'), 'latin1'),
    /differs from another/,
  ),
  vmdk(
    'of several files',
    (b) => void b.write(b.toString('latin1').replace('monolithicSparse', 'twoGbMaxExtentSp'), 'latin1'),
    /kind "twoGbMaxExtentSp"/,
  ),
  vmdk('packed, cut short', (b) => b.subarray(0, b.length - 512), /.+/, 'streamOptimized'),
  vmdk('packed by another algorithm', (b) => void b.writeUInt16LE(7, 77), /compressAlgorithm is 7/, 'streamOptimized'),
  vmdk(
    'packed, with a grain elsewhere',
    (b) => void b.writeBigUInt64LE(77n, b.readUInt32LE(table(b)) * 512),
    /says that it is that of 77/,
    'streamOptimized',
  ),
  vmdk(
    'packed, with a grain of 2^32 bytes',
    (b) => void b.writeUInt32LE(0xffffffff, b.readUInt32LE(table(b)) * 512 + 8),
    /4294967295 bytes packed/,
    'streamOptimized',
  ),
  vmdk(
    'packed, with a grain of noise',
    (b) => void b.fill(0x55, b.readUInt32LE(table(b)) * 512 + 12, b.readUInt32LE(table(b)) * 512 + 40),
    /cannot be unpacked/,
    'streamOptimized',
  ),
  vdi('cut short', (b) => b.subarray(0, b.length - MiB), /but the file has/),
  vdi('of 2^63 bytes', (b) => void b.writeBigUInt64LE(big, 0x170), /which no file or disk has/),
  vdi('of 2^50 bytes', (b) => void b.writeBigUInt64LE(2n ** 50n, 0x170), /blocks is \d+, not \d+ at least/),
  vdi('with blocks of three bytes', (b) => void b.writeUInt32LE(3, 0x178), /blockSize is 3/),
  vdi('that depends on another', (b) => void b.writeUInt32LE(4, 0x4c), /kind is 4/),
  vdi('with its map behind the end', (b) => void b.writeUInt32LE(0xfffffe00, 0x154), /map of blocks should be at byte/),
  vdi('with two blocks at one place', (b) => void b.writeUInt32LE(b.readUInt32LE(512 + 8), 512), /same place/),
  vhd('cut short', (b) => b.subarray(0, b.length - 512), /does not end with the footer/),
  vhd('with a wrong sum', (b) => void b.writeUInt32BE(1, b.length - 512 + 64), /the sum is 1/),
  vhd(
    'of 2^63 bytes',
    footer((f) => void f.writeBigUInt64BE(big, 48)),
    /which no file or disk has/,
  ),
  vhd(
    'of 2^45 bytes',
    footer((f) => void f.writeBigUInt64BE(2n ** 45n, 48)),
    /the table has \d+ entries/,
  ),
  vhd(
    'that depends on another',
    footer((f) => void f.writeUInt32BE(4, 60)),
    /kind of disk is 4/,
  ),
  vhd(
    'with its header behind the end',
    footer((f) => void f.writeBigUInt64BE(2n ** 40n, 16)),
    /header should be at byte/,
  ),
  vhd(
    'that is fixed and larger than its file',
    footer((f) => {
      f.writeUInt32BE(2, 60);
      f.writeBigUInt64BE(2n ** 40n, 48);
    }),
    /has \d+ bytes before its footer/,
  ),
  vhd('with two blocks at one place', (b) => void b.writeUInt32BE(b.readUInt32BE(1536 + 4), 1536), /same place/),
  vhdx('cut short', (b) => b.subarray(0, b.length - 4 * MiB), /but the file has/),
  vhdx(
    'without a whole header',
    (b) => void headers(b).forEach((header) => header.fill(0, 200, 300).writeUInt32LE(1, 4)),
    /neither header is whole/,
  ),
  vhdx(
    'that was not closed',
    (b) =>
      headers(b).forEach((header) => {
        header.fill(1, 48, 64);
        sum(header);
      }),
    /log \(version 0\) has writes/,
  ),
  vhdx('with a parent', (b) => void b.writeUInt32LE(2, item(b, 0xcaa16737) + 4), /differs from another/),
  vhdx('with blocks of 3 bytes', (b) => void b.writeUInt32LE(3, item(b, 0xcaa16737)), /blocks' size is 3/),
  vhdx('of 2^63 bytes', (b) => void b.writeBigUInt64LE(big, item(b, 0x2fa54224)), /which no file or disk has/),
  vhdx('of 2^50 bytes', (b) => void b.writeBigUInt64LE(2n ** 50n, item(b, 0x2fa54224)), /the table has \d+ bytes/),
  vhdx('with sectors of 7 bytes', (b) => void b.writeUInt32LE(7, item(b, 0x8141bf1d)), /sectors' size is 7/),
  vhdx('with metadata of 65535 items', (b) => void b.writeUInt16LE(0xffff, regionAt(b, METADATA) + 10), /has 65535 entries/),
  vhdx('with a block of a parent', (b) => void b.writeUInt8((b[regionAt(b, TABLE)]! & ~7) | 7, regionAt(b, TABLE)), /state 7/),
  vhdx(
    'with two blocks at one place',
    (b) => void b.copyWithin(regionAt(b, TABLE), regionAt(b, TABLE) + 8, regionAt(b, TABLE) + 16),
    /same place/,
  ),
];

test('damaged and hostile images end with an error that says where', { timeout: 120_000 }, async (t) => {
  const folder = scratchFolder(t);
  const raw = join(folder, 'small.raw');
  const file = openSync(raw, 'w');
  // Two of qcow2's tables, two blocks of VHDX, noise that does not get smaller.
  for (const at of [0, 2 * MiB, 9 * MiB]) writeSync(file, noise(MiB), 0, MiB, at);
  writeSync(file, patternBytes(MiB, 1), 0, MiB, 20 * MiB);
  writeSync(file, noise(MiB), 0, MiB, 599 * MiB);
  ftruncateSync(file, SIZE);
  closeSync(file);
  const cache = new Map<string, Buffer>();
  for (const { what, name, args, change, message } of hostile) {
    const key = args.join(' ');
    const image = join(folder, name);
    if (!cache.has(key)) {
      await judge(t, 'qemu-img', ['convert', '-f', 'raw', ...args, raw, image]);
      cache.set(key, readFileSync(image));
    }
    const changed = Buffer.from(cache.get(key)!);
    writeFileSync(image, change(changed) ?? changed);
    const target = join(folder, 'target.img');
    await assert.rejects(
      run(image, target),
      { code: 'convert/bad-image', message: new RegExp(`^'[^']*${name}'.*(?:${message.source})`) },
      `${name} ${what}`,
    );
    assert.ok(!existsSync(target), what);
  }
});

let state = 1;
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let n = 0; n < length; n++) bytes[n] = (state = (state * 48_271) % 0x7fffffff) >> 9;
  return bytes;
}

test('a disk of far more zeros than memory, and one that is too large for its format', async (t) => {
  const folder = scratchFolder(t);
  const image = join(folder, 'large.qcow2');
  await judge(t, 'qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=2M', image, '4T']);
  const { status, output } = judgeStatus(t, 'qemu-io', ['-c', 'write -P 5 3T 64k', image]);
  assert.equal(status, 0, output);
  for (const name of ['a.qcow2', 'a.vdi', 'a.vhdx', 'a.raw', 'a.tar.gz']) {
    const { fileSize, takes } = await run(image, join(folder, name));
    assert.ok(takes < 150 * MiB, `${name}: ${takes} of ${fileSize}`);
    // qemu-img would read all zeros of a VHDX.
    if (!/[.](gz|vhdx)$/.test(name)) await judge(t, 'qemu-img', ['compare', image, join(folder, name)]);
  }
  for (const name of ['a.vmdk', 'a.vhd'])
    await assert.rejects(run(image, join(folder, name)), { code: 'convert/too-large', message: /has 4398046511104 bytes/ });
  await judge(t, 'qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=2M', image, '1P']);
  for (const name of ['b.vdi', 'b.vhdx', 'b.ova', 'b.raw.gz', 'vzdump-qemu-b.vma'])
    await assert.rejects(run(image, join(folder, name)), { code: 'convert/too-large' }, name);
});

test('a VMDK that names other files does not make them read', async (t) => {
  const folder = scratchFolder(t);
  for (const name of ['../../etc/passwd', '/etc/passwd', 'x\x1b]0;y\x07']) {
    const image = join(folder, 'a.vmdk');
    writeFileSync(
      image,
      `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 8 FLAT "${name}" 0\n`,
    );
    await assert.rejects(run(image, join(folder, 'b.raw')), (error: Error) => {
      assert.match(error.message, /kind "monolithicFlat", with its data in "/);
      assert.doesNotMatch(error.message, /[\x00-\x1f]/);
      return true;
    });
  }
});

test('packed files and archives are named as what they are', async (t) => {
  const folder = scratchFolder(t);
  const image = join(folder, 'a');
  for (const [magic, message] of [
    ['\x1f\x8b', /packed by gzip/],
    ['PK\x03\x04', /zip archive/],
    ['', /it is empty/],
  ] as const) {
    writeFileSync(image, magic === '' ? '' : Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.alloc(2048)]));
    await assert.rejects(run(image, join(folder, 'b.qcow2')), { code: 'convert/bad-image', message });
  }
  copyFileSync(image, join(folder, 'c.raw'));
  writeFileSync(join(folder, 'c.raw'), Buffer.concat([Buffer.from('\x1f\x8b', 'latin1'), Buffer.alloc(2048)]));
  await run(join(folder, 'c.raw'), join(folder, 'c.qcow2'), { inputFormat: 'raw' });
});

test("the command says what it made, and takes qemu-img's short options", async (t: TestContext) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'a.raw'), patternBytes(300 * KiB, 1));
  const { status, output } = judgeStatus(t, 'env', [
    '-C',
    folder,
    process.execPath,
    join(process.cwd(), 'dist/bootflake.js'),
    ...'convert -c -f raw -O qcow2 -o compression_type=zstd a.raw a.qcow2'.split(' '),
  ]);
  assert.equal(status, 0, output);
  assert.match(output, /raw to qcow2-compressed: a disk of 300\.0 KiB in /);
  execFileSync('qemu-img', ['compare', '-F', 'raw', join(folder, 'a.qcow2'), join(folder, 'a.raw')]);
});
