/** flake.nix, flake.lock and all files that a flake names itself must be in its tree, whatever links and `?dir=` point to. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { open } from './opened.ts';
import { type Workspace, newWorkspace } from './workspace.ts';

const leaf = '{ outputs = _: { x = 1; }; }\n';
const secret = 'the secret line of a host file';

function workspace(t: TestContext): Workspace {
  const space = newWorkspace(t);
  space.write({ 'outside/flake.nix': leaf, 'outside/secret': `${secret}\n`, 'outside/flake.lock': `${secret}\n` });
  return space;
}

/** Asserts that locking throws the given code and reveals nothing of the host's files. */
function refused(space: Workspace, ref: string, code: string, message = /./): void {
  assert.throws(
    () => space.lock(ref),
    (error: BootflakeError) => {
      assert.equal(error.code, code, `${ref}: ${error.stack}`);
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.message}${error.hint}${JSON.stringify(error.position)}`, new RegExp(secret));
      return true;
    },
  );
}

test('flake.nix and flake.lock may not link outside the tree', (t) => {
  const space = workspace(t);
  const link = (target: string, path: string) => {
    rmSync(space.path(path), { force: true });
    symlinkSync(target, space.path(path));
  };
  mkdirSync(space.path('f/sub'), { recursive: true });
  for (const repository of [false, true]) {
    const ref = repository ? `git+file://${space.path('f')}` : `path:${space.path('f')}`;
    if (repository) space.git('f', 'init', '-q');
    const add = () => {
      if (repository) space.git('f', 'add', '-A', '.');
    };
    for (const target of [
      '../outside/flake.nix',
      space.path('outside/secret'),
      '/etc/hostname',
      '../../../../../../../../../etc/hostname',
      'sub/../../outside/secret',
    ]) {
      link(target, 'f/flake.nix');
      add();
      refused(space, ref, 'flake/outside-tree', /flake\.nix' leads to '.*', which is outside of its flake's tree/);
    }
    link('flake.nix', 'f/flake.nix');
    add();
    refused(space, ref, 'flake/not-a-file', /is a link that leads to itself/);
    rmSync(space.path('f/flake.nix'));
    space.write({ 'f/flake.nix': leaf });
    for (const target of ['../outside/flake.lock', space.path('outside/secret')]) {
      link(target, 'f/flake.lock');
      add();
      refused(space, ref, 'flake/outside-tree', /flake\.lock' leads to/);
    }
    rmSync(space.path('f/flake.lock'));
    // Links within the tree are followed.
    space.write({ 'f/sub/real.nix': leaf });
    link('sub/real.nix', 'f/flake.nix');
    add();
    assert.equal(space.lock(ref).flake.file.inputs.size, 0);
    rmSync(space.path('f/flake.nix'));
  }
});

