/** Reading packages: what they may contain, and what is refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { xz } from '@napi-rs/lzma';
import { parseDeb, type Deb, type DebBounds } from '../../src/debian/deb.ts';
import { pathFilter } from '../../src/debian/path-filter.ts';
import { readTar } from '../../src/archive/tar.ts';
import { unxz } from '../../src/debian/xz.ts';
import { zstdCompressor } from '../../src/builders/image/zstd.ts';
import type { DirectoryNode, FileNode } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { makeAr, makeDeb, makeTar, type DebRecipe, type TarEntry } from './support/deb-maker.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

function parse(files: TarEntry[], recipe: Partial<DebRecipe> = {}, exclude: string[] = []): Deb {
  return parseDeb(makeDeb({ name: 'thing', files, ...recipe }), 'thing 1.0-1', pathFilter(exclude));
}

function* walk(node: DirectoryNode, prefix = ''): Generator<[string, FileNode]> {
  for (const [name, child] of node.entries) {
    yield [prefix + name, child];
    if (child.type === 'directory') yield* walk(child, `${prefix}${name}/`);
  }
}

const paths = ({ root }: Deb) => [...walk(root)].map(([path]) => path);

function text(node: FileNode | undefined): string {
  assert.equal(node?.type, 'regular');
  const bytes = Buffer.alloc(node.contents.size);
  node.contents.read(bytes, 0);
  return bytes.toString();
}

const long = `./usr/share/${'deep/'.repeat(30)}file`;

test('reads files, directories, symlinks, hard links and long names', () => {
  const deb = parse([
    { path: './usr/bin/', mode: 0o755 },
    { path: './usr/bin/tool', mode: 0o755, contents: '#!/bin/sh\n' },
    { path: './usr/bin/same', type: 'hardlink', link: './usr/bin/tool' },
    { path: './usr/bin/link', type: 'symlink', link: '../share/x' },
    { path: long, contents: 'far down' },
    { path: './usr/share/far', type: 'symlink', link: `/${'x/'.repeat(80)}y` },
    { path: './usr/share/Főtanúsítvány.crt', contents: 'ű' },
  ]);
  const found = new Map(walk(deb.root));
  assert.equal(text(found.get('usr/bin/tool')), '#!/bin/sh\n');
  assert.equal(found.get('usr/bin/same'), found.get('usr/bin/tool'));
  assert.deepEqual(found.get('usr/bin/link'), { type: 'symlink', mode: 0o777, uid: 0, gid: 0, target: '../share/x' });
  assert.equal(text(found.get(long.slice(2))), 'far down');
  assert.equal((found.get('usr/share/far') as { target: string }).target.length, 162);
  assert.equal(text(found.get('usr/share/Főtanúsítvány.crt')), 'ű');
});

test('records what a store cannot keep', () => {
  const { facts } = parse(
    [
      { path: './usr/bin/su', mode: 0o4755 },
      { path: './var/mail/', mode: 0o2775, gid: 8, group: 'mail' },
      { path: './etc/sudoers', mode: 0o440 },
      { path: './usr/games/score', mode: 0o644, uid: 5, owner: 'games' },
      { path: './usr/bin/plain', mode: 0o755 },
      { path: './usr/bin/odd', mode: 0o775 },
    ],
    { conffiles: '/etc/sudoers\nremove-on-upgrade /etc/old\n', fields: { Replaces: 'other (<< 2)', Provides: 'virtual' } },
  );
  assert.deepEqual(
    facts.special.map(({ path, type, mode, owner, group }) => `${path} ${type} ${mode} ${owner}:${group}`),
    [
      'usr/bin/su file 4755 root:root',
      'var/mail directory 2775 root:mail',
      'etc/sudoers file 0440 root:root',
      'usr/games/score file 0644 games:root',
    ],
  );
  assert.deepEqual(
    { ...facts, special: [] },
    {
      name: 'thing',
      version: '1.0-1',
      architecture: 'amd64',
      conffiles: ['etc/sudoers'],
      replaces: 'other (<< 2)',
      provides: 'virtual',
      diversions: {},
      special: [],
    },
  );
});

test('excludes paths, and keeps exceptions', () => {
  const files = [
    'usr/share/doc/a/copyright',
    'usr/share/doc/a/README',
    'usr/share/doc/a/examples/x',
    'usr/share/man/man1/a.1',
    'usr/share/manual/x',
    'usr/bin/a',
  ].map((path) => ({ path: `./${path}` }));
  const deb = parse(files, {}, ['usr/share/doc/*/*', '!usr/share/doc/*/copyright', '/usr/share/man']);
  assert.deepEqual(
    paths(deb).filter((path) => deb.root && /[a-z]\/(copyright|x|a|README|a\.1)$/.test(path)),
    ['usr/share/doc/a', 'usr/share/doc/a/copyright', 'usr/share/manual/x', 'usr/bin/a'],
  );
});

test('a hard link to an excluded file is still the file', () => {
  const deb = parse(
    [
      { path: './usr/share/man/x', contents: 'both' },
      { path: './usr/share/y', type: 'hardlink', link: './usr/share/man/x' },
    ],
    {},
    ['usr/share/man'],
  );
  assert.equal(text(new Map(walk(deb.root)).get('usr/share/y')), 'both');
});

const refused: [string, TarEntry[], RegExp][] = [
  ['a path that climbs', [{ path: './usr/../../../etc/passwd' }], /contains '\.\/usr\/\.\.\/\.\.\/\.\.\/etc\/passwd'.*leads out/],
  ['a path that begins with ..', [{ path: '../evil' }], /contains '\.\.\/evil'.*leads out/],
  ['an absolute path', [{ path: '/etc/passwd' }], /contains '\/etc\/passwd'.*leads out/],
  [
    'a file through a symlink',
    [{ path: './usr/lib', type: 'symlink', link: '/etc' }, { path: './usr/lib/passwd' }],
    /contains '\.\/usr\/lib\/passwd'.*below 'usr\/lib', which is a symlink/,
  ],
  [
    'a directory in the place of a symlink',
    [{ path: './usr', type: 'symlink', link: '/etc' }, { path: './usr/' }],
    /there is a symlink of that name/,
  ],
  [
    'a hard link out of the package',
    [{ path: './x', type: 'hardlink', link: '../../etc/shadow' }],
    /hard link to '\.\.\/\.\.\/etc\/shadow'/,
  ],
  ['a hard link to nothing', [{ path: './x', type: 'hardlink', link: './y' }], /hard link to '\.\/y'/],
  [
    'a hard link to a symlink',
    [
      { path: './y', type: 'symlink', link: '/etc/shadow' },
      { path: './x', type: 'hardlink', link: './y' },
    ],
    /not an earlier file of the package/,
  ],
  ['a name that no file system takes', [{ path: `./${'n'.repeat(300)}` }], /contains 'n{40}\.\.\.'.*a name in it more than 255/],
  ['a path longer than any', [{ path: `./${'folder/'.repeat(400)}` }], /its path has 2799 bytes, more than 2048/],
  ['a device', [{ path: './dev/sda', type: 'device' }], /it is a device/],
];

for (const [what, files, message] of refused) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => parse(files),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'debian/unsafe-member');
        assert.match(error.message, /^thing 1\.0-1 contains /);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('refuses data that is not a package, and broken packages', () => {
  const deb = makeDeb({ name: 'thing', files: [{ path: './x', contents: 'x'.repeat(2000) }] });
  const code = (bytes: Uint8Array) => {
    try {
      parseDeb(bytes, 'thing', pathFilter([]));
      return 'fine';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  assert.equal(code(deb), 'fine');
  assert.equal(code(Buffer.from('<html>')), 'debian/bad-deb');
  assert.equal(code(deb.subarray(0, deb.length - 100)), 'debian/bad-deb');
  assert.equal(code(makeAr([['debian-binary', Buffer.from('3.0\n')]])), 'debian/bad-deb');
  const tar = makeTar([{ path: './x', contents: 'x'.repeat(2000) }]);
  const damaged = Buffer.from(tar);
  damaged[3] = 0x40;
  for (const [bytes, expected] of [
    [tar.subarray(0, 1024), 'debian/bad-tar'],
    [damaged, 'debian/bad-tar'],
  ] as const) {
    assert.equal(
      code(
        makeAr([
          ['debian-binary', Buffer.from('2.0\n')],
          ['control.tar.gz', gzipSync(makeTar([]))],
          ['data.tar', bytes],
        ]),
      ),
      expected,
    );
  }
  assert.equal(
    code(
      makeAr([
        ['debian-binary', Buffer.from('2.0\n')],
        ['control.tar', makeTar([])],
        ['data.tar.br', tar],
      ]),
    ),
    'debian/bad-deb',
  );
});

test('refuses a package that unpacks to more than the limit, in any compression', async () => {
  const zstd = await zstdCompressor();
  const zeros = [{ path: './zeros', contents: Buffer.alloc(8 << 20) }];
  const compressions: [string, (bytes: Buffer) => Uint8Array][] = [
    ['.gz', (bytes) => gzipSync(bytes)],
    ['.zst', (bytes) => zstd(bytes, 3)],
    ['.xz', (bytes) => xz.compressSync(bytes)],
    ['', (bytes) => bytes],
  ];
  for (const compress of compressions) {
    const deb = makeDeb({ name: 'thing', files: zeros, compress });
    const unpack = (bounds: DebBounds): Deb => parseDeb(deb, 'thing 1.0-1', pathFilter([]), bounds);
    assert.throws(
      () => unpack({ control: 1 << 20, data: 1 << 20 }),
      { code: 'debian/too-large', message: /^data\.tar.* of thing 1\.0-1 has \d+ bytes and unpacks to more than 1048576$/ },
      compress[0],
    );
    assert.throws(() => unpack({ control: 100, data: 16 << 20 }), { code: 'debian/too-large', message: /^control\.tar\.gz of thing/ });
    assert.equal(walk(unpack({ control: 1 << 20, data: 16 << 20 }).root).next().done, false);
  }
});

test('reads tar as GNU tar and bsdtar write it: pax headers, long names, large numbers', async (t) => {
  const folder = scratchFolder(t);
  const name = `${'n'.repeat(120)}-ä`;
  writeFileSync(join(folder, name), 'contents');
  for (const format of ['gnu', 'posix', 'ustar', 'oldgnu']) {
    if (format === 'ustar') continue;
    await judge(t, 'tar', [
      '-C',
      folder,
      `--format=${format}`,
      '--owner=someone:2097152',
      '--group=root:0',
      '-cf',
      join(folder, `${format}.tar`),
      name,
    ]);
    const { stdout } = spawnSync('cat', [join(folder, `${format}.tar`)]);
    const [member] = readTar([stdout]);
    assert.deepEqual(
      [member!.path, member!.uid, member!.owner, Buffer.from(member!.contents.bytes()).toString()],
      [name, 2097152, 'someone', 'contents'],
      format,
    );
  }
});

test('reads every variant of xz that the xz program writes', async (t) => {
  const folder = scratchFolder(t);
  const words = Array.from({ length: 4000 }, (_, i) => `line ${i % 97} of ${(i * 7919) % 1009} words\n`).join('');
  const samples = {
    empty: Buffer.alloc(0),
    one: Buffer.from('x'),
    zeros: Buffer.alloc(3 << 20),
    random: randomBytes(200_000),
    words: Buffer.from(words.repeat(20)),
    mixed: Buffer.concat([Buffer.from(words), randomBytes(70_000), Buffer.from(words), Buffer.alloc(100_000, 'ab')]),
  };
  for (const [name, bytes] of Object.entries(samples)) {
    writeFileSync(join(folder, name), bytes);
    for (const options of [
      ['-0'],
      ['-6'],
      ['-9e'],
      ['--lzma2=dict=4KiB,lc=0,lp=2,pb=0'],
      ['--lzma2=lc=1,lp=3,pb=4'],
      ['-6', '--block-size=65536'],
      ['-C', 'none'],
      ['-C', 'crc32'],
    ]) {
      const packed = spawnSync('xz', [...options, '-c', join(folder, name)], { maxBuffer: 1 << 26 });
      if (packed.error) return t.skip('xz is not on this machine');
      assert.ok(unxz(packed.stdout).equals(bytes), `${name} ${options.join(' ')}`);
    }
    // The library does not support this check, which no Debian file uses, and reports that.
    const { stdout } = spawnSync('xz', ['-C', 'sha256', '-c', join(folder, name)], { maxBuffer: 1 << 26 });
    if (bytes.length > 0) assert.throws(() => unxz(stdout), { code: 'debian/bad-xz', message: /SHA-256/ });
  }
});

test('reads packages compressed by the zstd and xz programs', (t) => {
  for (const [program, suffix] of [
    ['zstd', '.zst'],
    ['xz', '.xz'],
  ] as const) {
    const compress = (bytes: Buffer) => spawnSync(program, ['-c'], { input: bytes, maxBuffer: 1 << 26 }).stdout;
    if (!compress(Buffer.from('x'))?.length) return t.skip(`${program} is not on this machine`);
    const deb = parse([{ path: './usr/share/x', contents: 'words '.repeat(50_000) }], { compress: [suffix, compress] });
    assert.equal(text(new Map(walk(deb.root)).get('usr/share/x')).length, 300_000);
  }
});

test('reports broken xz data', (t) => {
  const packed = spawnSync('xz', ['-c'], { input: Buffer.from('some words and some words again '.repeat(500)) }).stdout;
  if (!packed?.length) return t.skip('xz is not on this machine');
  for (const bytes of [
    packed.subarray(0, 20),
    packed.subarray(0, packed.length - 30),
    Buffer.from('no xz'),
    Buffer.concat([packed, packed]),
  ]) {
    assert.throws(() => unxz(bytes), { code: 'debian/bad-xz' });
  }
  let told = 0;
  for (let at = 28; at < packed.length - 40; at++) {
    const damaged = Buffer.from(packed);
    damaged[at]! ^= 0x55;
    try {
      unxz(damaged);
    } catch (error) {
      assert.equal((error as { code: string }).code, 'debian/bad-xz');
      told += 1;
    }
  }
  assert.ok(told > 0);
});
