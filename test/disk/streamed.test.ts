/** Formats whose size is known at the end: compressed ones, and what hosts import. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'node:test';
import { readContainer } from '../../src/builders/image/container.ts';
import { ImageFile } from '../../src/builders/image/image-file.ts';
import { writeStreamed } from '../../src/builders/image/write-streamed.ts';
import type { BlockPlan } from '../../src/disk/block-plan.ts';
import type { StreamedFormat } from '../../src/disk/image-format.ts';
import { bytesSegment, segmentPlan } from '../../src/disk/segments.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { patternBytes, writeImage } from './images.ts';
import { readVma } from './read-vma.ts';

const [KiB, MiB, GiB] = [2 ** 10, 2 ** 20, 2 ** 30];

/** Pieces inside a cluster, across the ends of clusters, grains, tables and parts, zeros that are written, the very end. */
function disk(size = 3 * GiB): BlockPlan {
  const at: [number, number][] = [
    [0, 512],
    [4096, 100],
    [64 * KiB - 7, 14],
    [MiB - 300, 2 * MiB + 600],
    [32 * MiB - 70_000, 140_000],
    [100 * MiB, 9 * MiB],
    [2 * GiB + 77, 200_000],
    [size - 512, 512],
  ];
  const random = Buffer.alloc(200_000);
  for (let n = 0, seed = 1; n < random.length; n++) random[n] = (seed = (seed * 48_271) % 0x7fffffff) >> 7;
  return segmentPlan(size, [
    ...at.map(([start, length], n) => bytesSegment(start, patternBytes(length, n))),
    bytesSegment(200 * MiB, Buffer.alloc(300_000)),
    bytesSegment(300 * MiB + 5, random),
  ]);
}

const report = { id: 'x', activity: 'x', progress: () => {}, signal: new AbortController().signal };

async function write(path: string, format: StreamedFormat, container: Record<string, unknown> = {}, plan = disk()): Promise<void> {
  const file = new ImageFile(path, 0);
  const options = readContainer({ container }, { format, baseName: 'machine', seed: 'streamed' });
  try {
    await writeStreamed({ format, disk: plan, file, options, cores: 2 }, report);
  } finally {
    file.close();
  }
}

function rawDisk(folder: string, plan = disk()): string {
  const path = join(folder, 'disk.raw');
  writeImage(plan, path);
  return path;
}

for (const [format, qemu, check] of [
  ['qcow2-compressed', 'qcow2', true],
  ['qcow2-zlib', 'qcow2', true],
  ['vmdk-stream', 'vmdk', true],
] as const) {
  test(`${format}: qemu-img finds the raw image's bytes, and no fault`, async (t) => {
    const folder = scratchFolder(t);
    const file = join(folder, `disk.${qemu}`);
    await write(file, format);
    if (check) await judge(t, 'qemu-img', ['check', '-f', qemu, file]);
    await judge(t, 'qemu-img', ['compare', '-f', qemu, '-F', 'raw', file, rawDisk(folder)]);
    const info = JSON.parse(await judge(t, 'qemu-img', ['info', '--output=json', '-f', qemu, file])) as Record<string, unknown>;
    assert.equal(info['virtual-size'], 3 * GiB);
    const data = (info['format-specific'] as { data: Record<string, unknown> }).data;
    assert.equal(
      data['compression-type'] ?? data['create-type'],
      { 'qcow2-compressed': 'zstd', 'qcow2-zlib': 'zlib', 'vmdk-stream': 'streamOptimized' }[format],
    );
    assert.ok(statSync(file).size < 2 * MiB, String(statSync(file).size));
  });
}

test('an empty disk, and one that ends within a block, in every format', async (t) => {
  const folder = scratchFolder(t);
  for (const format of ['qcow2-compressed', 'qcow2-zlib', 'vmdk-stream'] as const) {
    for (const [name, plan] of [
      ['empty', segmentPlan(MiB, [])],
      ['odd', segmentPlan(MiB + 512, [bytesSegment(MiB, patternBytes(512, 1))])],
    ] as const) {
      const file = join(folder, `${name}.${format}`);
      await write(file, format, {}, plan);
      const raw = `${file}.raw`;
      writeImage(plan, raw);
      const qemu = format.replace(/-.*/, '');
      await judge(t, 'qemu-img', ['compare', '-f', qemu, '-F', 'raw', file, raw]);
    }
  }
});

