/** The initrd with systemd: which files of the packages, which libraries and modules it has. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemdInitrd } from '../../src/builders/systemd-initrd.ts';
import { makeModule } from '../debian/support/module-maker.ts';
import { builderContext, fillStore } from '../support/builder-context.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { programFile } from './program-file.ts';
import { readCpioMembers, type CpioMember } from './read-cpio.ts';

const loader = '/lib64/ld-linux-x86-64.so.2';
const libraries = 'tree/usr/lib/x86_64-linux-gnu';

/** A store with a tree of packages: programs, libraries, links. */
function store(t: TestContext): string {
  const folder = scratchFolder(t);
  fillStore(folder, {
    'tree/usr/bin/tool': programFile({ interpreter: loader, needed: ['libone.so.1', 'libprivate.so'], runPath: '$ORIGIN/../lib/tool' }),
    'tree/usr/bin/static': programFile({}),
    'tree/usr/bin/lacking': programFile({ needed: ['libgone.so.3'] }),
    'tree/usr/lib/tool/libprivate.so': programFile({ needed: ['libbeside.so'] }),
    'tree/usr/lib/tool/libbeside.so': programFile({}),
    [`${libraries}/libone.so.1.2`]: programFile({ needed: ['libtwo.so.2'] }),
    [`${libraries}/libtwo.so.2`]: programFile({ needed: ['libone.so.1'] }),
    [`${libraries}/libunused.so.9`]: programFile({}),
    [`${libraries}/ld-linux-x86-64.so.2`]: 'the loader',
    'tree/usr/share/data/deep/file': 'text',
    'deb/usr/bin/tool': '',
    'deb/usr/sbin/other': '',
    'tree/usr/sbin/other': programFile({}),
    'kernel/usr/lib/modules/6.12/kernel/fs/ext4.ko': makeModule({ info: ['depends=jbd2', 'alias=fs-ext4'], imports: ['journal'] }),
    'kernel/usr/lib/modules/6.12/kernel/fs/jbd2.ko': makeModule({ info: ['depends='], exports: ['journal'] }),
    'kernel/usr/lib/modules/6.12/kernel/fs/xfs.ko': makeModule({ info: ['depends='] }),
    'kernel/usr/lib/modules/6.12/modules.builtin': 'kernel/lib/crc.ko\n',
    'units/x.service': '[Service]\n',
    'etc/etc/hostname': 'h\n',
    'etc/bin/added': 'x',
    key: 'secret',
  });
  symlinkSync('libone.so.1.2', join(folder, 'store', libraries, 'libone.so.1'));
  mkdirSync(join(folder, 'store/tree/usr/lib64'));
  symlinkSync('../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', join(folder, 'store/tree/usr/lib64/ld-linux-x86-64.so.2'));
  symlinkSync('../bin/tool', join(folder, 'store/tree/usr/sbin/link'));
  symlinkSync('loop', join(folder, 'store/tree/usr/bin/loop'));
  symlinkSync('/etc/none', join(folder, 'store/tree/usr/share/data/dangling'));
  return folder;
}

const attrs = {
  tree: '/nix/store/tree',
  kernel: '/nix/store/kernel',
  kernelVersion: '6.12',
  modules: ['ext4', 'crc'],
  paths: ['usr/sbin/link'],
  compressor: 'none',
};

async function built(t: TestContext, change: Record<string, unknown>): Promise<Map<string, CpioMember>> {
  const folder = store(t);
  await systemdInitrd.run(builderContext({ folder, attrs: { ...attrs, ...change } }));
  return readCpioMembers(readFileSync(join(folder, 'out/initrd')));
}

