/** Squashfs file systems, which unsquashfs unpacks. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { writeSquashfs } from '../../src/builders/image/write-squashfs.ts';
import { placePseudoFiles } from '../../src/disk/squashfs/pseudo-files.ts';
import type { SquashfsCompressor } from '../../src/disk/squashfs/writer.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { builderContext } from '../support/builder-context.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { compareTree, treeOf } from '../support/tree.ts';
import { constantSource, patternBytes } from './images.ts';

interface Kind {
  compressor: SquashfsCompressor | undefined;
  level: number;
  blockSize: number;
}

const kinds: Kind[] = [
  { compressor: undefined, level: 0, blockSize: 4096 },
  { compressor: 'gzip', level: 9, blockSize: 131_072 },
  { compressor: 'zstd', level: 3, blockSize: 1_048_576 },
];

function bigTree(): DirectoryNode {
  const names = Array.from({ length: 1500 }, (_, n) => `file-${String(n * 7919).padStart(9, '0')}-${'x'.repeat(n % 60)}`);
  const twice = file(patternBytes(5000, 1));
  const noise = Buffer.alloc(1_500_000);
  for (let n = 0, x = 1; n < noise.length; n++) noise[n] = (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 24;
  return treeOf({
    empty: '',
    small: 'small\n',
    'bin/program': file(patternBytes(300_000, 2), 0o4755),
    'bin/noise': file(noise),
    'bin/sparse': file(Buffer.alloc(5 << 20).fill(7, 2 << 20, 3 << 20)),
    'bin/zeros': file(constantSource(3 << 20, 0)),
    'bin/copy of small': 'small\n',
    'bin/copy': file(patternBytes(300_000, 2), 0o600),
    'links/one': twice,
    'links/two': twice,
    'links/soft': symlink('../bin/program'),
    'links/long': symlink(`/${'t'.repeat(3000)}`),
    'ümlaut/日本': 'x',
    many: directory(
      names.map((name, n): [string, FileNode] => [name, n % 3 === 0 ? file(`contents ${n}`) : n % 3 === 1 ? symlink(name) : directory()]),
    ),
    'deep/a/b/c/d/e/f/g/h': { ...file('deep'), uid: 1000, gid: 70_000, mode: 0o640 },
  });
}

async function write(t: TestContext, root: DirectoryNode, { compressor, level, blockSize }: Kind, more = {}): Promise<string> {
  const folder = scratchFolder(t);
  const path = join(folder, 'squashfs.img');
  const compression = compressor && { compressor, level };
  await writeSquashfs(builderContext({ folder, attrs: {} }), root, path, { blockSize, compression, ...more });
  return path;
}

for (const kind of kinds) {
  test(`${kind.compressor ?? 'nothing'} packed, blocks of ${kind.blockSize} bytes: unsquashfs has the same tree`, async (t) => {
    const root = bigTree();
    const path = await write(t, root, kind);
    assert.equal(statSync(path).size % 4096, 0);
    const info = await judge(t, 'unsquashfs', ['-s', path]);
    assert.match(info, new RegExp(`Compression ${kind.compressor ?? 'gzip'}`));
    const out = join(scratchFolder(t), 'out');
    await judge(t, 'unsquashfs', ['-no-progress', '-d', out, path]);
    compareTree(root, out);
    assert.equal(statSync(join(out, 'links/one')).ino, statSync(join(out, 'links/two')).ino);
    assert.equal(statSync(join(out, 'links/one')).nlink, 2);
    // Names are found one by one, too, by the index of a long directory.
    const last = [...(root.entries.get('many') as DirectoryNode).entries.keys()].at(-2)!;
    assert.match(await judge(t, 'unsquashfs', ['-ll', path, `many/${last}`]), new RegExp(last));
  });
}

test('the same bytes however many threads, and shared contents once', async (t) => {
  const kind = kinds[2]!;
  const [one, two] = [await write(t, bigTree(), kind), await write(t, bigTree(), kind)];
  assert.ok(readFileSync(one).equals(readFileSync(two)));
  const noise = (seed: number): Buffer => Buffer.from(patternBytes(2_000_000, seed).map((byte, n) => (byte * (n >> 7) + seed) & 0xff));
  const single = statSync(await write(t, treeOf({ a: noise(1), b: 'b' }), kinds[0]!)).size;
  const shared = statSync(await write(t, treeOf({ a: noise(1), b: noise(1) }), kinds[0]!)).size;
  assert.ok(shared - single < 8192, `${shared} ${single}`);
  const zeros = statSync(await write(t, treeOf({ a: file(constantSource(100 << 20, 0)) }), kinds[0]!)).size;
  assert.ok(zeros < 200_000, String(zeros));
});

test('pseudo files: devices, modes, links, extended attributes', async (t) => {
  const root = treeOf({ 'usr/bin/ping': file('ping', 0o755), etc: directory() });
  const pseudo = placePseudoFiles(root, [
    '/ d 0700 0 0',
    'dev d 0755 0 0',
    '/dev/null c 0666 root root 1 3',
    'dev/sda b 0660 0 6 8 44',
    '"dev/a pipe" i 0600 0 0',
    'dev/log i 0666 0 0 s',
    'sbin/init s 0777 0 0 /usr/lib/systemd systemd',
    '/etc m 0711 1 2',
    'usr/bin/ping x security.capability=0x0100000200200000000000000000000000000000',
    'usr/bin/ping x user.text=0tyes',
    'dev/null x trusted.x=0sYWJj',
  ]);
  const path = await write(t, root, kinds[2]!, pseudo);
  const lines = (await judge(t, 'unsquashfs', ['-lln', path])).split('\n').map((line) => line.replace(/\s+/g, ' '));
  for (const line of [
    'drwx------ 0/0 60 1970-01-01 00:00 squashfs-root',
    'crw-rw-rw- 0/0 1, 3 1970-01-01 00:00 squashfs-root/dev/null',
    'brw-rw---- 0/6 8, 44 1970-01-01 00:00 squashfs-root/dev/sda',
    'prw------- 0/0 0 1970-01-01 00:00 squashfs-root/dev/a pipe',
    'srw-rw-rw- 0/0 0 1970-01-01 00:00 squashfs-root/dev/log',
    'lrwxrwxrwx 0/0 24 1970-01-01 00:00 squashfs-root/sbin/init -> /usr/lib/systemd systemd',
    'drwx--x--x 1/2 3 1970-01-01 00:00 squashfs-root/etc',
  ])
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
  const out = join(scratchFolder(t), 'out');
  await judge(t, 'unsquashfs', ['-no-progress', '-user-xattrs', '-d', out, path]);
  assert.match(await judge(t, 'getfattr', ['-n', 'user.text', join(out, 'usr/bin/ping')]), /user\.text="yes"/);
});

test('wrong pseudo files are errors with their line', () => {
  for (const [line, message] of [
    ['/etc/x f 0444 0 0 cat /etc/passwd', /no command is run/],
    ['dev/x c 0666 0 0 1', /c is followed by 5 values, not 4/],
    ['dev/x c 0666 0 0 1 9999999', /is not a number up to 1048575/],
    ['dev/x d 0888 0 0', /mode "0888" is not octal/],
    ['../x d 0755 0 0', /"\.\."/],
    ['dev/x', /a name, a letter/],
    ['nothing m 0755 0 0', /there is no "nothing"/],
    ['etc x security.a', /NAME=VALUE/],
    ['etc x system.posix_acl_access=1', /NAME=VALUE/],
    ['dev/x c 0666 user 0 1 1', /"user" is not a number/],
  ] as const)
    assert.throws(
      () => placePseudoFiles(treeOf({ etc: directory() }), [line]),
      (error: BootflakeError) => error.code === 'disk/bad-pseudo-file' && message.test(error.message),
      line,
    );
});

test('what squashfs cannot hold is an error with its path', async (t) => {
  const folder = directory();
  for (const [root, message] of [
    [treeOf({ 'a/b': { ...file(''), uid: -1 } }), /"\/a\/b": it belongs to the number -1/],
    [treeOf({ a: folder, b: folder }), /another name too/],
    [treeOf({ a: symlink('') }), /its target is empty/],
  ] as const)
    await assert.rejects(write(t, root, kinds[0]!), message);
});
