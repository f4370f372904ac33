/** The distribution as an input: what a lock pins, and how it changes with bootflake. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { InputAttrs } from '../../src/fetch/scheme/scheme.ts';
import { type Workspace, newWorkspace } from '../flake/workspace.ts';

function pins(suite: string, day: number): InputAttrs {
  const hash = (part: string) => Buffer.from(`${suite}${part}${day}`.padEnd(32, '.')).toString('hex');
  const date = 1700000000 + day * 86400;
  return {
    type: 'debian',
    suite,
    release: hash('r'),
    updates: hash('u'),
    security: hash('s'),
    releaseDate: date,
    updatesDate: date,
    securityDate: date,
    lastModified: date,
  };
}

function open(t: TestContext): { space: Workspace; asked: [string, InputAttrs | undefined][]; lockFile: string } {
  const space = newWorkspace(t);
  const asked: [string, InputAttrs | undefined][] = [];
  space.lockDebian = (suite, previous) => {
    asked.push([suite, previous]);
    return pins(suite, asked.length);
  };
  space.write({ 'vm/flake.nix': '{ inputs.nixpkgs.url = "debian/trixie"; outputs = { self, nixpkgs }: { }; }' });
  return { space, asked, lockFile: space.path('vm/flake.lock') };
}

interface LockJson {
  nodes: { nixpkgs: { locked: InputAttrs; original: InputAttrs } };
}

test('a lock pins the archive, and is enough to recreate the same tree', (t) => {
  const { space, asked, lockFile } = open(t);
  const { warnings } = space.lock(space.path('vm'));
  assert.match(
    warnings[0] ?? '',
    /^creating lock file '.*':\n• Added input 'nixpkgs':\n {4}'debian:trixie' main 74726978, updates 74726978, security 74726978 \(2023-11-15\)$/,
  );
  const { nixpkgs } = (JSON.parse(readFileSync(lockFile, 'utf8')) as LockJson).nodes;
  const { narHash, ...locked } = nixpkgs.locked;
  assert.deepEqual(locked, pins('trixie', 1));
  assert.match(String(narHash), /^sha256-/);
  assert.deepEqual(nixpkgs.original, { type: 'indirect', id: 'debian', ref: 'trixie' });
  const again = space.lock(space.path('vm'));
  assert.deepEqual([asked.length, again.warnings], [1, []]);

  // A locked reference alone, as evaluation fetches it, without requests to the archive.
  const { flake } = space.lock(
    `debian:trixie?release=${String(locked.release)}&updates=${String(locked.updates)}&security=${String(locked.security)}&releaseDate=${String(locked.releaseDate)}&updatesDate=${String(locked.updatesDate)}&securityDate=${String(locked.securityDate)}&lastModified=${String(locked.lastModified)}`,
  );
  assert.equal(flake.locked.input.narHash, narHash);
  assert.equal(asked.length, 1);
  assert.deepEqual(JSON.parse(readFileSync(space.store.realPath(`${flake.storePath}/archive.json`), 'utf8')), locked);
});

test('an update asks the archive again, and passes the locked state on', (t) => {
  const { space, asked } = open(t);
  space.lock(space.path('vm'));
  const { warnings } = space.lock(space.path('vm'), { updateInputs: ['nixpkgs'] });
  assert.match(
    warnings[0] ?? '',
    /^updating lock file '.*':\n• Updated input 'nixpkgs':\n {4}'debian:trixie' .* \(2023-11-15\)\n {2}→ 'debian:trixie' .* \(2023-11-16\)$/,
  );
  assert.deepEqual(
    asked.map(([suite, previous]) => [suite, previous?.releaseDate]),
    [
      ['trixie', undefined],
      ['trixie', pins('trixie', 1).releaseDate],
    ],
  );
});

test('another version of the distribution keeps the locked archive', (t) => {
  const { space, asked, lockFile } = open(t);
  space.lock(space.path('vm'));
  const written = readFileSync(lockFile, 'utf8');
  writeFileSync(lockFile, written.replace(/"narHash": "[^"]*"/, `"narHash": "sha256-${'A'.repeat(43)}="`));
  assert.throws(() => space.lock(space.path('vm'), { updateLockFile: false }), /requires lock file changes/);
  const { warnings } = space.lock(space.path('vm'));
  assert.match(
    warnings[0] ?? '',
    /input 'nixpkgs' was locked with the distribution of another version of bootflake; its packages stay as locked/,
  );
  assert.match(warnings[1] ?? '', /^updating lock file '[^\n]*'$/);
  assert.equal(readFileSync(lockFile, 'utf8'), written);
  assert.equal(asked.length, 1);
});

test('an override replaces the suite and does not write the lock', (t) => {
  const { space, lockFile } = open(t);
  const { root, lockDiffers } = space.lock(space.path('vm'), { overrideInputs: { nixpkgs: 'debian/bookworm' } });
  const nixpkgs = root.inputs.get('nixpkgs');
  assert.ok(nixpkgs && 'lock' in nixpkgs);
  assert.equal(nixpkgs.lock?.locked.input.suite, 'bookworm');
  assert.equal(nixpkgs.lock?.original.input.ref, 'trixie');
  assert.equal(lockDiffers, true);
  assert.throws(() => readFileSync(lockFile));
});

test('a lock that a later version of bootflake wrote is refused before its attributes are looked at', (t) => {
  const { space, lockFile } = open(t);
  space.lock(space.path('vm'));
  const written = readFileSync(lockFile, 'utf8');
  writeFileSync(lockFile, written.replace('"suite"', '"schema": 3, "unheard": "of", "suite"'));
  assert.throws(() => space.lock(space.path('vm')), {
    code: 'debian/newer-lock',
    hint: /Update bootflake, or run: bootflake flake update nixpkgs/,
  });
  writeFileSync(lockFile, written.replace('"suite"', '"release/contrib/amd64": "x", "suite"'));
  assert.throws(() => space.lock(space.path('vm')), /'release\/contrib\/amd64' is no SHA-256/);
});