test('a program comes with its loader and its libraries, links as they are, and nothing else', async (t) => {
  const files = await built(t, {});
  const isFolder = (mode: number): boolean => (mode & 0o170000) === 0o040000;
  const names = [...files].filter(([name, { mode }]) => !isFolder(mode) && !name.startsWith('usr/lib/modules/')).map(([name]) => name);
  assert.deepEqual(names.sort(), [
    'bin',
    'lib',
    'lib64',
    'sbin',
    'usr/bin/tool',
    'usr/lib/tool/libbeside.so',
    'usr/lib/tool/libprivate.so',
    'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
    'usr/lib/x86_64-linux-gnu/libone.so.1',
    'usr/lib/x86_64-linux-gnu/libone.so.1.2',
    'usr/lib/x86_64-linux-gnu/libtwo.so.2',
    'usr/lib64/ld-linux-x86-64.so.2',
    'usr/sbin/link',
  ]);
  assert.equal(files.get('usr/sbin/link')!.contents, '../bin/tool');
  assert.equal(files.get('.')!.mode, 0o040755, 'without it, the kernel lets all write to the root');
  assert.equal(files.get('lib64')!.contents, 'usr/lib64');
});

test('modules are where modprobe looks, with their dependencies and indexes', async (t) => {
  const files = await built(t, { availableModules: ['nothing'] });
  const modules = [...files.keys()].filter((name) => name.endsWith('.ko')).map((name) => name.replace('usr/lib/modules/6.12/', ''));
  assert.deepEqual(modules, ['kernel/fs/ext4.ko', 'kernel/fs/jbd2.ko']);
  assert.match(files.get('usr/lib/modules/6.12/modules.dep')!.contents, /^kernel\/fs\/ext4\.ko: kernel\/fs\/jbd2\.ko$/m);
  assert.match(files.get('usr/lib/modules/6.12/modules.alias')!.contents, /^alias fs-ext4 ext4$/m);
});

test('folders, files that may be missing, programs of packages, trees on top, and files that only root can read', async (t) => {
  const files = await built(t, {
    paths: ['usr/share/data'],
    optionalPaths: ['usr/bin/static', 'usr/bin/none', 'usr/bin/loop'],
    programsOf: ['/nix/store/deb'],
    packageLinks: ['/nix/store/abc-tool'],
    contents: ['/nix/store/etc'],
    extraFiles: { 'etc/systemd/system': '/nix/store/units' },
    secrets: { 'etc/key': '/nix/store/key' },
  });
  const text = (name: string): string | undefined => files.get(name)?.contents;
  assert.equal(text('usr/share/data/deep/file'), 'text');
  assert.equal(text('usr/share/data/dangling'), '/etc/none');
  assert.ok(files.has('usr/bin/static') && !files.has('usr/bin/none') && !files.has('usr/bin/loop'));
  assert.ok(files.has('usr/bin/tool') && files.has('usr/sbin/other') && files.has('usr/lib/x86_64-linux-gnu/libtwo.so.2'));
  assert.equal(text('nix/store/abc-tool'), '/');
  assert.equal(text('etc/hostname'), 'h\n');
  assert.equal(text('usr/bin/added'), 'x', 'bin is a link to usr/bin');
  assert.equal(text('etc/systemd/system/x.service'), '[Service]\n');
  assert.equal(text('etc/key'), 'secret');
  assert.equal(files.get('etc/key')!.mode & 0o777, 0o400);
});

test('what is missing is named', async (t) => {
  const fails = (change: Record<string, unknown>, expected: Record<string, unknown>) => assert.rejects(built(t, change), expected);
  await fails({ paths: ['usr/bin/none'] }, { code: 'initrd/missing-file', message: /"usr\/bin\/none"/ });
  await fails({ paths: ['usr/bin/loop'] }, { code: 'initrd/missing-file' });
  await fails({ paths: ['usr/bin/lacking'] }, { code: 'initrd/missing-library', message: /lacking" needs the library "libgone\.so\.3"/ });
  await fails({ modules: ['ext5'] }, { code: 'initrd/no-such-module' });
  await fails({ paths: ['usr/bin/tool/x'] }, { code: 'initrd/missing-file' });
  await fails({ paths: 'usr' }, { code: 'build/bad-attribute' });
});
