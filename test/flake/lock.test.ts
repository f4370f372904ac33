/** Lock files, compared byte for byte with real nix where it is installed. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { printLock, diffLocks, findInput } from '../../src/flake/lock-file.ts';
import { parseLockFile } from '../../src/flake/read-lock-file.ts';
import { nixIsOld, nixMissing, type Workspace, newWorkspace } from './workspace.ts';

const leaf = '{ outputs = { self }: { x = 1; }; }';

/** A flake with inputs of each kind: a chain of flakes, a `follows`, a tree that is not a flake, a git repository, a subfolder. */
function family(space: Workspace): void {
  space.write({
    'leaf/flake.nix': leaf,
    'leaf2/flake.nix': leaf,
    'data/file': 'é',
    'mid/flake.nix':
      `{ inputs.leaf.url = "path:${space.path('leaf')}"; inputs.data = { url = "path:${space.path('data')}"; flake = ` +
      'false; }; outputs = _: { }; }',
    'repo/flake.nix': `{ inputs.leaf.url = "path:${space.path('leaf2')}"; outputs = _: { }; }`,
    'repo/sub/flake.nix': leaf,
  });
  space.repository('repo');
  space.write({
    'top/flake.nix': `{
      description = "top";
      inputs = {
        mid.url = "path:${space.path('mid')}";
        again = { url = "path:${space.path('mid')}"; inputs.leaf.follows = "mid/leaf"; };
        repo.url = "git+file://${space.path('repo')}?ref=master";
        sub = { type = "git"; url = "file://${space.path('repo')}"; ref = "master"; dir = "sub"; };
        attrs = { type = "path"; path = "${space.path('leaf')}"; };
      };
      outputs = { self, mid, again, repo, sub, attrs }: { };
    }`,
  });
}

/** Locks with nix and with us from the same start, compares, and leaves the lock in place. */
function bothLock(space: Workspace, name: string, nixFlags: string[], options: Parameters<Workspace['lock']>[1]): void {
  const lockFile = space.path(`${name}/flake.lock`);
  const before = existsSync(lockFile) ? readFileSync(lockFile) : undefined;
  const nix = space.nix(['flake', 'lock', ...nixFlags, space.path(name)]);
  assert.equal(nix.status, 0, nix.stderr);
  const wanted = readFileSync(lockFile, 'utf8');
  if (before) writeFileSync(lockFile, before);
  else rmSync(lockFile);
  space.lock(space.path(name), options);
  assert.equal(readFileSync(lockFile, 'utf8'), wanted);
}

test('writes the locks that nix writes: new, changed, updated, removed', { skip: nixMissing }, (t) => {
  const space = newWorkspace(t);
  family(space);
  bothLock(space, 'top', [], {});
  const first = readFileSync(space.path('top/flake.lock'), 'utf8');

  // Only inputs that changed in flake.nix are locked anew, although the trees of the other inputs have changed.
  space.write({ 'leaf/new': 'x', 'mid/new': 'x' });
  const flake = readFileSync(space.path('top/flake.nix'), 'utf8');
  space.write({ 'top/flake.nix': flake.replace('?ref=master"', '?ref=master&shallow=0"') });
  bothLock(space, 'top', [], {});
  const second = readFileSync(space.path('top/flake.lock'), 'utf8');
  assert.notEqual(second, first);
  const hashes = (text: string) =>
    Object.entries(JSON.parse(text).nodes as Record<string, { locked?: { narHash: string } }>).map(([key, node]) => [
      key,
      node.locked?.narHash,
    ]);
  assert.deepEqual(hashes(second), hashes(first));

  bothLock(space, 'top', ['--update-input', 'mid'], { updateInputs: ['mid'] });
  bothLock(space, 'top', ['--update-input', 'repo/leaf'], { updateInputs: ['repo/leaf'] });
  bothLock(space, 'top', ['--recreate-lock-file'], { recreateLockFile: true });
  space.write({ 'top/flake.nix': flake.replace(/again = .*\n/, '').replace(', again', '') });
  bothLock(space, 'top', [], {});
});

