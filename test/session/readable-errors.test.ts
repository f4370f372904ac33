/** Errors name the user's own files and show a line of them, but only of files in the flake's tree, whatever a message contains. */
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { badLockFile } from '../../src/flake/read-lock-file.ts';
import { readableError } from '../../src/session/readable-errors.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { packageRoot } from '../../src/system/package-root.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('shows lines of files in the flake, never of files outside that a message points to', (t) => {
  const folder = scratchFolder(t);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const checkout = join(folder, 'flake');
  mkdirSync(join(checkout, 'sub'), { recursive: true });
  writeFileSync(join(folder, 'secret'), 'a secret of the host');
  writeFileSync(join(checkout, 'module.nix'), 'first\nsecond\n');
  symlinkSync(join(folder, 'secret'), join(checkout, 'link'));
  symlinkSync('../module.nix', join(checkout, 'sub/inside'));
  const storePath = store.addToStore('source', { physicalPath: checkout }, { method: 'nar' });
  const other = store.addTextToStore('other', 'of another tree', []);
  symlinkSync(join(folder, 'secret'), join(store.physicalStore, 'stray'));
  const positionOf = (place: string, message = `in ${place}: wrong`) => {
    const trees = [{ storePath, attrs: { type: 'path' }, checkout: { folder: checkout, git: true, writable: false } }];
    const told = readableError(new BootflakeError({ code: 'eval/throw', message }), { trees, baseDir: checkout, store });
    assert.ok(told instanceof BootflakeError);
    return told.position;
  };
  assert.deepEqual(positionOf(`${storePath}/module.nix:2:1`), { file: './module.nix', line: 2, column: 1, sourceLine: 'second' });
  assert.equal(positionOf(`${storePath}/sub/inside:1:1`)?.sourceLine, 'first');
  const up = '../'.repeat(30);
  for (const place of [
    `${up}${join(folder, 'secret').slice(1)}`,
    'link',
    `../${other.slice('/nix/store/'.length)}`,
    '../stray',
    'sub',
    'none',
  ]) {
    assert.equal(positionOf(`${storePath}/${place}:1:1`)?.sourceLine, undefined, place);
  }
  assert.equal(positionOf('', `path '${storePath}/${up}etc/passwd' does not exist`), undefined);
});

test('a hint names a file of the user as its message does, and other files by their store path', (t) => {
  const folder = scratchFolder(t);
  const [own, other] = ['/nix/store/00000000000000000000000000000000-source', '/nix/store/11111111111111111111111111111111-source'];
  const trees = [
    { storePath: own, attrs: { type: 'path' }, checkout: { folder: join(folder, 'flake'), git: false, writable: true } },
    { storePath: other, attrs: { type: 'github' } },
  ];
  const hintOf = (path: string, baseDir: string): string | undefined => {
    const told = readableError(badLockFile(`lock file '${path}' is wrong`, path), { trees, baseDir, store: undefined });
    assert.ok(told instanceof BootflakeError);
    return told.hint;
  };
  assert.equal(hintOf(`${own}/flake.lock`, join(folder, 'flake')), "Repair './flake.lock', or delete it and run: bootflake flake lock");
  assert.equal(
    hintOf(`${own}/vm/flake.lock`, '/elsewhere'),
    `Repair '${folder}/flake/vm/flake.lock', or delete it and run: bootflake flake lock`,
  );
  assert.match(hintOf(`${other}/flake.lock`, folder)!, /Repair '\/nix\/store\/1{32}-source\/flake\.lock'/);
});

test('a missing module of the distribution has a hint where to take it from; other missing files have none', (t) => {
  const storePath = '/nix/store/00000000000000000000000000000000-source';
  const hintOf = (folder: string, file: string, code = 'eval/missing-path'): string | undefined => {
    const trees = [{ storePath, attrs: { type: 'path' }, checkout: { folder, git: false, writable: false } }];
    const error = new BootflakeError({ code, message: `path '${storePath}/${file}' does not exist` });
    const readable = readableError(error, { trees, baseDir: scratchFolder(t), store: undefined });
    assert.ok(readable instanceof BootflakeError);
    return readable.hint;
  };
  const distro = join(packageRoot(), 'distro');
  assert.match(hintOf(distro, 'nixos/modules/installer/cd-dvd/iso-image.nix')!, /nixosModules\.fromNixpkgs/);
  assert.equal(hintOf(distro, 'nixos/lib/none.nix'), undefined);
  assert.equal(hintOf(distro, 'nixos/modules/none.nix', 'eval/throw'), undefined);
  assert.equal(hintOf('/home/user/flake', 'nixos/modules/none.nix'), undefined);
});
