/** builtin:debian-tree: merges packages as dpkg would. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { debianTree } from '../../src/builders/debian-tree.ts';
import { unpackPackage } from '../../src/builders/unpack/unpack-job.ts';
import { judge } from '../support/judge.ts';
import { sha256 } from './support/archive-maker.ts';
import { makeDeb, type DebRecipe } from './support/deb-maker.ts';
import { makeModule } from './support/module-maker.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { builderContext } from '../support/builder-context.ts';

interface Built {
  folder: string;
  out: string;
  narHash: string;
}

async function build(t: TestContext, recipes: DebRecipe[], attrs: Record<string, unknown> = {}): Promise<Built> {
  const folder = scratchFolder(t);
  mkdirSync(join(folder, 'debs'));
  for (const recipe of recipes) {
    const bytes = new Uint8Array(makeDeb(recipe));
    unpackPackage({
      bytes,
      sha256: sha256(bytes),
      url: 'test',
      name: recipe.name,
      version: recipe.version ?? '1.0-1',
      exclude: [],
      target: join(folder, 'debs', recipe.name),
    });
  }
  const out = join(folder, 'out');
  const { outputs } = await debianTree.run({
    ...builderContext({
      folder,
      attrs: { debs: recipes.map(({ name }) => `/nix/store/${name}`), suite: 'trixie', alternatives: {}, ...attrs },
    }),
    realPath: (path) => path.replace('/nix/store', join(folder, 'debs')),
    pathInfo: (path) => assert.fail(`asked for ${path}`),
  });
  return { folder, out, narHash: Buffer.from(outputs.out!.narHash!).toString('hex') };
}

test("hard-links the packages' files, merges /usr and leaves out machine-specific files", async (t) => {
  const { folder, out, narHash } = await build(t, [
    {
      name: 'base',
      files: [
        { path: './bin', type: 'symlink', link: 'usr/bin' },
        { path: './etc/hosts', contents: 'h' },
        { path: './dev/' },
        { path: './var/lib/x/' },
        { path: './boot/vmlinuz', contents: 'k' },
        { path: './usr/lib/os-release', contents: 'o' },
      ],
    },
    {
      name: 'old',
      files: [
        { path: './bin/tool', mode: 0o755, contents: 'tool' },
        { path: './lib/x86/libtool.so', contents: 'so' },
        { path: './usr/bin/also', type: 'symlink', link: '/bin/tool' },
        { path: './sbin/su', mode: 0o4755, contents: 's' },
      ],
    },
  ]);
  assert.equal(lstatSync(join(out, 'usr/bin/tool')).ino, lstatSync(join(folder, 'debs/old/bin/tool')).ino);
  assert.equal(readFileSync(join(out, 'usr/lib/x86/libtool.so'), 'utf8'), 'so');
  for (const path of ['bin', 'dev', 'boot']) assert.ok(!existsSync(join(out, path)), path);
  assert.ok(existsSync(join(out, 'var/lib/x')));
  assert.deepEqual([lstatSync(join(out, 'usr')).mode & 0o7777, lstatSync(join(out, 'usr')).mtimeMs], [0o555, 1000]);
  assert.equal(readFileSync(join(out, 'nix-support/special'), 'utf8'), '4755 root root usr/sbin/su\n');
  const told = await judge(t, 'nix', ['--extra-experimental-features', 'nix-command', 'hash', 'path', '--base16', out]);
  assert.equal(told.trim(), narHash);
});

const one = { path: './usr/share/thing', contents: 'one' };
const two = { path: './usr/share/thing', contents: 'two' };

test('names both packages that have the same file, unless the contents are equal', async (t) => {
  await assert.rejects(
    build(t, [
      { name: 'a', files: [one] },
      { name: 'b', files: [two] },
    ]),
    {
      code: 'debian/file-conflict',
      message: /\/usr\/share\/thing is in a 1\.0-1 and, with other contents, in b 1\.0-1/,
    },
  );
  const { out } = await build(t, [
    { name: 'a', files: [one] },
    { name: 'b', files: [one] },
  ]);
  assert.equal(readFileSync(join(out, 'usr/share/thing'), 'utf8'), 'one');
  await assert.rejects(
    build(t, [
      { name: 'a', files: [one] },
      { name: 'b', files: [{ path: './usr/share/thing/below' }] },
    ]),
    { code: 'debian/file-conflict' },
  );
});

test('a package that replaces another wins, in any order', async (t) => {
  const newer = { name: 'b', files: [two], fields: { Replaces: 'a (<< 2)' } };
  for (const recipes of [
    [{ name: 'a', files: [one] }, newer],
    [newer, { name: 'a', files: [one] }],
  ]) {
    const { out } = await build(t, recipes);
    assert.equal(readFileSync(join(out, 'usr/share/thing'), 'utf8'), 'two');
  }
  await assert.rejects(build(t, [{ name: 'a', version: '3', files: [one] }, newer]), { code: 'debian/file-conflict' });
});

test("honours a diversion by a package's scripts", async (t) => {
  const diverter = {
    name: 'b',
    files: [{ path: './bin/tool', contents: 'two' }],
    scripts: { preinst: '#!/bin/sh\nset -e\ndpkg-divert --package b --rename --quiet \\\n  --divert /bin/tool.real --add /bin/tool\n' },
  };
  for (const recipes of [
    [{ name: 'a', files: [{ path: './usr/bin/tool', contents: 'one' }] }, diverter],
    [diverter, { name: 'a', files: [{ path: './usr/bin/tool', contents: 'one' }] }],
  ]) {
    const { out } = await build(t, recipes);
    assert.equal(readFileSync(join(out, 'usr/bin/tool'), 'utf8'), 'two');
    assert.equal(readFileSync(join(out, 'usr/bin/tool.real'), 'utf8'), 'one');
  }
});

test('a directory of one package may be a link to a directory in another', async (t) => {
  const { out } = await build(t, [
    { name: 'a', files: [{ path: './usr/share/real/x' }, { path: './usr/share/link', type: 'symlink', link: 'real' }] },
    { name: 'b', files: [{ path: './usr/share/link/y', contents: 'y' }] },
  ]);
  assert.equal(readlinkSync(join(out, 'usr/share/link')), 'real');
  assert.equal(readFileSync(join(out, 'usr/share/real/y'), 'utf8'), 'y');
});

test('makes alternatives and generated files; links the module indexes generated with their package', async (t) => {
  const { folder, out } = await build(
    t,
    [
      { name: 'vim', files: [{ path: './usr/bin/vim.basic', mode: 0o755 }] },
      {
        name: 'linux',
        files: [
          { path: './lib/modules/6.12/kernel/ext4.ko', contents: makeModule({ info: ['alias=fs-ext4'] }) },
          { path: './lib/modules/6.12/modules.order', contents: 'kernel/ext4.ko\n' },
        ],
      },
      { name: 'ca-certificates', files: [{ path: './usr/share/ca-certificates/mozilla/A.crt', contents: 'A\n' }] },
      { name: 'udev', version: '257.1-1', files: [{ path: './usr/lib/udev/hwdb.d/20-x.hwdb', contents: 'usb:v1*\n ID_VENDOR=x\n' }] },
      { name: 'ssh', files: [{ path: './usr/bin/ssh-agent', mode: 0o755 }] },
    ],
    { alternatives: { '/usr/bin/editor': '/usr/bin/vim.basic' } },
  );
  assert.equal(readlinkSync(join(out, 'usr/bin/editor')), '/usr/bin/vim.basic');
  assert.equal(readFileSync(join(out, 'usr/lib/modules/6.12/modules.alias'), 'utf8').split('\n')[1], 'alias fs-ext4 ext4');
  assert.equal(
    lstatSync(join(out, 'usr/lib/modules/6.12/modules.dep')).ino,
    lstatSync(join(folder, 'debs/linux/nix-support/generated/modules/6.12/modules.dep')).ino,
  );
  assert.equal(lstatSync(join(out, 'usr/lib/udev/hwdb.bin')).ino, lstatSync(join(folder, 'debs/udev/nix-support/generated/hwdb.bin')).ino);
  assert.equal(readFileSync(join(out, 'etc/ssl/certs/ca-certificates.crt'), 'utf8'), 'A\n');
  assert.equal(readFileSync(join(out, 'nix-support/special'), 'utf8'), '2755 root _ssh usr/bin/ssh-agent\n');
});

test('generates for the tree what several packages contribute to', async (t) => {
  const kernel = (name: string, path: string, recipe: Parameters<typeof makeModule>[0]) => ({
    name,
    files: [{ path: `./usr/lib/modules/6.12/${path}`, contents: makeModule(recipe) }],
  });
  const { out } = await build(t, [
    kernel('linux', 'kernel/zfs-base.ko', { exports: ['base'] }),
    kernel('zfs', 'extra/zfs.ko', { imports: ['base'] }),
    { name: 'udev', version: '257.1-1', files: [{ path: './usr/lib/udev/hwdb.d/20-x.hwdb', contents: 'usb:v1*\n ID_VENDOR=x\n' }] },
    { name: 'more', files: [{ path: './usr/lib/udev/hwdb.d/30-y.hwdb', contents: 'usb:v2*\n ID_VENDOR=y\n' }] },
  ]);
  assert.equal(
    readFileSync(join(out, 'usr/lib/modules/6.12/modules.dep'), 'utf8'),
    'extra/zfs.ko: kernel/zfs-base.ko\nkernel/zfs-base.ko:\n',
  );
  assert.match(readFileSync(join(out, 'usr/lib/udev/hwdb.bin'), 'latin1'), /30-y\.hwdb/);
  assert.ok(!existsSync(join(out, 'usr/lib/udev/hwdb.d')), 'the texts that it was made of');
});

test('makes rules for what packages have in /var, with the owners that their scripts would give', async (t) => {
  const files = [
    { path: './var/lib/redis/' },
    { path: './var/lib/dpkg/info/' },
    { path: './var/cache/web page/' },
    { path: './var/games/', mode: 0o2775, group: 'games', gid: 60 },
    { path: './var/lib/redis/100%', contents: 'x' },
    { path: './var/lib/link', type: 'symlink' as const, link: '../redis' },
  ];
  const folders = ['z /var/lib/redis 0750 redis -', 'z /var/lib/gone - redis redis', 'd /var/log/redis 2750 redis adm', 'd /srv/ftp - - -'];
  const { out } = await build(t, [{ name: 'redis', files }], { folders });
  assert.deepEqual(readFileSync(join(out, 'usr/lib/tmpfiles.d/zz-packages.conf'), 'utf8').trim().split('\n'), [
    'C /var/lib/redis/100%% :0644 :root :root - /run/current-system/tree/var/lib/redis/100%%',
    'L /var/lib/link - - - - ../redis',
    'd "/var/cache/web page" :0755 :root :root',
    'd /srv/ftp :0755 :root :root',
    'd /var/games :2775 :root :games',
    'd /var/lib/redis :0750 :redis :root',
    'd /var/log/redis :2750 :redis :adm',
  ]);
  const plain = await build(t, [{ name: 'redis', files }]);
  assert.ok(!existsSync(join(plain.out, 'usr/lib/tmpfiles.d')));
  await assert.rejects(build(t, [], { folders: ['d /var/../etc 0755 - -'] }), { code: 'build/bad-attribute' });
});

test("adds files beside packages' own", async (t) => {
  const recipe = { name: 'a', files: [{ path: './usr/lib/a', contents: 'theirs' }] };
  const { out } = await build(t, [recipe], { files: { 'usr/lib/a': 'ours', 'usr/lib/b.d/c': 'added' } });
  assert.equal(readFileSync(join(out, 'usr/lib/a'), 'utf8'), 'theirs');
  assert.equal(readFileSync(join(out, 'usr/lib/b.d/c'), 'utf8'), 'added');
  for (const path of ['etc/x', 'usr/../x']) await assert.rejects(build(t, [], { files: { [path]: '' } }), { code: 'build/bad-attribute' });
});

test('starts no unit of a package by itself, and merges none into a unit that is replaced', async (t) => {
  const units = './usr/lib/systemd/system';
  const recipe = (name: string): DebRecipe => ({
    name,
    files: [
      { path: `${units}/${name}.service`, contents: 'u' },
      { path: `${units}/multi-user.target.wants/${name}.service`, type: 'symlink', link: `../${name}.service` },
      { path: `${units}/replaced.service.d/${name}.conf`, contents: 'd' },
      { path: `${units}/other.service.d/${name}.conf`, contents: 'd' },
    ],
  });
  const attrs = { folders: [], unitPackages: ['asked'], replacedUnits: ['replaced.service'] };
  const { out } = await build(t, [recipe('asked'), recipe('daemon'), recipe('systemd-part')], attrs);
  const names = (folder: string) => readdirSync(join(out, units, folder)).sort();
  assert.deepEqual(names('multi-user.target.wants'), ['asked.service', 'systemd-part.service']);
  assert.deepEqual(names('replaced.service.d'), ['asked.conf', 'systemd-part.conf']);
  assert.deepEqual(names('other.service.d'), ['asked.conf', 'daemon.conf', 'systemd-part.conf']);
  assert.ok(names('').includes('daemon.service'));
});