test('locks an overridden input of an input as it was written', (t) => {
  // nix 2.8 writes the overridden reference as `original` here; since 2.31 it writes the override.
  const space = newWorkspace(t);
  family(space);
  space.write({
    'giver/flake.nix':
      `{ inputs.mid = { url = "path:${space.path('mid')}"; inputs.leaf.url = "path:${space.path('leaf2')}"; }; outputs ` + '= _: { }; }',
  });
  const leafOf = () => {
    const { root, warnings } = space.lock(space.path('giver'));
    const { locked, original } = findInput(root, ['mid', 'leaf'])?.lock ?? assert.fail('no such input');
    return { locked: locked.input.path, original: original.input.path, warnings };
  };
  const first = leafOf();
  assert.deepEqual([first.locked, first.original], [space.path('leaf2'), space.path('leaf2')]);
  assert.deepEqual(leafOf().warnings, []);
  // The override is removed: mid's own reference counts again.
  space.write({ 'giver/flake.nix': `{ inputs.mid.url = "path:${space.path('mid')}"; outputs = _: { }; }` });
  assert.equal(leafOf().locked, space.path('leaf2'), 'as in Nix, what is locked below a kept input stays');
});

test('locks inputs that come from the lock files of inputs', { skip: nixMissing }, (t) => {
  const space = newWorkspace(t);
  family(space);
  bothLock(space, 'mid', [], {});
  space.write({ 'leaf/changed': 'x' });
  space.write({ 'user/flake.nix': `{ inputs.mid.url = "path:${space.path('mid')}"; outputs = _: { }; }` });
  bothLock(space, 'user', [], {});
});

test('adds a new lock with intent-to-add in a git repository, and reads the tree again', { skip: nixMissing }, (t) => {
  const space = newWorkspace(t);
  family(space);
  space.write({ 'vm/flake.nix': `{ inputs.leaf.url = "path:${space.path('leaf')}"; outputs = _: { }; }` });
  space.repository('vm');
  const { warnings, flake } = space.lock(space.path('vm'));
  assert.match(space.git('vm', 'status', '--short'), /^ A flake\.lock$/m);
  assert.match(
    warnings[0] ?? '',
    /^creating lock file '.*\/vm\/flake\.lock':\n• Added input 'leaf':\n {4}'path:.*\?lastModified=[0-9]+&narHash=sha256-[^']+' \([0-9-]{10}\)$/,
  );
  assert.equal(warnings[1], `Git tree '${space.path('vm')}' is dirty`);
  const nix = JSON.parse(space.nix(['flake', 'metadata', '--json', space.path('vm')]).stdout) as {
    path: string;
    locked: { narHash: string };
  };
  assert.equal(flake.storePath, nix.path);
  assert.equal(flake.locked.input.narHash, nix.locked.narHash);
});

