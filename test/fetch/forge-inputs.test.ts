/** Inputs from forges and web servers: locked as nix 2.34 locks them, fetched once, requested again when they are old. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Forge, archiveOf, redirect } from './forge.ts';
import { open, type Opened } from '../flake/opened.ts';
import { nixIsOld } from '../flake/workspace.ts';

const rev = (digit: string) => digit.repeat(40);
const leaf = (n: number) => [
  {
    path: 'flake.nix',
    contents: `{ description = "leaf ${n}"; outputs = { self }: { n = ${n}; rev = self.rev or "none"; }; }\n`,
    mtime: 1600000000 + n,
  },
];

/** Every kind of address that the forge serves, in one flake. */
const inputs = `{
  inputs.hub.url = "github:owner/hub";
  inputs.branch.url = "github:owner/hub/release/1.0?dir=sub";
  inputs.fixed.url = "github:owner/hub/${rev('a')}";
  inputs.lab.url = "gitlab:group%2Fsubgroup/lab";
  inputs.hut.url = "sourcehut:~owner/hut";
  inputs.hutBranch.url = "sourcehut:~owner/hut/next";
  inputs.ball.url = "https://www.example.test/ball.tar.gz";
  inputs.latest.url = "https://www.example.test/latest.tar.gz?version=2";
  inputs.data = { url = "https://www.example.test/data.json"; flake = false; };
  inputs.tree = { url = "https://www.example.test/tree.tar.gz"; flake = false; };
  inputs.unnamed = { url = "tarball+https://www.example.test/unnamed"; inputs.again.follows = "hub"; };
  inputs.short.url = "short";
  outputs = inputs: { };
}
`;

async function openForge(t: TestContext): Promise<{ forge: Forge; opened: Opened }> {
  const forge = await Forge.open(t);
  const sub = [...leaf(3), { path: 'sub/flake.nix', contents: '{ outputs = _: { }; }', mtime: 1 }];
  forge.github('owner', 'hub', {
    HEAD: { rev: rev('a'), files: leaf(1) },
    'release/1.0': { rev: rev('b'), files: sub },
    short: { rev: rev('c'), files: leaf(4) },
  });
  forge.gitlab('group/subgroup', 'lab', { HEAD: { rev: rev('d'), files: leaf(5) } });
  forge.sourcehut('~owner', 'hut', 'refs/heads/main', {
    'refs/heads/main': { rev: rev('e'), files: leaf(6) },
    'refs/heads/next': { rev: rev('f'), files: leaf(7) },
  });
  forge.file(
    'www.example.test/ball.tar.gz',
    archiveOf('ball-1', [
      ...leaf(8),
      { path: 'run', mode: 0o755, contents: '#!/bin/sh\n' },
      { path: 'link', type: 'symlink', link: 'run' },
      { path: 'empty/' },
    ]),
  );
  forge.file('www.example.test/v2.tar.gz', archiveOf('v2', leaf(9)));
  forge.on(
    'www.example.test/latest.tar.gz?version=2',
    redirect('https://www.example.test/v2.tar.gz', {
      link: `<https://www.example.test/v2.tar.gz?rev=${rev('9')}&revCount=7>; rel="immutable"`,
    }),
  );
  forge.file('www.example.test/data.json', '{ "a": 1 }\n');
  forge.file('www.example.test/tree.tar.gz', archiveOf('tree', [{ path: 'file', contents: 'x', mtime: 5 }]));
  forge.file(
    'www.example.test/unnamed',
    archiveOf('u', [{ path: 'flake.nix', contents: '{ inputs.again.url = "github:owner/hub/short"; outputs = _: { }; }', mtime: 2 }]),
  );
  forge.file(
    'channels.nixos.org/flake-registry.json',
    JSON.stringify({
      version: 2,
      flakes: [{ from: { type: 'indirect', id: 'short' }, to: { type: 'github', owner: 'owner', repo: 'hub', ref: 'short' } }],
    }),
  );
  const opened = open(t, { 'top/flake.nix': inputs });
  return { forge, opened };
}

test('locks a flake with inputs of every kind as nix does', async (t) => {
  const {
    forge,
    opened: { space, session, warnings },
  } = await openForge(t);
  await session().lock(`path:${space.path('top')}`);
  const text = readFileSync(space.path('top/flake.lock'), 'utf8');
  assert.deepEqual(
    warnings.filter((line) => !line.startsWith('creating lock file')),
    [],
  );
  const pinned = new URL('forge-inputs.lock', import.meta.url);
  const metadata = JSON.parse(await session().metadata(`path:${space.path('top')}`, { json: true })) as Record<string, unknown>;
  if (nixIsOld) {
    assert.equal(text, readFileSync(pinned, 'utf8'));
    return t.diagnostic('held against what nix 2.34 wrote once: nix is missing here, or older than 2.30');
  }
  rmSync(space.path('top/flake.lock'));
  const nix = await space.nixAsync(['flake', 'lock', `path:${space.path('top')}`], forge.environment);
  assert.equal(nix.status, 0, nix.stderr);
  const wanted = readFileSync(space.path('top/flake.lock'), 'utf8');
  if (process.env.ACCEPT) writeFileSync(pinned, wanted);
  assert.equal(text, wanted);
  assert.equal(text, readFileSync(pinned, 'utf8'));
  for (const reference of [
    'github:owner/hub',
    'gitlab:group%2Fsubgroup/lab',
    'sourcehut:~owner/hut',
    'https://www.example.test/ball.tar.gz',
    'short',
  ]) {
    const ours = JSON.parse(await session().metadata(reference, { json: true })) as unknown;
    const theirs = await space.nixAsync(['flake', 'metadata', '--json', reference], forge.environment);
    assert.deepEqual(ours, JSON.parse(theirs.stdout), reference);
  }
  const told = await space.nixAsync(['flake', 'metadata', '--json', `path:${space.path('top')}`], forge.environment);
  const {
    fingerprint: _,
    lastModified: _modified,
    locked: _locked,
    url: _url,
    path: _path,
    ...facts
  } = JSON.parse(told.stdout) as Record<string, unknown>;
  for (const [name, value] of Object.entries(facts)) assert.deepEqual(metadata[name], value, name);
});
