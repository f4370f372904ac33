import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Registries } from '../../src/flake/registry/registries.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { setEnvironment } from '../support/environment.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test("the built-in registry has debian, the user's registry has the user's entries", (t) => {
  const folder = scratchFolder(t);
  setEnvironment(t, { XDG_CONFIG_HOME: folder });
  const resolve = (id: string, more: Record<string, string> = {}, all = true) =>
    new Registries({
      settings: readSettings({ nixSettings: { 'flake-registry': '' } }, {}).fetch,
      overrideFlakes: [],
      baseDir: '/',
      warn: assert.fail,
      download: assert.fail,
    }).resolve({ type: 'indirect', id, ...more }, { all });
  assert.deepEqual(resolve('debian', { ref: 'bookworm' }).input, { type: 'debian', suite: 'bookworm' });
  assert.deepEqual(resolve('debian').input, { type: 'debian', suite: 'trixie' });
  assert.throws(() => resolve('vm'), /cannot find flake 'flake:vm' in the flake registries/);

  mkdirSync(join(folder, 'nix'));
  writeFileSync(
    join(folder, 'nix', 'registry.json'),
    JSON.stringify({
      version: 2,
      flakes: [
        { from: { type: 'indirect', id: 'vm' }, to: { type: 'path', path: '/srv/vm', dir: 'sub' } },
        { from: { type: 'indirect', id: 'n' }, to: { type: 'github', owner: 'o', repo: 'n' } },
        { from: { type: 'indirect', id: 'm' }, to: { type: 'indirect', id: 'n', ref: 'stable' } },
        { from: { type: 'indirect', id: 'e' }, to: { type: 'path', path: '/e' }, exact: true },
        { from: { type: 'indirect', id: 'a' }, to: { type: 'indirect', id: 'b' } },
        { from: { type: 'indirect', id: 'b' }, to: { type: 'indirect', id: 'a' } },
      ],
    }),
  );
  assert.deepEqual(resolve('vm'), { input: { type: 'path', path: '/srv/vm' }, dir: 'sub' });
  assert.deepEqual(resolve('n', { ref: 'main' }).input, { type: 'github', owner: 'o', repo: 'n', ref: 'main' });
  assert.deepEqual(resolve('m').input, { type: 'github', owner: 'o', repo: 'n', ref: 'stable' });
  assert.throws(() => resolve('e', { ref: 'main' }), /cannot find flake/);
  assert.throws(() => resolve('a'), /cycle detected in flake registry for 'flake:a'/);
  assert.throws(() => resolve('vm', {}, false), /cannot find flake/, 'inputs of flakes do not ask it');
});