test('writes an ignored lock without adding it, like nix', (t) => {
  const space = newWorkspace(t);
  family(space);
  // Older versions of nix add it anyway.
  const isJudged = !nixMissing && !nixIsOld;
  const repositories = isJudged ? ['ours', 'theirs'] : ['ours'];
  for (const name of repositories) {
    space.write({
      [`${name}/vm/flake.nix`]: `{ inputs.leaf.url = "path:${space.path('leaf')}"; outputs = _: { }; }`,
      [`${name}/.gitignore`]: '/*/flake.lock\n',
    });
    space.repository(name);
  }
  const { flake } = space.lock(space.path('ours/vm'));
  if (isJudged) assert.equal(space.nix(['flake', 'lock', space.path('theirs/vm')]).status, 0);
  for (const name of repositories) {
    assert.equal(space.git(name, 'status', '--short', '--ignored'), '!! vm/flake.lock\n', name);
    assert.equal(readFileSync(space.path(`${name}/vm/flake.lock`), 'utf8'), readFileSync(space.path('ours/vm/flake.lock'), 'utf8'));
  }
  // Patterns in .git/info/exclude count too; a folder's name is literal, even if it looks like a git pathspec.
  for (const name of ['[v]*m', ':(top)vm']) {
    space.write({ [`own/${name}/flake.nix`]: `{ inputs.leaf.url = "path:${space.path('leaf')}"; outputs = _: { }; }` });
    space.git('.', 'init', '-q', 'own');
    space.git('own', 'add', '.');
    space.git('own', 'commit', '-q', '-m', name);
    writeFileSync(space.path('own/.git/info/exclude'), '');
    space.lock(space.path(`own/${name}`));
    assert.match(space.git('own', 'status', '--short'), /^ A .*flake\.lock/, name);
    space.git('own', 'reset', '-q');
    rmSync(space.path(`own/${name}/flake.lock`));
    writeFileSync(space.path('own/.git/info/exclude'), 'flake.lock\n');
    space.lock(space.path(`own/${name}`));
    assert.equal(space.git('own', 'status', '--short'), '', name);
  }
  // The tree is the committed one, which has no lock, so it is locked again the next time.
  const again = space.lock(space.path('ours/vm'));
  assert.equal(again.flake.storePath, flake.storePath);
  assert.match(again.warnings[0] ?? '', /^updating lock file '.*\/ours\/vm\/flake\.lock'/);
});

test('reports a forbidden change together with the change', (t) => {
  const space = newWorkspace(t);
  family(space);
  assert.throws(
    () => space.lock(space.path('mid'), { updateLockFile: false }),
    /requires lock file changes but they're not allowed due to '--no-update-lock-file':\n• Added input 'data':/,
  );
  const unwritten = space.lock(space.path('mid'), { writeLockFile: false });
  assert.match(unwritten.warnings[0] ?? '', /^not writing modified lock file of flake 'path:.*':\n• Added input/);
  assert.equal(unwritten.lockDiffers, true);
  assert.equal(existsSync(space.path('mid/flake.lock')), false);
  const overridden = space.lock(space.path('mid'), {
    overrideInputs: { leaf: `path:${space.path('leaf2')}`, none: `path:${space.path('leaf2')}` },
  });
  assert.equal(findInput(overridden.root, ['leaf'])?.lock?.locked.input.path, space.path('leaf2'));
  assert.equal(findInput(overridden.root, ['leaf'])?.lock?.original.input.path, space.path('leaf'));
  assert.match(overridden.warnings.join('\n'), /the flag '--override-input none path:.*' does not match any input/);
  assert.equal(existsSync(space.path('mid/flake.lock')), false);
});

