/** Source trees of git repositories: hashes and facts, compared with real nix where it is installed. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { nixMissing, type Workspace, newWorkspace } from '../flake/workspace.ts';

function repository(t: TestContext): Workspace {
  const space = newWorkspace(t);
  space.write({
    'r/flake.nix': '{ outputs = _: { }; }',
    'r/a file é.txt': 'text',
    'r/run.sh': '#!/bin/sh\n',
    'r/deep/er/x': '1',
    'r/secret': 's',
    'r/untracked-later': 'u',
  });
  chmodSync(space.path('r/run.sh'), 0o755);
  symlinkSync('deep/er/x', space.path('r/link'));
  space.git('r', 'init', '-q', '-b', 'master');
  space.git('r', 'add', '.');
  space.git('r', 'rm', '-q', '--cached', 'untracked-later');
  space.git('r', 'commit', '-q', '-m', 'first');
  return space;
}

interface Metadata {
  path: string;
  locked: Record<string, unknown>;
}

function nixMetadata(space: Workspace, ref: string): Metadata {
  const result = space.nix(['flake', 'metadata', '--json', ref]);
  assert.equal(result.status, 0, result.stderr);
  const metadata = JSON.parse(result.stdout) as Metadata;
  delete metadata.locked.__final;
  return metadata;
}

test('reads a clean work tree', { skip: nixMissing }, (t) => {
  const space = repository(t);
  const { flake, warnings } = space.lock(space.path('r'));
  const nix = nixMetadata(space, space.path('r'));
  assert.equal(flake.storePath, nix.path);
  // nix 2.8 writes only the branch, later versions the whole ref.
  assert.deepEqual(flake.locked.input, { ...nix.locked, ref: 'refs/heads/master' });
  assert.deepEqual(warnings, []);
});

test('reads tracked files of a changed work tree with their current contents', { skip: nixMissing }, (t) => {
  const space = repository(t);
  space.write({ 'r/deep/er/x': '2', 'r/new': 'staged', 'r/not-added': 'x' });
  space.git('r', 'add', 'new');
  space.git('r', 'rm', '-q', '--cached', 'run.sh');
  const { flake, warnings } = space.lock(space.path('r'));
  const nix = nixMetadata(space, space.path('r'));
  assert.equal(flake.storePath, nix.path);
  const head = space.git('r', 'rev-parse', 'HEAD').trim();
  assert.deepEqual(flake.locked.input, { ...nix.locked, dirtyRev: `${head}-dirty`, dirtyShortRev: `${head.slice(0, 7)}-dirty` });
  assert.deepEqual(warnings, [`Git tree '${space.path('r')}' is dirty`]);
});

test('leaves a deleted tracked file out of the tree', (t) => {
  const space = repository(t);
  space.git('r', 'config', 'core.quotePath', 'true');
  const before = space.lock(space.path('r')).flake.storePath;
  space.git('r', 'rm', '-q', 'secret');
  const after = space.lock(space.path('r')).flake.storePath;
  assert.notEqual(before, after);
  assert.throws(() => readFileSync(space.store.realPath(`${after}/secret`)));
  assert.equal(readFileSync(space.store.realPath(`${after}/a file é.txt`), 'utf8'), 'text');
});

test('reads commits, branches and tags from git objects', { skip: nixMissing }, (t) => {
  const space = repository(t);
  const first = space.git('r', 'rev-parse', 'HEAD').trim();
  space.write({ 'r/deep/er/x': 'second' });
  space.git('r', 'commit', '-q', '-a', '-m', 'second');
  space.git('r', 'branch', 'other', first);
  for (const query of [`?ref=master&rev=${first}`, '?ref=other', '?ref=refs/heads/master']) {
    const ref = `git+file://${space.path('r')}${query}`;
    const nix = nixMetadata(space, ref);
    const { flake } = space.lock(ref);
    assert.equal(flake.storePath, nix.path, query);
    assert.deepEqual(flake.locked.input, nix.locked, query);
  }
  assert.throws(() => space.lock(`git+file://${space.path('r')}?rev=${'1'.repeat(40)}`), /Cannot find Git revision '1{40}'/);
  assert.throws(() => space.lock(`git+file://${space.path('r')}?ref=none`), /there is no branch 'none'/);
});

test('includes submodules on request', { skip: nixMissing }, (t) => {
  const space = repository(t);
  space.write({ 'sub/inner': 'i' });
  space.repository('sub');
  space.git('r', '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', space.path('sub'), 'parts/sub');
  space.git('r', 'commit', '-q', '-m', 'submodule');
  const has = (ref: string) => {
    const { flake } = space.lock(ref);
    return existsSync(space.store.realPath(`${flake.storePath}/parts/sub/inner`));
  };
  const url = `git+file://${space.path('r')}`;
  assert.equal(has(url), false);
  assert.equal(has(`${url}?submodules=1`), true);
  space.write({ 'r/flake.nix': '{ inputs.self.submodules = true; outputs = _: { }; }' });
  assert.equal(has(url), true);
});

test('works before the first commit and in a subfolder', { skip: nixMissing }, (t) => {
  const space = newWorkspace(t);
  space.write({ 'r/sub/flake.nix': '{ outputs = _: { }; }' });
  space.git('r', 'init', '-q');
  space.git('r', 'add', '.');
  const { flake } = space.lock(space.path('r/sub'));
  const nix = nixMetadata(space, space.path('r/sub'));
  assert.equal(flake.storePath, nix.path);
  assert.equal(flake.locked.input.lastModified, 0);
  assert.equal(flake.folder, `${flake.storePath}/sub`);
});

test('distinguishes an untracked flake.nix from a missing one', (t) => {
  const space = repository(t);
  space.git('r', 'rm', '-q', '--cached', 'flake.nix');
  assert.throws(
    () => space.lock(space.path('r')),
    (error: Error & { hint?: string }) =>
      /flake.nix' exists but is not tracked by git/.test(error.message) && error.hint === `Run: git -C ${space.path('r')} add flake.nix`,
  );
  space.git('r', 'commit', '-q', '-m', 'gone');
  assert.throws(() => space.lock(`git+file://${space.path('r')}?ref=master`), /does not contain a 'flake.nix' file/);
});

test('reads a plain folder with everything in it', { skip: nixMissing }, (t) => {
  const space = repository(t);
  const ref = `path:${space.path('r/deep')}`;
  space.write({ 'r/deep/flake.nix': '{ outputs = _: { }; }' });
  const nix = nixMetadata(space, ref);
  const { flake } = space.lock(ref);
  assert.equal(flake.storePath, nix.path);
  assert.deepEqual(flake.locked.input, nix.locked);
});
