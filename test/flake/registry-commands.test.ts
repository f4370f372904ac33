/** `registry list|add|remove|pin|resolve`: files and output as nix writes them. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import type { RegistryRequest } from '../../src/flake/registry/commands.ts';
import { Forge } from '../fetch/forge.ts';
import { open } from './opened.ts';
import { nixIsOld } from './workspace.ts';
import { setEnvironment } from '../support/environment.ts';

const rev = (digit: string) => digit.repeat(40);
const hub = { rev: rev('a'), files: [{ path: 'flake.nix', contents: '{ outputs = _: { }; }\n', mtime: 1600000000 }] };
const shortEntry = { from: { type: 'indirect', id: 'short' }, to: { type: 'github', owner: 'owner', repo: 'hub' } };

test('changes and prints registries like nix', async (t) => {
  const forge = await Forge.open(t);
  forge.github('owner', 'hub', { HEAD: hub, main: { ...hub, rev: rev('b') } });
  forge.file(
    'channels.nixos.org/flake-registry.json',
    JSON.stringify({
      version: 2,
      flakes: [shortEntry, { ...shortEntry, from: { type: 'indirect', id: 'sub' }, to: { ...shortEntry.to, dir: 'sub' } }],
    }),
  );
  const { space, session, warnings } = open(t, {
    'etc/registry.json': JSON.stringify({
      version: 2,
      flakes: [{ from: { type: 'indirect', id: 'sys' }, to: { type: 'path', path: '/srv/sys' }, exact: true }],
    }),
    'folder/flake.nix': '{ outputs = _: { }; }',
  });
  const environment = { NIX_CONF_DIR: space.path('etc'), XDG_CONFIG_HOME: space.path('config') };
  setEnvironment(t, environment);
  const file = space.path('config/nix/registry.json');
  const ours = (request: RegistryRequest) => session().registry(request);

  const folder = space.path('folder');
  const steps: [words: string[], request: RegistryRequest][] = [
    [['add', 'vm', folder], { action: 'add', from: 'vm', to: folder }],
    [
      ['add', 'nixpkgs/old', 'github:NixOS/nixpkgs/nixos-20.09?dir=lib'],
      { action: 'add', from: 'nixpkgs/old', to: 'github:NixOS/nixpkgs/nixos-20.09?dir=lib' },
    ],
    [['add', 'vm', 'git+https://example.test/vm?ref=main'], { action: 'add', from: 'vm', to: 'git+https://example.test/vm?ref=main' }],
    [['pin', 'other', 'short/main'], { action: 'pin', from: 'other', to: 'short/main' }],
    [['pin', 'short'], { action: 'pin', from: 'short' }],
    [['remove', 'nixpkgs/old'], { action: 'remove', from: 'nixpkgs/old' }],
  ];
  const texts: string[] = [];
  for (const [, request] of steps) {
    assert.deepEqual(await ours(request), []);
    texts.push(readFileSync(file, 'utf8'));
  }
  const listed = await ours({ action: 'list' });
  const resolved = await ours({ action: 'resolve', flakes: ['short', 'sub', 'vm', 'sys', 'short/x'] });
  assert.deepEqual(resolved.slice(1, 4), ['github:owner/hub?dir=sub', 'git+https://example.test/vm?ref=main', 'path:/srv/sys']);
  assert.deepEqual(
    listed.filter((line) => !line.startsWith('user')),
    [
      'system flake:sys path:/srv/sys',
      'builtin flake:debian debian:trixie',
      'global flake:short github:owner/hub',
      'global flake:sub github:owner/hub?dir=sub',
    ],
  );
  assert.match(listed[2] ?? '', new RegExp(`^user   flake:short github:owner/hub/${rev('a')}$`));
  await assert.rejects(ours({ action: 'resolve', flakes: ['sys/main'] }), /cannot find flake 'flake:sys\/main'/);
  assert.deepEqual(warnings, []);
  const own = space.path('own/registry.json');
  mkdirSync(dirname(own));
  await ours({ action: 'add', from: 'x', to: 'github:a/b', file: 'own/registry.json' });
  assert.deepEqual(JSON.parse(readFileSync(own, 'utf8')), {
    version: 2,
    flakes: [{ from: { type: 'indirect', id: 'x' }, to: { type: 'github', owner: 'a', repo: 'b' } }],
  });

  if (nixIsOld) return t.diagnostic('not held against nix: it is missing or older than 2.30');
  rmSync(file);
  for (const [i, [words]] of steps.entries()) {
    const nix = await space.nixAsync(['registry', ...words], { ...forge.environment, ...environment });
    assert.equal(nix.status, 0, nix.stderr);
    assert.equal(texts[i], readFileSync(file, 'utf8').replaceAll('        "__final": true,\n', ''), words.join(' '));
  }
  const list = await space.nixAsync(['registry', 'list'], { ...forge.environment, ...environment });
  assert.deepEqual(
    listed.filter((line) => !line.startsWith('builtin')),
    list.stdout.trimEnd().split('\n'),
  );
  const resolve = await space.nixAsync(['registry', 'resolve', 'short', 'sub', 'vm', 'sys', 'short/x'], {
    ...forge.environment,
    ...environment,
  });
  assert.deepEqual(resolved, resolve.stdout.trimEnd().split('\n'));
});

test('lists the registries of this machine without a network', async (t) => {
  const forge = await Forge.open(t);
  const { space, session, warnings } = open(t, {
    'etc/registry.json': JSON.stringify({
      version: 2,
      flakes: [{ from: { type: 'indirect', id: 'sys' }, to: { type: 'path', path: '/srv/sys' } }],
    }),
  });
  setEnvironment(t, { NIX_CONF_DIR: space.path('etc'), XDG_CONFIG_HOME: space.path('config') });
  const lines = ['system flake:sys path:/srv/sys', 'builtin flake:debian debian:trixie'];
  const settings = { nixSettings: { 'download-attempts': '1' } };
  const one = session(settings);
  assert.deepEqual(await one.registry({ action: 'list', part: 'local' }), lines);
  assert.deepEqual(forge.takeAsked(), []);
  forge.on('channels.nixos.org/flake-registry.json', (_request, response) => void response.writeHead(503).end());
  assert.deepEqual(await one.registry({ action: 'list' }), lines);
  assert.match(
    warnings.splice(0).join(),
    /^the global flake registry is not listed: cannot download https:\/\/channels\.nixos\.org\/flake-registry\.json/,
  );
  assert.deepEqual(await session({ offline: true }).registry({ action: 'list' }), lines);
  assert.match(warnings.splice(0).join(), /is not listed: .*--offline forbids/);
  assert.deepEqual(await session({ nixSettings: { 'flake-registry': '/nonexistent/registry.json' } }).registry({ action: 'list' }), lines);
  assert.match(warnings.splice(0).join(), /is not listed: the flake registry '\/nonexistent\/registry\.json' cannot be read/);
});
