/**
 * Names, symlinks and hard links at the limits of ext4: e2fsck accepts everything that is written, and errors name the path of the rest.
 */
import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import type { Ext4Options } from '../../src/disk/ext4/layout.ts';
import { planExt4 } from '../../src/disk/ext4/plan.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { patternBytes, uuid, writeImage } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { Random } from '../../scripts/fuzz/random.ts';

const options: Ext4Options = { uuid: uuid(7), hashSeed: uuid(9), label: 'nixos', time: 1 };

async function check(t: TestContext, tree: DirectoryNode): Promise<string> {
  const image = join(scratchFolder(t), 'root.ext4');
  writeImage(planExt4(tree, options), image);
  await judge(t, 'e2fsck', ['-fn', image]);
  return image;
}

const names = (count: number, node: () => FileNode): DirectoryNode =>
  directory(Array.from({ length: count }, (_, n): [string, FileNode] => [`n${n}`, node()]));

test('splits a file with more than 65,000 names into copies; counts the links of directories like e2fsck', async (t) => {
  const shared = { full: file(patternBytes(5000, 1)), over: file('over'), link: symlink('x'.repeat(100)) };
  const image = await check(
    t,
    directory([
      ['full', names(65_000, () => shared.full)],
      ['over', names(65_003, () => shared.over)],
      ['link', names(65_001, () => shared.link)],
      ['a', names(64_998, () => directory())],
      ['b', names(64_999, () => directory())],
      ['z', shared.over],
    ]),
  );
  const stat = async (path: string): Promise<string> => judge(t, 'debugfs', ['-R', `stat ${path}`, image]);
  if ((await stat('/')) === '') return;
  for (const [path, links] of Object.entries({ '/full/n0': 65_000, '/z': 65_000, '/over/n9999': 4, '/a': 65_000, '/b': 1 }))
    assert.match(await stat(path), new RegExp(`Links: ${links}\\b`), path);
  assert.match(await stat('/over/n9999'), /Size: 4\b/);
});

test('writes names of 255 bytes and link targets of 4,095 that read back unchanged', async (t) => {
  const long = ['x'.repeat(255), `${'ü'.repeat(127)}y`, '𝄞'.repeat(63)];
  const names = [...long, '...', '-', ' ', '\n', '\\', '"', '\x1b[0m', 'a:b*?', '\u{fffd}'];
  const targets = ['x', 'x'.repeat(59), 'x'.repeat(60), 'ü/'.repeat(1365), '/', ' '];
  const tree = directory([
    ['names', directory(names.map((name) => [name, file(name)]))],
    ['links', directory(targets.map((target, n) => [`l${n}`, symlink(target)]))],
  ]);
  const image = await check(t, tree);
  const out = scratchFolder(t);
  if ((await judge(t, 'debugfs', ['-R', `rdump / ${out}`, image])) === '') return;
  assert.deepEqual(readdirSync(join(out, 'names')).sort(), [...names].sort());
  assert.deepEqual(
    targets.map((_, n) => readlinkSync(join(out, 'links', `l${n}`))),
    targets,
  );
});

