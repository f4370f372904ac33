import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { extentBytes } from '../../src/disk/block-plan.ts';
import type { Ext4Options } from '../../src/disk/ext4/layout.ts';
import { Ext4TooSmall, planExt4, type Ext4Plan } from '../../src/disk/ext4/plan.ts';
import { decodeSuperblock } from '../../src/disk/ext4/superblock.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { constantSource, patternBytes, uuid, writeImage } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const MiB = 2 ** 20;
const options: Ext4Options = { uuid: uuid(7), hashSeed: uuid(9), label: 'nixos', time: 1 };

async function check(t: TestContext, plan: Ext4Plan): Promise<string> {
  const image = join(scratchFolder(t), 'root.ext4');
  writeImage(plan, image);
  await judge(t, 'e2fsck', ['-fn', image]);
  return image;
}

function manyEntries(count: number): DirectoryNode {
  const shared = file('one file of many names');
  return directory(Array.from({ length: count }, (_, n): [string, FileNode] => [`entry-with-a-rather-long-name-${n}`, shared]));
}

function sampleTree(): DirectoryNode {
  const linked = file(patternBytes(10_000, 3), 0o555);
  return directory([
    ['empty', file('')],
    ['small', file('hello\n')],
    ['block', file(patternBytes(4096, 1))],
    ['odd', file(patternBytes(123_457, 2), 0o600)],
    ['first-name', linked],
    ['second', directory([['name', linked]], 0o700)],
    ['short-link', symlink('small')],
    ['link-59', symlink('x'.repeat(59))],
    ['link-60', symlink('y'.repeat(60))],
    ['link-4000', symlink('z/'.repeat(2000))],
    ['tmp', directory([], 0o1777)],
    ['Főtanúsítvány', file('ünï')],
    ['many', manyEntries(600)],
    ['setuid', { ...file('x', 0o4755), uid: 70_000, gid: 70_001 }],
  ]);
}

test('e2fsck finds no fault in an empty file system of any size', async (t) => {
  for (const size of [8 * MiB, 100 * MiB, 127 * MiB, 129 * MiB, 2048 * MiB, 5000 * MiB])
    await check(t, planExt4(directory(), { ...options, size }));
});

test('a tree reads back unchanged', async (t) => {
  const tree = sampleTree();
  const image = await check(t, planExt4(tree, { ...options, size: 64 * MiB }));
  const out = scratchFolder(t);
  await judge(t, 'debugfs', ['-R', `rdump / ${out}`, image]);
  compare(tree, out);
  const linked = await judge(t, 'debugfs', ['-R', 'stat /second/name', image]);
  assert.match(linked, /Links: 2/);
  assert.match(linked, /mtime: 0x00000001/);
  assert.match(await judge(t, 'debugfs', ['-R', 'stat /setuid', image]), /Mode: {2}04755[^]*User: 70000[^]*Group: 70001/);
});

function compare(expected: FileNode, path: string): void {
  const stats = lstatSync(path);
  if (expected.type === 'symlink') return assert.equal(readlinkSync(path), expected.target);
  if (expected.type === 'regular') {
    const bytes = Buffer.alloc(expected.contents.size);
    expected.contents.read(bytes, 0);
    assert.ok(readFileSync(path).equals(bytes), path);
    return;
  }
  assert.ok(stats.isDirectory());
  assert.deepEqual(
    readdirSync(path)
      .filter((name) => name !== 'lost+found')
      .sort(),
    [...expected.entries.keys()].sort(),
  );
  for (const [name, child] of expected.entries) compare(child, join(path, name));
}

test('a directory of sixty thousand names has a two-level index that finds all of them', async (t) => {
  const image = await check(t, planExt4(directory([['d', manyEntries(60_000)]]), { ...options, size: 64 * MiB }));
  await judge(t, 'debugfs', ['-R', 'htree_dump /d', image]);
  assert.match(await judge(t, 'debugfs', ['-R', 'htree_dump /d', image]), /Indirect levels: 1/);
});

test('a file that crosses many groups has an extent tree', async (t) => {
  const tree = directory([
    ['big', file(constantSource(1500 * MiB, 0))],
    ['after', file(patternBytes(5000, 5))],
  ]);
  const image = await check(t, planExt4(tree, { ...options, size: 2048 * MiB }));
  assert.match(await judge(t, 'debugfs', ['-R', 'stat /big', image]), /EXTENTS:\n\(ETB0\):/);
});

test('the default size is the smallest that fits, plus the requested free space', async (t) => {
  const plan = planExt4(sampleTree(), options);
  assert.equal(plan.size, plan.minimumSize);
  await check(t, plan);
  const roomy = planExt4(sampleTree(), { ...options, additionalSpace: 100 * MiB });
  const image = await check(t, roomy);
  const { freeBlocks, label } = decodeSuperblock(readFileSync(image).subarray(1024, 2048));
  assert.equal(label, 'nixos');
  assert.ok(freeBlocks * 4096 >= 100 * MiB && freeBlocks * 4096 < 110 * MiB, `${freeBlocks} blocks free`);
});

test('refuses too small a size and gives the sufficient one', async (t) => {
  const tree = directory([['big', file(constantSource(100 * MiB, 1))]]);
  assert.throws(
    () => planExt4(tree, { ...options, size: 90 * MiB }),
    (error: unknown) => {
      assert.ok(error instanceof Ext4TooSmall);
      assert.ok(error.minimumSize > 100 * MiB && error.minimumSize < 125 * MiB, `${error.minimumSize / MiB} MiB`);
      return true;
    },
  );
  const { minimumSize } = planExt4(tree, { ...options, size: 200 * MiB });
  await check(t, planExt4(tree, { ...options, size: minimumSize }));
});

test('writing a hundred gigabytes takes no longer than writing one', async (t) => {
  const small = planExt4(sampleTree(), { ...options, size: 1024 * MiB });
  const large = planExt4(sampleTree(), { ...options, size: 100 * 1024 * MiB });
  assert.ok(extentBytes(large.extents) < extentBytes(small.extents) + 2 * MiB);
  await check(t, large);
});

test('resize2fs grows the file system without moving a block', async (t) => {
  const image = await check(t, planExt4(sampleTree(), { ...options, size: 512 * MiB }));
  truncateSync(image, 40 * 1024 * MiB);
  await judge(t, 'resize2fs', [image]);
  await judge(t, 'e2fsck', ['-fn', image]);
  assert.match(await judge(t, 'dumpe2fs', ['-h', image]), /Block count: +10485760/);
});

test('the same input produces the same bytes', (t) => {
  const hash = (name: string): string => {
    const path = join(scratchFolder(t), name);
    writeImage(planExt4(sampleTree(), { ...options, size: 64 * MiB }), path);
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  };
  assert.equal(hash('a'), hash('b'));
});

test('creates the requested number of inodes', async (t) => {
  const image = await check(t, planExt4(directory(), { ...options, size: 64 * MiB, inodes: 30_000 }));
  assert.ok(decodeSuperblock(readFileSync(image).subarray(1024, 2048)).inodes >= 30_000);
});
