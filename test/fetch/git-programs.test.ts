/** Reading a repository starts no program that the repository names, and returns the same files with traps as without. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { kept } from '../../src/fetch/git-repository/repository.ts';
import { driver, everyKey, GitTraps } from './git-traps.ts';
import { open } from '../flake/opened.ts';
import { type Workspace, newWorkspace } from '../flake/workspace.ts';
import { setEnvironment } from '../support/environment.ts';

const attributes = `* filter=${driver} diff=${driver} merge=${driver}\n*.lfs filter=lfs\n`;
const flake = '{ outputs = { self }: { n = 1; rev = self.rev or self.dirtyRev; }; }\n';

/** `r` with two commits, a branch and a submodule, without traps yet. */
function repository(space: Workspace): void {
  space.write({
    'r/flake.nix': flake,
    'r/.gitattributes': attributes,
    'r/a': 'a',
    'r/big.lfs': 'large',
    'sub/inner': 'i',
    'sub/.gitattributes': attributes,
  });
  space.repository('sub');
  space.repository('r');
  space.git('r', 'branch', 'other');
  space.git('r', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', space.path('sub'), 'sub');
  space.git('r', 'commit', '-q', '-m', 'second');
}

/** Makes a file newer than the index, with the same contents: git must read it to compare. */
function touch(path: string): void {
  utimesSync(path, new Date(), new Date());
}

function workspace(t: TestContext): Workspace {
  const space = newWorkspace(t);
  repository(space);
  return space;
}

/** The result for each way to name the folder. */
function lookInAllWays(space: Workspace): Record<string, unknown> {
  const url = `git+file://${space.path('r')}`;
  const [first] = space.git('r', 'rev-list', '--reverse', 'HEAD').split('\n');
  const ways: Record<string, string> = {
    folder: space.path('r'),
    url,
    submodules: `${url}?submodules=1`,
    ref: `${url}?ref=master`,
    branch: `${url}?ref=other`,
    rev: `${url}?rev=${first}`,
    exported: `${url}?exportIgnore=1`,
    'submodules of a commit': `${url}?ref=master&submodules=1`,
    shallow: `git+file://${space.path('shallow')}?shallow=1`,
    'shallow commit': `git+file://${space.path('shallow')}?shallow=1&ref=master`,
    'work tree': `git+file://${space.path('further')}`,
    bare: `git+file://${space.path('bare')}`,
    path: `path:${space.path('r')}`,
  };
  return Object.fromEntries(
    Object.entries(ways).map(([name, ref]) => {
      const {
        flake: { storePath, locked },
      } = space.lock(ref);
      return [
        name,
        name === 'path' ? 'its own' : { storePath, rev: locked.input.rev, dirtyRev: locked.input.dirtyRev, count: locked.input.revCount },
      ];
    }),
  );
}

function furtherRepositories(space: Workspace): void {
  space.git('.', 'clone', '-q', '--depth', '1', `file://${space.path('r')}`, 'shallow');
  space.git('.', 'clone', '-q', '--bare', space.path('r'), 'bare');
  space.git('r', 'worktree', 'add', '-q', '--detach', space.path('further'));
}

test('no key of a repository’s configuration, no hook and no attribute starts a program', (t) => {
  const space = workspace(t);
  furtherRepositories(space);
  for (const file of ['r/a', 'r/big.lfs', 'r/sub/inner', 'shallow/a', 'further/a']) touch(space.path(file));
  const clean = lookInAllWays(space);
  const traps = new GitTraps(space.path('traps'));
  for (const gitDir of ['r/.git', 'r/.git/modules/sub', 'shallow/.git', 'bare']) traps.set(space.path(gitDir));
  for (const file of ['r/a', 'r/big.lfs', 'r/sub/inner', 'shallow/a', 'further/a']) touch(space.path(file));
  assert.deepEqual(lookInAllWays(space), clean);
  assert.equal(traps.take(), 0);

  appendFileSync(space.path('r/a'), 'changed');
  appendFileSync(space.path('r/sub/inner'), 'changed');
  const dirty = lookInAllWays(space) as Record<string, { rev?: string; dirtyRev?: string }>;
  assert.equal(traps.take(), 0);
  assert.match(dirty.folder?.dirtyRev ?? '', /-dirty$/);
  assert.equal(dirty.ref?.rev, (clean.ref as { rev: string }).rev);

  // The traps work: git itself falls into them.
  spawnSync('git', ['-C', space.path('r'), 'status']);
  assert.ok(traps.take() > 0);
});

test('no key that git has starts a program', (t) => {
  const space = workspace(t);
  furtherRepositories(space);
  const clean = lookInAllWays(space);
  const traps = new GitTraps(space.path('traps'));
  const keys = everyKey((key) => key in kept || key.startsWith('extensions.'));
  assert.ok(keys.length > 500, `git lists ${keys.length} keys`);
  for (const gitDir of ['r/.git', 'shallow/.git', 'bare']) traps.set(space.path(gitDir), keys);
  // git itself determines the HEAD of a submodule, and requires two of its settings to be valid.
  traps.set(
    space.path('r/.git/modules/sub'),
    keys.filter(([key]) => !['core.bare', 'core.worktree'].includes(key)),
  );
  for (const file of ['r/a', 'r/sub/inner', 'shallow/a']) touch(space.path(file));
  const config = readFileSync(space.path('r/.git/config'));
  // git itself refuses such a configuration, so the helper that asks it for the first revision is replaced.
  const rev = (clean.rev as { rev: string }).rev;
  space.git = () => `${rev}\n`;
  assert.deepEqual(lookInAllWays(space), clean);
  assert.equal(traps.take(), 0);
  assert.deepEqual(readFileSync(space.path('r/.git/config')), config);
});

test('a folder’s attributes do not start programs of the user’s own configuration either', (t) => {
  const space = workspace(t);
  const traps = new GitTraps(space.path('traps'));
  writeFileSync(
    space.path('gitconfig'),
    traps.config([
      [`filter.${driver}.clean`, 'PROGRAM'],
      [`filter.${driver}.process`, 'PROGRAM'],
      ['core.fsmonitor', 'PROGRAM'],
      ['core.hooksPath', 'HOOKS'],
    ]),
  );
  setEnvironment(t, { GIT_CONFIG_GLOBAL: space.path('gitconfig') });
  touch(space.path('r/a'));
  assert.equal(space.lock(`git+file://${space.path('r')}?submodules=1`).flake.locked.input.dirtyRev, undefined);
  assert.equal(traps.take(), 0);
  spawnSync('git', ['-C', space.path('r'), 'status']);
  assert.ok(traps.take() > 0);
});

test('adds a new lock file to the index and caches results without running a hook', async (t) => {
  const { space, session } = open(t, { 'dep/flake.nix': '{ outputs = _: { }; }' });
  repository(space);
  space.write({
    'r/flake.nix':
      `{ inputs.dep.url = "path:${space.path('dep')}"; outputs = { self, dep }: { packages.x86_64-linux.default = ` +
      'derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; }; }; }',
  });
  const traps = new GitTraps(space.path('traps'));
  traps.set(space.path('r/.git'));
  for (let round = 0; round < 2; round += 1) await session().evaluateInstallable(space.path('r'));
  assert.equal(traps.take(), 0);
  const listed = spawnSync('git', ['-C', space.path('r'), 'ls-files', 'flake.lock'], {
    encoding: 'utf8',
    env: {
      ...process.env,
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: 'false',
      GIT_CONFIG_KEY_1: 'core.hooksPath',
      GIT_CONFIG_VALUE_1: '/dev/null',
    },
  });
  assert.equal(listed.stdout, 'flake.lock\n', listed.stderr);
});

test('does not fetch what a partial clone lacks with a program that it names', (t) => {
  const space = workspace(t);
  space.git('r', 'config', 'uploadpack.allowFilter', 'true');
  space.git('.', 'clone', '-q', '--no-checkout', '--filter=blob:none', `file://${space.path('r')}`, 'partial');
  const traps = new GitTraps(space.path('traps'));
  traps.set(space.path('partial/.git'));
  assert.throws(() => space.lock(`git+file://${space.path('partial')}?ref=master`), { code: 'git/failed' });
  assert.equal(traps.take(), 0);
});