test('refuses what ext4 cannot store, and names its path', () => {
  const refused = (entries: [string, FileNode][], code: string, message: RegExp): void => {
    assert.throws(
      () => planExt4(directory([['sub', directory(entries)]]), options),
      (error) => {
        assert.ok(error instanceof BootflakeError, String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /[\x00-\x1f\x7f-\x9f]/);
        return true;
      },
    );
  };
  const bad: [string, RegExp][] = [
    ['', /file "" in "\/sub": the name is empty/],
    ['.', /directory itself/],
    ['..', /directory itself/],
    ['/', /slash/],
    ['a/b', /slash/],
    ['a\0', /"a\\u0000".*NUL/],
    ['x'.repeat(256), /has 256 bytes, and 255 are the most/],
    ['ü'.repeat(128), /256 bytes/],
    ['\ud800', /half of a character/],
    ['a\udc00b', /half/],
    ['\x9b\0', /"\\u009b\\u0000"/],
  ];
  for (const [name, message] of bad) {
    for (const node of [file('x'), directory(), symlink('x')])
      refused(
        [
          ['fine', file('x')],
          [name, node],
        ],
        'disk/bad-name',
        message,
      );
  }
  const targets: [string, RegExp][] = [
    ['', /symlink "\/sub\/l" to "": its target is empty/],
    ['a\0b', /NUL/],
    ['x'.repeat(4096), /has 4096 bytes, and 4095 are the most/],
    ['ü'.repeat(2048), /4096 bytes/],
    ['\ud800', /half/],
  ];
  for (const [target, message] of targets) refused([['l', symlink(target)]], 'disk/bad-symlink', message);
  for (const id of [-1, 1.5, 2 ** 32 - 1, 2 ** 40, NaN]) {
    refused([['f', { ...file('x'), uid: id }]], 'disk/bad-file', /belongs to the number/);
    refused([['f', { ...directory(), gid: id }]], 'disk/bad-file', /"\/sub\/f"/);
  }
  const twice = directory();
  refused(
    [
      ['a', twice],
      ['b', twice],
    ],
    'disk/bad-file',
    /"\/sub\/b": it is a directory that has another name too/,
  );
  const round = directory();
  round.entries.set('again', round);
  refused([['round', round]], 'disk/bad-file', /another name/);
  refused([['big', file({ size: 2 ** 44 + 1, read: () => {} })]], 'disk/bad-file', /16 TiB/);
  assert.throws(() => planExt4(directory([['lost+found', file('x')]]), options), { code: 'disk/bad-file' });
  assert.throws(() => planExt4({ ...directory(), uid: -1 }, options), { code: 'disk/bad-file' });
});

const characters = [...'abcXYZ019._- +~=@%,:;!#$&()[]{}<>|*?\'"`\\\n\t\x01\x7füßæ€中文字🦀𝄞\u{fffd}\u{e000}'];

test('every accepted random tree passes e2fsck and reads back unchanged', async (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = new Random(seed);
    const below = (n: number): number => random.below(n);
    const text = (most: number): string => {
      const bytes = [1, 2, 59, 60, most - 1, most, below(most) + 1][below(7)]!;
      const made: string[] = [];
      for (let length = 0; ; ) {
        const next = characters[below(characters.length)]!;
        length += Buffer.byteLength(next);
        if (length > bytes) return made.length === 0 ? 'x' : made.join('');
        made.push(next);
      }
    };
    const files: FileNode[] = [];
    const folder = (depth: number): DirectoryNode => {
      const node = directory([], 0o755);
      for (let n = below(depth === 0 ? 300 : 12); n >= 0; n--) {
        const kind = below(10);
        const known = files.length > 0 ? files[below(files.length)]! : file('x');
        const child =
          kind < 2 && depth < 3
            ? folder(depth + 1)
            : kind < 5
              ? symlink(text(4095))
              : kind < 7
                ? known
                : file(patternBytes(below(9000), n));
        if (child.type !== 'directory') files.push(child);
        const name = text(255);
        if (name !== '.' && name !== '..') node.entries.set(name, child);
      }
      return node;
    };
    const tree = folder(0);
    const image = await check(t, tree);
    const out = scratchFolder(t);
    if ((await judge(t, 'debugfs', ['-R', `rdump / ${out}`, image])) === '') return;
    compare(tree, out, seed);
  }
});

function compare(expected: FileNode, path: string, seed: number): void {
  if (expected.type === 'symlink') return assert.equal(readlinkSync(path), expected.target, `seed ${seed}`);
  if (expected.type === 'regular') return assert.equal(lstatSync(path).size, expected.contents.size, `seed ${seed}`);
  assert.deepEqual(
    readdirSync(path)
      .filter((name) => name !== 'lost+found')
      .sort(),
    [...expected.entries.keys()].sort(),
    `seed ${seed}`,
  );
  // Paths longer than the host allows cannot be compared.
  for (const [name, child] of expected.entries)
    if (Buffer.byteLength(path) + Buffer.byteLength(name) < 3500) compare(child, join(path, name), seed);
}