test('reports errors of inputs with their place', (t) => {
  const space = newWorkspace(t);
  const fault = (flake: string, message: RegExp) => {
    space.write({ 'bad/flake.nix': flake });
    assert.throws(() => space.lock(space.path('bad')), message);
  };
  fault('{ inputs.a.follows = "b"; outputs = _: { }; }', /input 'a' follows a non-existent input 'b'/);
  fault('{ inputs.a.follows = "b"; inputs.b.follows = "a"; outputs = _: { }; }', /follow cycle detected: \[[ab] -> [ab] -> [ab]\]/);
  fault('{ inputs.a.url = "path:./x" + ""; outputs = _: { }; }', /expected a string but got a thunk/);
  fault('{ inputs.a.flake = 1; outputs = _: { }; }', /expected a Boolean but got an integer/);
  fault('{ inputs.a.frob = "x"; outputs = _: { }; }', /unexpected flake input attribute 'frob'/);
  fault('{ inputs.a = { url = "path:/x"; follows = "b"; }; outputs = _: { }; }', /both a flake reference and a follows attribute/);
  fault('{ inputs = 1; outputs = _: { }; }', /expected a set but got an integer/);
  fault('{ frob = 1; outputs = _: { }; }', /unsupported attribute 'frob'/);
  fault('{ }', /lacks attribute 'outputs'/);
  fault('let x = 1; in { outputs = _: { }; }', /must be an attribute set/);
  fault('{ outputs = 1; }', /expected a function but got an integer/);
  fault('{ outputs = { self, nixpkgs }: { }; }', /cannot find flake 'flake:nixpkgs' in the flake registries/);
  fault(
    '{ inputs.a.url = "github:a/b"; outputs = _: { }; }',
    /'https:\/\/api.github.com\/repos\/a\/b\/commits\/HEAD' is not cached, and --offline forbids/,
  );
  fault('{ inputs.a.url = "path:/nowhere/at/all"; outputs = _: { }; }', /path '\/nowhere\/at\/all' does not exist/);
  fault('{ inputs.a.url = "path:../../../x"; outputs = _: { }; }', /lies outside of its flake's tree/);
  fault('{ outputs = _: { }', /syntax error|unexpected/);
});

test('resolves relative inputs in the tree of their flake', (t) => {
  const space = newWorkspace(t);
  space.write({
    'top/flake.nix': '{ inputs.sub.url = "path:./sub"; inputs.lit.url = ./lit; outputs = _: { }; }',
    'top/sub/flake.nix': '{ inputs.deep.url = "path:./deep"; outputs = _: { }; }',
    'top/sub/deep/flake.nix': leaf,
    'top/lit/flake.nix': leaf,
  });
  const { root } = space.lock(space.path('top'));
  const nodes = JSON.parse(printLock(root).text).nodes as Record<string, unknown>;
  assert.deepEqual(nodes.sub, {
    inputs: { deep: 'deep' },
    locked: { path: './sub', type: 'path' },
    original: { path: './sub', type: 'path' },
    parent: [],
  });
  assert.deepEqual(nodes.deep, { locked: { path: './deep', type: 'path' }, original: { path: './deep', type: 'path' }, parent: ['sub'] });
  assert.deepEqual(nodes.lit, { locked: { path: 'lit', type: 'path' }, original: { path: 'lit', type: 'path' }, parent: [] });
  const again = space.lock(space.path('top'));
  assert.deepEqual(again.warnings, []);
});

test('refuses wrong lock files, and reads old ones', () => {
  const bad = (json: unknown, message: RegExp) =>
    assert.throws(() => parseLockFile(typeof json === 'string' ? json : JSON.stringify(json), '/x/flake.lock'), message);
  bad('{', /could not parse '\/x\/flake.lock'/);
  bad({ version: 8 }, /unsupported version 8/);
  bad({ version: 7, root: 'root', nodes: { root: { inputs: { a: 'b' } } } }, /references missing node 'b'/);
  bad({ version: 7, root: 'root', nodes: { root: { inputs: { a: 'root' } } } }, /cycle to the root/);
  bad(
    { version: 7, root: 'root', nodes: { root: { inputs: { a: 'a' } }, a: { locked: { type: 'path', path: '/x', narHash: 'sha256-x' } } } },
    /attribute 'original' missing/,
  );
  bad(
    {
      version: 7,
      root: 'root',
      nodes: { root: { inputs: { a: 'a' } }, a: { original: { type: 'path', path: '/x' }, locked: { type: 'path', path: '/x' } } },
    },
    /contains unlocked input/,
  );
  const github = { type: 'github', owner: 'a', repo: 'b' };
  const locked = { ...github, rev: 'e'.repeat(40), narHash: 'sha256-x', lastModified: 1700000000 };
  const old = parseLockFile(
    JSON.stringify({ version: 5, root: 'root', nodes: { root: { inputs: { a: 'a', c: ['a'] } }, a: { original: github, locked } } }),
    'x',
  );
  const text = printLock(old).text;
  assert.equal(JSON.parse(text).version, 7);
  assert.equal(printLock(parseLockFile(text, 'x')).text, text);
  assert.equal(
    diffLocks(parseLockFile('{"version":7,"root":"root","nodes":{"root":{}}}', 'x'), old),
    `• Added input 'a':\n    'github:a/b/${'e'.repeat(40)}?narHash=sha256-x' (2023-11-14)\n• Added input 'c':\n    follows 'a'`,
  );
});

test('locks relative inputs, and follows and overrides through them, like nix', {
  skip: nixIsOld && 'nix is missing or older than 2.30',
}, (t) => {
  const space = newWorkspace(t);
  space.write({
    'mono/flake.nix': `{
      inputs.a.url = "path:./a"; inputs.b.url = ./b; inputs.raw = { url = "path:./data"; flake = false; };
      inputs.deep = { url = "path:./a/deep"; inputs.leaf.follows = "a/leaf"; };
      inputs.far.url = "path:${space.path('other')}"; inputs.far.inputs.near.inputs.leaf.follows = "b/leaf";
      outputs = inputs: { };
    }`,
    'mono/a/flake.nix': `{ inputs.leaf.url = "path:${space.path('leaf')}"; inputs.deep.url = "path:./deep"; outputs = _: { }; }`,
    'mono/a/deep/flake.nix': '{ inputs.leaf.url = "path:../../leaf"; outputs = _: { }; }',
    'mono/b/flake.nix': '{ inputs.a.url = "../a"; inputs.leaf.follows = "a/leaf"; outputs = _: { }; }',
    'mono/leaf/flake.nix': leaf,
    'mono/data/x': 'x',
    'leaf/flake.nix': leaf,
    'other/flake.nix': '{ inputs.near.url = "path:./near"; outputs = _: { }; }',
    'other/near/flake.nix': `{ inputs.leaf.url = "path:${space.path('leaf')}"; outputs = _: { }; }`,
  });
  bothLock(space, 'mono', [], {});
  space.write({
    'leaf/new': 'x',
    'mono/a/flake.nix':
      `{ inputs.leaf.url = "path:${space.path('leaf')}"; inputs.deep.url = "path:./deep"; inputs.more.url = ` +
      '"path:./deep"; outputs = _: { }; }',
  });
  bothLock(space, 'mono', [], {});
  bothLock(space, 'mono', ['--update-input', 'a'], { updateInputs: ['a'] });
  bothLock(space, 'mono', ['--update-input', 'far/near/leaf'], { updateInputs: ['far/near/leaf'] });
});

test('updating what is not an input changes nothing: an error if named explicitly, else a warning as in nix', (t) => {
  const space = newWorkspace(t);
  space.write({
    'top/flake.nix': `{ inputs.leaf.url = "path:${space.path('leaf')}"; inputs.mid.url = "path:${space.path('mid')}"; outputs = _: { }; }`,
    'mid/flake.nix': `{ inputs.deep.url = "path:${space.path('leaf')}"; outputs = _: { }; }`,
    'leaf/flake.nix': leaf,
  });
  const ref = `path:${space.path('top')}`;
  space.lock(ref);
  const before = readFileSync(space.path('top/flake.lock'), 'utf8');
  space.write({ 'leaf/more': 'x' });
  for (const [updates, hint] of [
    [['laef'], /did you mean 'leaf'\? the flake has: leaf, mid, mid\/deep/],
    [['leaf', 'nosuch'], /the flake has: /],
    [['mid/dep'], /did you mean 'mid\/deep'\?/],
  ] as const) {
    assert.throws(
      () => space.lock(ref, { updateInputs: [...updates], strictUpdates: true }),
      (error: Error & { code: string; hint: string }) => {
        assert.deepEqual(
          [error.code, error.message],
          ['flake/unknown-input', `'${updates.at(-1)}' does not match any input of this flake`],
        );
        assert.match(error.hint, hint);
        return true;
      },
    );
    assert.equal(readFileSync(space.path('top/flake.lock'), 'utf8'), before);
  }
  assert.match(
    space.lock(ref, { updateInputs: ['nosuch'] }).warnings.join(),
    /'nosuch' does not match any input of this flake; it has: leaf, mid/,
  );
  space.lock(ref, { updateInputs: ['leaf'], strictUpdates: true });
  assert.notEqual(readFileSync(space.path('top/flake.lock'), 'utf8'), before);
});
