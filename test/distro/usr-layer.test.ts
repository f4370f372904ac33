/** The layer of /usr that activation makes for packages joined from Debian's. Runs the perl code on a store of the test's own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

const module = resolve('distro/nixos/modules/system/activation/programs/UsrLayer.pm');

interface Setting {
  store: string;
  put(path: string, text: string): void;
  link(path: string, target: string): void;
  /** Files and links in the layer, by their paths below it. */
  apply(...packages: string[]): Record<string, string>;
}

function setting(t: TestContext): Setting {
  const folder = scratchFolder(t);
  // Activation removes what is next to the layer.
  const [store, layer] = [join(folder, 'store'), join(folder, 'layers/one')];
  const at = (path: string): string => {
    mkdirSync(dirname(join(store, path)), { recursive: true });
    return join(store, path);
  };
  const listed = (below: string): [string, string][] =>
    readdirSync(join(layer, below), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory()
        ? listed(`${below}/${entry.name}`)
        : [[`${below}/${entry.name}`, entry.isSymbolicLink() ? readlinkSync(join(layer, below, entry.name)) : 'file'] as [string, string]],
    );
  return {
    store,
    put: (path, text) => writeFileSync(at(path), text),
    link: (path, target) => symlinkSync(target, at(path)),
    apply(...packages) {
      const program = `require $ARGV[0]; $UsrLayer::store = $ARGV[1]; UsrLayer::apply("$ARGV[1]/tree", $ARGV[2], [@ARGV[3 .. $#ARGV]]);`;
      const run = spawnSync('perl', ['-e', program, module, store, layer, ...packages.map((name) => join(store, name))], {
        encoding: 'utf8',
      });
      assert.equal(run.status, 0, run.stderr);
      assert.equal(run.stderr, '');
      return Object.fromEntries(listed('usr'));
    },
  };
}

/** As in python3.withPackages: the interpreter is in another package than its name, the module in a third. */
function python({ store, put, link }: Setting): void {
  put('tree/usr/bin/python3.13', 'interpreter');
  link('tree/usr/bin/python3', 'python3.13');
  put('tree/usr/lib/python3/dist-packages/requests/__init__.py', 'requests');
  mkdirSync(join(store, 'requests-deb/usr/lib/python3/dist-packages/requests'), { recursive: true });
  linkSync(
    join(store, 'tree/usr/lib/python3/dist-packages/requests/__init__.py'),
    join(store, 'requests-deb/usr/lib/python3/dist-packages/requests/__init__.py'),
  );
  link('python3/bin/python3', '/usr/bin/python3');
  link('joined/bin/python3', join(store, 'python3/bin/python3'));
  link('joined/lib', join(store, 'requests-deb/usr/lib'));
}

test('python3 with packages stays the interpreter of the merged tree', {
  skip: spawnSync('perl', ['-v']).status !== 0 && 'perl is not on this machine',
}, (t) => {
  const given = setting(t);
  python(given);
  assert.deepEqual(given.apply('joined'), {});
});

test('handles alternatives, programs in sbin and links between files of a package', {
  skip: spawnSync('perl', ['-v']).status !== 0 && 'perl is not on this machine',
}, (t) => {
  const given = setting(t);
  const { store, put, link } = given;
  put('tree/usr/bin/vim.basic', 'vim');
  link('tree/usr/bin/vim', '/usr/bin/vim.basic');
  put('tree/usr/sbin/tool', 'tool');
  link('tree/usr/share/b/name', '../a/name');
  put('tree/usr/share/a/name', 'a');
  link('package/bin/vim', '/usr/bin/vim');
  link('package/bin/nc', '/bin/nc');
  link('package/bin/tool', '/usr/sbin/tool');
  // Dangling in the package itself: its target is in another package.
  link('deb/usr/share/b/name', '../a/name');
  link('package/share', join(store, 'deb/usr/share'));
  for (const name of ['vim', 'nc', 'tool']) link(`joined/bin/${name}`, join(store, `package/bin/${name}`));
  link('joined/share', join(store, 'package/share'));
  assert.deepEqual(given.apply('joined'), { 'usr/bin/tool': join(store, 'joined/bin/tool') });
});

test("links the first package's file over the tree's; links to elsewhere stay links", {
  skip: spawnSync('perl', ['-v']).status !== 0 && 'perl is not on this machine',
}, (t) => {
  const given = setting(t);
  const { store, put, link } = given;
  put('tree/usr/bin/ls', 'of Debian');
  put('one/bin/ls', 'mine');
  put('one/bin/run', 'run');
  put('two/bin/run', 'other');
  put('two/share/x/deep', 'deep');
  link('two/bin/config', '/etc/config');
  link('two/bin/loop', 'loop');
  link('two/lib', join(store, 'three'));
  put('three/so', 'so');
  const of = (name: string, path: string): string => join(store, name, path);
  assert.deepEqual(given.apply('one', 'two'), {
    'usr/bin/config': of('two', 'bin/config'),
    'usr/bin/loop': of('two', 'bin/loop'),
    'usr/bin/ls': of('one', 'bin/ls'),
    'usr/bin/run': of('one', 'bin/run'),
    'usr/lib/so': of('two', 'lib/so'),
    'usr/share/x/deep': of('two', 'share/x/deep'),
  });
  assert.ok(existsSync(join(store, '../layers/one/.whole')));
});

test('a machine that runs gets the new tree above the present one, and loses it on the way back', (t) => {
  const folder = scratchFolder(t);
  const row = (kind: string, options: string) => `28 27 254:1 / /usr ro,relatime shared:2 - ${kind} ${kind} ${options}\n`;
  // As kernels and versions of mount have it.
  const shown = {
    initrd: '28 27 254:1 /nix/store/t1/usr /usr ro shared:2 - ext4 /dev/vda1 rw\n',
    one: row('overlay', 'ro,lowerdir=/l1/usr:/t1/usr,redirect_dir=on'),
    two: row('overlay', 'ro,lowerdir+=/l2/usr,lowerdir+=/t2/usr'),
  };
  for (const name of ['mount', 'umount']) writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} "$@"\n`, { mode: 0o755 });
  const show = (mounts: string, number: number): string => {
    writeFileSync(join(folder, 'mountinfo'), `1 1 254:1 / / rw - ext4 /dev/vda1 rw\n${mounts}2 1 0:5 / /usr/x rw - tmpfs tmpfs rw\n`);
    const program = `require $ARGV[0]; $UsrLayer::mountinfo = "$ARGV[1]/mountinfo"; UsrLayer::show("/t$ARGV[2]", "/l$ARGV[2]");`;
    const run = spawnSync('perl', ['-e', program, module, folder, String(number)], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    assert.equal(run.stderr, '');
    return run.stdout;
  };
  const { initrd, one, two } = shown;
  assert.equal(show(initrd + one, 1), '');
  assert.equal(show(initrd + one + two, 2), '');
  assert.equal(show(initrd + one, 2), 'mount -t overlay -o ro,nodev,lowerdir=/l2/usr:/t2/usr overlay /usr\n');
  assert.equal(show(initrd + one + two, 1), 'umount -l /usr\n');
  assert.equal(show(initrd + two + one, 3), 'mount -t overlay -o ro,nodev,lowerdir=/l3/usr:/t3/usr overlay /usr\n');
});
