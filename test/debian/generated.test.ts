/**
 * Files that maintainer scripts would have generated. Debian's own programs made the golden files from the same input: depmod of kmod 34,
 * systemd-hwdb of systemd 257. Where these programs are installed, they run again.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { caCertificates } from '../../src/debian/generated/ca-certificates.ts';
import { compileHwdb } from '../../src/debian/generated/hwdb/hwdb.ts';
import { compareLibraryNames, ldSoCache } from '../../src/debian/generated/ld-so-cache.ts';
import { moduleIndexes } from '../../src/debian/generated/modules/module-indexes.ts';
import { follow } from '../../src/debian/generated/tree-walk.ts';
import { symlink } from '../../src/tree/file-tree.ts';
import { placeNode } from '../../src/tree/place.ts';
import { makeModule } from './support/module-maker.ts';
import { readTree } from '../../src/system/read-tree.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { treeOf } from '../support/tree.ts';

const golden = new URL('golden/', import.meta.url).pathname;

const modules: Record<string, string | Uint8Array> = {
  'modules.order': [
    'lib/crc',
    'fs/ext4/ext4',
    'drivers/net/virtio_net',
    'drivers/char/odd',
    'lib/libfoo-bar',
    'fs/jbd2',
    'drivers/char/loop',
  ]
    .map((name) => `kernel/${name}.ko\n`)
    .join(''),
  'modules.builtin': 'kernel/fs/binfmt_elf.ko\nkernel/drivers/char/hw-random.ko\n',
  'modules.builtin.modinfo': 'binfmt_elf.license=GPL\0hw-random.alias=char-major-10-183\0hw_random.alias=pci:v*d[a-f]-x\0',
  'kernel/lib/crc.ko': makeModule({ info: ['license=GPL', 'alias=crypto-crc32c'], exports: ['crc32c', 'crc16'] }),
  'kernel/lib/libfoo-bar.ko': makeModule({
    info: ['license=GPL', 'softdep=pre: crc post: other'],
    exports: ['foo_bar'],
    imports: ['crc16', 'printk'],
  }),
  'kernel/fs/jbd2.ko': makeModule({ info: ['license=GPL'], exports: ['journal_start'], imports: ['crc32c'] }),
  'kernel/fs/ext4/ext4.ko': makeModule({
    info: ['alias=fs-ext4', 'alias=ext3', 'softdep=pre: crc32c', 'weakdep=lz4'],
    imports: ['journal_start', 'foo_bar', 'crc16'],
  }),
  'kernel/drivers/net/virtio_net.ko': makeModule({
    info: ['alias=virtio:d00000001v*', 'alias=virtio:d00000001v*', 'alias=net-pf-[0-9]-x'],
  }),
  'kernel/drivers/char/loop.ko': makeModule({ info: ['alias=devname:loop-control', 'alias=char-major-10-237', 'alias=block-major-7-*'] }),
  'kernel/drivers/char/odd.ko': makeModule({ info: ['alias=broken]bracket', 'alias=crypto-crc32c'] }),
};

test('makes the same module indexes as depmod', (t) => {
  const made = moduleIndexes(treeOf(modules));
  const folder = scratchFolder(t);
  const target = join(folder, 'lib/modules/6.12.0');
  for (const [path, contents] of Object.entries(modules)) {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), contents);
  }
  const depmod = spawnSync(process.env.DEPMOD ?? 'depmod', ['-b', folder, '6.12.0'], { encoding: 'utf8' });
  if (process.env.ACCEPT === '1' && depmod.status === 0)
    for (const name of made.keys()) writeFileSync(join(golden, 'modules', name), readFileSync(join(target, name)));
  // Older versions write the same index in another order; the golden files are kmod 34's.
  const version = Number(
    /version (\d+)/.exec(spawnSync(process.env.DEPMOD ?? 'depmod', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0,
  );
  const judged = depmod.status === 0 && version >= 34 ? target : join(golden, 'modules');
  for (const [name, bytes] of made) {
    if (!existsSync(join(judged, name))) continue;
    const theirs = readFileSync(join(judged, name));
    // kmod writes these in the order of its hash table.
    if (name === 'modules.symbols')
      assert.deepEqual(Buffer.from(bytes).toString().split('\n').sort(), theirs.toString().split('\n').sort());
    else assert.deepEqual(Buffer.from(bytes), theirs, name);
  }
  assert.deepEqual(readdirSync(join(golden, 'modules')).sort(), [...made.keys()].sort());
});

test('makes the same hardware database as systemd-hwdb', (t) => {
  const folder = scratchFolder(t);
  const sources = join(golden, 'hwdb.d');
  const made = (prefix: string) =>
    compileHwdb(
      readdirSync(sources)
        .sort()
        .map((name) => ({ path: `${prefix}/usr/lib/udev/hwdb.d/${name}`, text: readFileSync(join(sources, name)) })),
      257,
    );
  mkdirSync(join(folder, 'usr/lib/udev/hwdb.d'), { recursive: true });
  mkdirSync(join(folder, 'etc/udev'), { recursive: true });
  for (const name of readdirSync(sources)) writeFileSync(join(folder, 'usr/lib/udev/hwdb.d', name), readFileSync(join(sources, name)));
  assert.deepEqual(Buffer.from(made('')), readFileSync(join(golden, 'hwdb.bin')));
  const command = process.env.SYSTEMD_HWDB ?? 'systemd-hwdb';
  const { error } = spawnSync(command, ['--root', folder, 'update', '--usr']);
  const path = join(folder, 'usr/lib/udev/hwdb.bin');
  if (error || !existsSync(path)) return t.skip('systemd-hwdb is not on this machine; the golden file was compared');
  const theirs = readFileSync(path);
  if (theirs.readUInt32LE(8) === 257) assert.deepEqual(Buffer.from(made(folder)), theirs);
});

test("makes the same ld.so.cache of this machine's libraries as ldconfig", (t) => {
  const folders = '/usr/local/lib\n/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n';
  const root = treeOf({ 'etc/ld.so.conf.d/x86_64-linux-gnu.conf': folders });
  for (const path of ['etc/alternatives', 'usr/lib/x86_64-linux-gnu', 'usr/local/lib']) {
    if (existsSync(`/${path}`)) placeNode(root, path, readTree(`/${path}`));
  }
  if (!existsSync('/sbin/ldconfig') || !follow(root, 'usr/lib/x86_64-linux-gnu/libc.so.6'))
    return t.skip('ldconfig or the libraries of a Debian amd64 are not on this machine');
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'ours'), ldSoCache(root)!);
  writeFileSync(join(folder, 'conf'), folders);
  assert.equal(spawnSync('/sbin/ldconfig', ['-X', '-f', join(folder, 'conf'), '-C', join(folder, 'theirs')]).status, 0);
  // Only ldconfig follows links out of the scanned folders.
  const list = (name: string) =>
    spawnSync('/sbin/ldconfig', ['-p', '-C', join(folder, name)], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(' => ') && /^\/usr\/(local\/lib|lib\/x86_64-linux-gnu)\//.test(realpathSync(line.split(' => ')[1]!)));
  assert.ok(list('ours').length > 20);
  assert.deepEqual(list('ours'), list('theirs'));
});

test('sorts names like the dynamic linker', () => {
  const names = ['ld-linux-x86-64.so.2', 'liba.so', 'liba.so.1', 'liba.so.2', 'liba.so.10', 'libab.so.1', 'libz.so.1'];
  assert.deepEqual([...names].reverse().sort(compareLibraryNames), names);
});

test('sorts the certificate bundle and ends each certificate with a line break', () => {
  const root = treeOf({
    'usr/share/ca-certificates/mozilla/B.crt': 'B\n',
    'usr/share/ca-certificates/mozilla/A.crt': 'A',
    'usr/share/ca-certificates/mozilla/readme': 'no',
  });
  assert.equal(Buffer.from(caCertificates(root)!).toString(), 'A\nB\n');
  assert.equal(caCertificates(treeOf({ 'usr/x': '' })), undefined);
});

test('follows links as on a running system', () => {
  const root = treeOf({ 'usr/lib/x86/libc.so.6': 'c', 'etc/alternatives/real': 'r' });
  placeNode(root, 'usr/lib/x86/libc.so', symlink('/lib/x86/libc.so.6'));
  placeNode(root, 'usr/lib/other', symlink('x86'));
  placeNode(root, 'usr/lib/up', symlink('../../etc/alternatives/real'));
  placeNode(root, 'usr/lib/round', symlink('round'));
  const libc = follow(root, 'usr/lib/x86/libc.so.6');
  assert.equal(follow(root, '/usr/lib/x86/libc.so'), libc);
  assert.equal(follow(root, 'lib/other/libc.so'), libc);
  assert.equal(follow(root, 'usr/lib/up'), follow(root, 'etc/alternatives/real'));
  assert.equal(follow(root, 'usr/lib/round'), undefined);
  assert.equal(follow(root, 'usr/lib/x86/libc.so.6/x'), undefined);
});
