/** What the initrd makes of the state, on folders in the place of file systems: owners, links of users, what a new image brings. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lchownSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

const isRoot = process.getuid?.() === 0;
const options = { skip: (!isRoot || process.platform !== 'linux') && 'only root gives files to others' };
const source = readFileSync('distro/nixos/modules/system/state/bring-state.sh', 'utf8');

/** Returns what it says. */
function bring(root: string, calls: string): string {
  const script = source.replace('root=/sysroot', `root='${root}'`);
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `${script}\nbegin /state\n${calls}\nend`], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

function file(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const mode = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

function system(): string {
  const root = scratchFolder();
  mkdirSync(join(root, 'state'));
  return root;
}

/** The same state below a new system disk. */
function newSystem(root: string): string {
  for (const name of readdirSync(root)) if (name !== 'state') rmSync(join(root, name), { recursive: true });
  return root;
}

test('an empty root gets what it needs, and directories wait for their owners', options, () => {
  const root = system();
  assert.equal(bring(root, 'owned /home/a\nowned /home/a/x mounted\ndirectory /home/a/x/y owned\ndirectory /root\nfile /home/a/.rc'), '');
  assert.deepEqual([mode(join(root, 'root')), mode(join(root, 'tmp')), mode(join(root, 'state/root'))], ['700', '1777', '700']);
  for (const path of ['home/a', 'state/home/a', 'state/home/a/x', 'state/home/a/x/y']) assert.equal(mode(join(root, path)), '0', path);
  assert.equal(mode(join(root, 'state/home')), '755');
  assert.ok(!existsSync(join(root, 'home/a/x')));
  assert.equal(readlinkSync(join(root, 'home/a/.rc')), '/state/home/a/.rc');
});

test('what a new image brings appears once; what was removed does not come back', options, () => {
  const root = system();
  const image = (names: string[]): void => names.forEach((name) => file(join(root, 'var', name), `of the image: ${name}`));
  image(['one', 'inner/two']);
  assert.equal(bring(root, 'directory /var'), '');
  rmSync(join(root, 'state/var/one'));
  file(join(root, 'state/var/inner/two'), 'changed');
  newSystem(root);
  image(['one', 'inner/two', 'inner/three']);
  assert.equal(bring(root, 'directory /var'), '');
  assert.deepEqual(readdirSync(join(root, 'state/var')), ['inner']);
  assert.equal(readFileSync(join(root, 'state/var/inner/two'), 'utf8'), 'changed');
  assert.equal(readFileSync(join(root, 'state/var/inner/three'), 'utf8'), 'of the image: inner/three');
  const seeded = readFileSync(join(root, 'state/.bootflake/seeded'), 'utf8').split('\0');
  assert.deepEqual(seeded.sort(), ['', '/var/inner', '/var/inner/three', '/var/inner/two', '/var/one']);
});

test('a program that replaces a kept file has its file taken over', options, () => {
  const root = system();
  file(join(root, 'etc/id'), 'of the image');
  bring(root, 'file /etc/id');
  assert.equal(readFileSync(join(root, 'state/etc/id'), 'utf8'), 'of the image');
  rmSync(join(root, 'etc/id'));
  file(join(root, 'etc/id'), 'replaced');
  bring(root, 'file /etc/id');
  assert.equal(readFileSync(join(root, 'state/etc/id'), 'utf8'), 'replaced');
  newSystem(root);
  file(join(root, 'etc/id'), 'of another image');
  bring(root, 'file /etc/id');
  assert.equal(readFileSync(join(root, 'state/etc/id'), 'utf8'), 'replaced');
  assert.equal(readlinkSync(join(root, 'etc/id')), '/state/etc/id');
  // A directory is in the way: it stays.
  rmSync(join(root, 'etc/id'));
  mkdirSync(join(root, 'etc/id'));
  assert.match(bring(root, 'file /etc/id'), /cannot link \/etc\/id/);
  assert.deepEqual(readdirSync(join(root, 'etc/id')), []);
});

test('links of users lead root nowhere', options, () => {
  const user = 4321;
  for (const where of ['home/a/.config', 'state/home/a/.config']) {
    const root = system();
    file(join(root, 'etc/environment'), 'of the system');
    bring(root, 'owned /home/a\nowned /home/a/.config\nfile /home/a/.config/environment');
    for (const path of ['home/a', 'state/home/a']) chownSync(join(root, path), user, user);
    rmSync(join(root, where), { recursive: true });
    symlinkSync(join(root, 'etc'), join(root, where));
    lchownSync(join(root, where), user, user);
    // The user's own, which would be copied there.
    if (where.startsWith('state')) {
      rmSync(join(root, 'home/a/.config/environment'));
      file(join(root, 'home/a/.config/environment'), 'evil');
    }
    const said = bring(root, 'owned /home/a\nowned /home/a/.config/new\ndirectory /home/a/.config/dir\nfile /home/a/.config/environment');
    assert.match(said, /nothing is done for \/home\/a\/\.config\/environment: \/(?:state\/)?home\/a\/\.config is a link of a user/);
    assert.deepEqual(readdirSync(join(root, 'etc')), ['environment']);
    assert.equal(readFileSync(join(root, 'etc/environment'), 'utf8'), 'of the system');
  }
});
