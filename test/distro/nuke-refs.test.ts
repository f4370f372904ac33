/** What `pkgs.nuke-references` does with the store paths in files. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

const path = (letter: string, name: string): string => `/nix/store/${letter.repeat(32)}-${name}`;
const nuke = (...args: string[]): number | null => spawnSync('bash', ['distro/pkgs/nuke-refs.sh', ...args]).status;

test('digests of store paths are overwritten, but not those that are kept', () => {
  const folder = scratchFolder();
  const file = join(folder, 'file');
  const bytes = (a: string, b: string): Buffer =>
    Buffer.concat([
      Buffer.from([0, 255, 10, 0]),
      Buffer.from(`${path(a, 'one')}\0${path(b, 'two')} /nix/store/short-x`),
      Buffer.from([254]),
    ]);
  writeFileSync(file, bytes('a', 'b'));
  symlinkSync(path('a', 'one'), join(folder, 'link'));
  assert.equal(nuke('-e', path('b', 'two'), file, join(folder, 'link'), folder), 0);
  assert.deepEqual(readFileSync(file), bytes('e', 'b'));
  assert.equal(nuke(file), 0);
  assert.deepEqual(readFileSync(file), bytes('e', 'e'));
  assert.equal(nuke('-x', file), 2);
});