for (const [format, program] of [
  ['raw.gz', 'gzip'],
  ['raw.zst', 'zstd'],
  ['raw.xz', 'xz'],
] as const) {
  test(`${format}: ${program} tests and unpacks it`, async (t) => {
    const folder = scratchFolder(t);
    const plan = smallDisk;
    const file = join(folder, `disk.${format}`);
    await write(file, format, {}, plan());
    await judge(t, program, ['-t', file]);
    const unpacked = execFileSync(program, ['-dc', file], { maxBuffer: 64 * MiB });
    assert.ok(unpacked.equals(readFileSync(rawDisk(folder, plan()))));
  });
}

/** With parts of zeros only, and a last part that is not whole. */
function smallDisk(): BlockPlan {
  return segmentPlan(21 * MiB + 512, [
    bytesSegment(100, patternBytes(3 * MiB, 1)),
    bytesSegment(17 * MiB - 9, patternBytes(70_000, 2)),
    bytesSegment(21 * MiB, patternBytes(512, 3)),
  ]);
}

test("raw.tar.gz: GNU tar extracts Google's disk.raw with its holes", async (t) => {
  const folder = scratchFolder(t);
  const plans = { large: disk(), whole: smallDisk(), empty: segmentPlan(MiB, []), scattered: scattered() };
  for (const [name, plan] of Object.entries(plans)) {
    const place = join(folder, name);
    mkdirSync(place);
    await write(join(place, 'a.tar.gz'), 'raw.tar.gz', {}, plan);
    const listing = await judge(t, 'tar', ['-tvzf', join(place, 'a.tar.gz')]);
    assert.match(listing, new RegExp(`^-rw-r--r-- root/root +${plan.size} 1970-01-01 00:00 disk\\.raw\n$`));
    await judge(t, 'tar', ['-xSzf', join(place, 'a.tar.gz'), '-C', place]);
    const raw = rawDisk(scratchFolder(t), plan);
    await judge(t, 'qemu-img', ['compare', '-f', 'raw', '-F', 'raw', join(place, 'disk.raw'), raw]);
    if (name === 'large') {
      assert.ok(statSync(join(place, 'a.tar.gz')).size < 2 * MiB);
      assert.ok(statSync(join(place, 'disk.raw')).blocks * 512 < 20 * MiB);
    }
  }
});

/** More pieces than the header and two blocks of the map hold. */
function scattered(): BlockPlan {
  return segmentPlan(
    100 * MiB,
    Array.from({ length: 60 }, (_, n) => bytesSegment(n * MiB + 1000 * n, patternBytes(5000, n))),
  );
}

test('vma: a reader of its specification finds the disk, its configuration and its sums', async (t) => {
  const folder = scratchFolder(t);
  const container = {
    config: 'cores: 3\n#qmdump#map:scsi0:drive-scsi0:local:raw:\n',
    device: 'drive-scsi0',
    uuid: '00112233-4455-6677-8899-AABBCCDDEEFF',
    time: 1_700_000_000,
  };
  const plan = (): BlockPlan => smallDisk();
  await write(join(folder, 'a.vma'), 'vma', container, plan());
  await write(join(folder, 'a.vma.zst'), 'vma.zst', container, plan());
  const file = readFileSync(join(folder, 'a.vma'));
  assert.ok(execFileSync('zstd', ['-dc', join(folder, 'a.vma.zst')], { maxBuffer: 64 * MiB }).equals(file));
  const vma = readVma(file);
  assert.equal(vma.uuid, '00112233445566778899aabbccddeeff');
  assert.equal(vma.ctime, 1_700_000_000);
  assert.deepEqual(
    [...vma.configs].map(([name, text]) => [name, text.toString()]),
    [['qemu-server.conf', container.config]],
  );
  assert.deepEqual([...vma.devices], [[1, { name: 'drive-scsi0', size: 21 * MiB + 512 }]]);
  const whole = Buffer.concat(Array.from(vma.clusters.get(1)!.keys(), (n) => vma.clusters.get(1)!.get(n) ?? Buffer.alloc(65536)));
  const raw = readFileSync(rawDisk(folder, plan()));
  assert.ok(whole.subarray(0, raw.length).equals(raw));
  // Zeros take no room.
  assert.ok(file.length < 4 * MiB, String(file.length));
});