test('?dir= must name a folder of the tree', (t) => {
  const space = workspace(t);
  space.write({ 'f/in/flake.nix': leaf, 'f/flake.nix': leaf });
  symlinkSync('../outside', space.path('f/away'));
  symlinkSync('in', space.path('f/near'));
  const ref = (dir: string) => `path:${space.path('f')}?dir=${dir}`;
  for (const dir of ['..', '../outside', '../..', 'in/../../outside', '../../../../../../..', './../outside'])
    refused(space, ref(dir), 'flake/outside-tree', /lies outside of the flake's tree/);
  refused(space, ref('away'), 'flake/outside-tree', /away\/flake\.nix' leads to/);
  refused(space, ref('none'), 'flake/not-a-flake', /does not contain a 'none\/flake\.nix' file/);
  for (const dir of ['in', './in', 'in/../in', '/in', 'in/', 'near']) assert.equal(space.lock(ref(dir)).flake.file.inputs.size, 0, dir);
  space.write({ 'top/flake.nix': `{ inputs.f.url = "path:${space.path('f')}?dir=../outside"; outputs = _: { }; }` });
  refused(space, `path:${space.path('top')}`, 'flake/outside-tree');
  space.write({ 'top/flake.nix': '{ inputs.f.url = "path:./away"; outputs = _: { }; }' });
  symlinkSync('../outside', space.path('top/away'));
  refused(space, `path:${space.path('top')}`, 'flake/outside-tree', /away\/flake\.nix' leads to/);
});

test('writes a lock file only into the flake’s own tree', (t) => {
  const space = workspace(t);
  space.write({
    'dep/flake.nix': leaf,
    victim: secret,
    'f/sub/flake.nix': `{ inputs.dep.url = "path:${space.path('dep')}"; outputs = _: { }; }`,
    'f/shared.lock': '{"nodes":{"root":{}},"root":"root","version":7}',
  });
  const ref = `path:${space.path('f')}?dir=sub`;
  symlinkSync('../../victim', space.path('f/sub/flake.lock'));
  refused(space, ref, 'flake/outside-tree');
  assert.equal(readFileSync(space.path('victim'), 'utf8'), secret);
  rmSync(space.path('f/sub/flake.lock'));
  symlinkSync('../shared.lock', space.path('f/sub/flake.lock'));
  space.lock(ref);
  assert.ok(lstatSync(space.path('f/sub/flake.lock')).isSymbolicLink());
  assert.match(readFileSync(space.path('f/shared.lock'), 'utf8'), /"dep"/);
});

test('a locked input cannot leave its tree when it is evaluated', async (t) => {
  const { space, session } = open(t, {
    'outside/flake.nix': leaf,
    'outside/secret': `${secret}\n`,
    'dep/in/flake.nix': leaf,
    'dep/data': '1',
    'tree/flake.nix':
      '{ outputs = { self }: { thrown = throw "${self}/link:1:1: x"; climbed = throw "${self}/../../../../outside/secret:1:1: x"; }; }',
  });
  symlinkSync('../outside/flake.nix', space.path('dep/flake.nix'));
  symlinkSync(space.path('outside/secret'), space.path('tree/link'));
  const { storePath, narHash } = (() => {
    const path = space.store.addToStore('source', { physicalPath: space.path('dep') }, { method: 'nar' });
    return { storePath: path, narHash: space.store.queryPathInfo(path)!.narHash };
  })();
  const locked = { type: 'path', path: storePath, narHash, lastModified: 1 };
  const one = session();
  for (const [index, dir] of [undefined, '../outside', '..', 'in/../../x'].entries()) {
    const node = {
      locked: { ...locked, ...(dir !== undefined && { dir }) },
      original: { type: 'path', path: '/x', ...(dir !== undefined && { dir }) },
    };
    const url = `path:/x${dir === undefined ? '' : `?dir=${dir}`}`;
    space.write({
      [`top${index}/flake.nix`]: `{ inputs.dep.url = "${url}"; outputs = { dep, ... }: { y = dep.x; }; }`,
      [`top${index}/flake.lock`]: JSON.stringify({ version: 7, root: 'root', nodes: { root: { inputs: { dep: 'dep' } }, dep: node } }),
    });
    for (const impure of index === 0 ? [false, true] : [false]) {
      const evaluated = (impure ? session({ impure }) : one).evaluateExpression({
        installable: `path:${space.path(`top${index}`)}#y`,
        format: 'json',
      });
      await assert.rejects(evaluated, { code: 'flake/outside-tree' }, String(dir));
    }
  }
  for (const attribute of ['thrown', 'climbed']) {
    const error = await one.evaluateExpression({ installable: `path:${space.path('tree')}#${attribute}`, format: 'json' }).then(
      () => assert.fail(),
      (reason: unknown) => reason as BootflakeError,
    );
    assert.doesNotMatch(JSON.stringify([error.message, error.position, error.trace, error.hint]), new RegExp(secret), attribute);
  }
});
