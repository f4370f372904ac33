/** EROFS file systems, which fsck.erofs checks and extracts. */
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planErofs, type ErofsOptions } from '../../src/disk/erofs/plan.ts';
import type { SpecialFile } from '../../src/disk/squashfs/inode-list.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { compareTree, treeOf } from '../support/tree.ts';
import { patternBytes, uuid, writeImage } from './images.ts';

const options: ErofsOptions = { uuid: uuid(7), label: 'store', time: 1 };

function bigTree(): DirectoryNode {
  const twice = file(patternBytes(5000, 1));
  const sizes = [0, 1, 100, 4031, 4032, 4033, 4064, 4065, 4095, 4096, 4097, 8191, 8192, 12_287, 300_000, 1 << 20];
  return treeOf({
    ...Object.fromEntries(sizes.map((size) => [`sizes/${size}`, file(patternBytes(size, size))])),
    'bin/program': file(patternBytes(300_000, 2), 0o4755),
    'links/one': twice,
    'links/two': twice,
    'links/soft': symlink('../bin/program'),
    'links/long': symlink(`/${'t'.repeat(3000)}`),
    'ümlaut/日本': 'x',
    'empty folder': directory(),
    many: directory(
      Array.from({ length: 3000 }, (_, n): [string, FileNode] => [
        `file-${n * 7919}-${'x'.repeat(n % 60)}`,
        n % 3 === 0 ? file(`contents ${n}`) : n % 3 === 1 ? symlink(`${n}`) : directory(),
      ]),
    ),
    [`names/${'n'.repeat(255)}`]: { ...file('255'), uid: 1000, gid: 70_000, mode: 0o640 },
    'deep/1/2/3/4/5/6/7/8/9/10': { ...file('deep'), uid: 3, gid: 4 },
  });
}

test('fsck.erofs finds no fault, and extracts the same tree', async (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'x.erofs');
  const root = bigTree();
  const plan = planErofs(root, options);
  writeImage(plan, path);
  const out = join(folder, 'out');
  await judge(t, 'fsck.erofs', ['--preserve', `--extract=${out}`, path]);
  // fsck.erofs changes the owner after the mode, which takes away the setuid bit, and dump.erofs does not show it.
  compareTree(root, out, { modes: 0o1777, folderTimes: false });
  const inode = async (name: string): Promise<string> =>
    /NID: (\d+) +Links: 2/.exec(await judge(t, 'dump.erofs', [`--path=/${name}`, path]))?.[1] ?? name;
  assert.equal(await inode('links/one'), await inode('links/two'));
  const info = await judge(t, 'dump.erofs', ['-s', path]);
  assert.match(info, /Filesystem UUID: +07070707-0707-0707-0707-070707070707/);
  assert.match(info, new RegExp(`Filesystem blocks: +${plan.size / 4096}\\s`));
  assert.match(info, /Filesystem created: +Thu Jan +1 00:00:01 1970/);
});

test('small files share blocks with their inodes', () => {
  const files = Array.from({ length: 1000 }, (_, n): [string, FileNode] => [`${n}`, file(patternBytes((n * 37) % 4000, n))]);
  const bytes = files.reduce((sum, [, node]) => sum + (node.type === 'regular' ? node.contents.size : 0), 0);
  const { size } = planErofs(directory(files), options);
  assert.ok(size < bytes * 1.2, `${size} ${bytes}`);
});

test('devices, and what EROFS cannot hold', async (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'x.erofs');
  const special = (type: SpecialFile['type'], major = 0, minor = 0): SpecialFile => ({ type, mode: 0o600, uid: 0, gid: 0, major, minor });
  const specials = new Map([
    ['dev/null', special('character', 1, 3)],
    ['dev/sda', special('block', 8, 300)],
    ['dev/pipe', special('fifo')],
    ['dev/log', special('socket')],
  ]);
  writeImage(planErofs(treeOf({ dev: directory() }), { ...options, specials }), path);
  await judge(t, 'fsck.erofs', [path]);
  const out = join(folder, 'out');
  await judge(t, 'fsck.erofs', [`--extract=${out}`, path]);
  assert.deepEqual(readdirSync(join(out, 'dev')).sort(), ['log', 'null', 'pipe', 'sda']);
  assert.ok(statSync(join(out, 'dev/null')).isCharacterDevice());
  const shared = directory();
  assert.throws(() => planErofs(treeOf({ a: shared, b: shared }), options), /another name too/);
  assert.throws(() => planErofs(treeOf({ a: symlink('') }), options), /its target is empty/);
});