test('vma: without a configuration it has one that names the disk', async (t) => {
  const file = join(scratchFolder(t), 'a.vma');
  await write(file, 'vma', {}, smallDisk());
  const config = readVma(readFileSync(file)).configs.get('qemu-server.conf')!.toString();
  assert.match(config, /^virtio0: /m);
  assert.match(config, /^#qmdump#map:virtio0:drive-virtio0:/m);
});

for (const hardware of ['virtualbox', 'vmware']) {
  for (const firmware of ['bios', 'efi']) {
    test(`ova: ${hardware}, ${firmware}: the descriptor first, true hashes, a disk that qemu-img reads`, async (t) => {
      const folder = scratchFolder(t);
      const container = { name: 'A & "B" <C>', description: 'two\nlines', memory: 3072, cpus: 4, firmware, hardware };
      await write(join(folder, 'machine.ova'), 'ova', container);
      const members = (await judge(t, 'tar', ['-tf', join(folder, 'machine.ova')])).trim().split('\n');
      assert.deepEqual(members, ['machine.ovf', 'machine.mf', 'machine-disk1.vmdk']);
      await judge(t, 'tar', ['-xf', join(folder, 'machine.ova'), '-C', folder]);
      const manifest = readFileSync(join(folder, 'machine.mf'), 'utf8');
      const expected = ['machine.ovf', 'machine-disk1.vmdk'].map(
        (name) =>
          `SHA256(${name})= ${createHash('sha256')
            .update(readFileSync(join(folder, name)))
            .digest('hex')}\n`,
      );
      assert.equal(manifest, expected.join(''));
      await judge(t, 'qemu-img', ['check', '-f', 'vmdk', join(folder, 'machine-disk1.vmdk')]);
      await judge(t, 'qemu-img', ['compare', '-f', 'vmdk', '-F', 'raw', join(folder, 'machine-disk1.vmdk'), rawDisk(folder)]);
      const text = readFileSync(join(folder, 'machine.ovf'), 'utf8');
      assert.match(text, new RegExp(`ovf:size="${statSync(join(folder, 'machine-disk1.vmdk')).size}"`));
      assert.match(text, new RegExp(`ovf:capacity="${3 * GiB}"`));
      assert.match(text, /<Name>A &#38; &#34;B&#34; &#60;C&#62;<\/Name>/);
      assert.equal(/EFI|"efi"/.test(text), firmware === 'efi');
      // Elements of hardware are in the schema's order, which is the alphabet's.
      for (const [, item = ''] of text.matchAll(/<Item>(.*?)<\/Item>/gs)) {
        const names = [...item.matchAll(/<rasd:(\w+)>/g)].map(([, name]) => name);
        assert.deepEqual(names, [...names].sort());
      }
      if (existsSync('/usr/bin/xmllint')) await judge(t, 'xmllint', ['--noout', join(folder, 'machine.ovf')]);
    });
  }
}

test('the same disk and options give the same bytes', async (t) => {
  const folder = scratchFolder(t);
  for (const format of ['ova', 'vma.zst', 'raw.tar.gz', 'vmdk-stream', 'raw.gz', 'qcow2-zlib'] as const) {
    await write(join(folder, `1.${format}`), format, {}, smallDisk());
    await write(join(folder, `2.${format}`), format, {}, smallDisk());
    assert.ok(readFileSync(join(folder, `1.${format}`)).equals(readFileSync(join(folder, `2.${format}`))), format);
  }
});

test('a gzip of zeros is small, and its length and sum are those of the whole', async (t) => {
  const file = join(scratchFolder(t), 'a.gz');
  await write(file, 'raw.gz', {}, segmentPlan(100 * MiB + 7, [bytesSegment(50 * MiB, Buffer.from('x'))]));
  assert.ok(statSync(file).size < 200_000);
  const bytes = gunzipSync(readFileSync(file));
  assert.equal(bytes.length, 100 * MiB + 7);
  assert.equal(bytes[50 * MiB], 0x78);
});

const refused: [StreamedFormat, Record<string, unknown>, RegExp][] = [
  ['ova', { memory: 0 }, /'container\.memory' must be a whole number from 1 to/],
  ['ova', { memory: 1.5 }, /container\.memory/],
  ['ova', { cpus: '2' }, /container\.cpus/],
  ['ova', { firmware: 'uefi' }, /'container\.firmware' must be "bios" or "efi", but it is "uefi"/],
  ['ova', { hardware: 'xen' }, /container\.hardware/],
  ['ova', { name: 'a\x07b' }, /container\.name/],
  ['ova', { osType: 1 }, /container\.osType/],
  ['ova', { config: '' }, /'container\.config' must be left out in the format ova, which has name, /],
  ['vma', { config: 'x'.repeat(70_000) }, /container\.config/],
  ['vma', { device: 'virtio0' }, /'container\.device' must be "drive-"/],
  ['vma.zst', { uuid: 'x' }, /'container\.uuid' must be a UUID/],
  ['vma.zst', { time: -1 }, /container\.time/],
  ['raw.gz', { name: 'x' }, /'container\.name' must be left out in the format raw\.gz/],
];

test('options of containers are checked', () => {
  for (const [format, container, message] of refused)
    assert.throws(() => readContainer({ container }, { format, baseName: 'x', seed: '' }), { code: 'build/bad-attribute', message });
});
