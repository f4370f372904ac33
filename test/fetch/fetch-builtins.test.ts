/**
 * builtins.fetchurl, fetchTarball, fetchGit, fetchTree and getFlake: their values, as in nix 2.34 (pinned in fetch-builtins.json), and
 * their errors.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { Forge, archiveOf, redirect } from './forge.ts';
import { open, type Opened } from '../flake/opened.ts';
import { nixIsOld } from '../flake/workspace.ts';

const rev = (digit: string) => digit.repeat(40);
const leaf = (n: number) => [{ path: 'flake.nix', contents: `{ outputs = { self }: { n = ${n}; }; }\n`, mtime: 1600000000 + n }];
const site = 'https://www.example.test';
const repo = 'https://git.example.test/repo';
const goldenFile = new URL('fetch-builtins.json', import.meta.url);

async function openForge(t: TestContext): Promise<{ forge: Forge; opened: Opened; first: string }> {
  const forge = await Forge.open(t);
  const opened = open(t, {
    'served/repo/flake.nix': '{ outputs = { self }: { n = 1; }; }\n',
    'served/repo/ignored/x': 'x',
    'served/repo/.gitattributes': 'ignored export-ignore\n',
  });
  opened.space.repository('served/repo');
  forge.repositories('git.example.test', opened.space.path('served'));
  forge.github('owner', 'hub', { HEAD: { rev: rev('a'), files: leaf(1) }, main: { rev: rev('b'), files: leaf(2) } });
  forge.file('www.example.test/data.json', '{ "a": 1 }\n');
  forge.file('www.example.test/ball.tar.gz', archiveOf('ball-1', leaf(8)));
  forge.on(
    'www.example.test/latest.tar.gz',
    redirect(`${site}/ball.tar.gz`, { link: `<${site}/ball.tar.gz?rev=${rev('9')}&revCount=7>; rel="immutable"` }),
  );
  forge.file(
    'channels.nixos.org/flake-registry.json',
    JSON.stringify({
      version: 2,
      flakes: [{ from: { type: 'indirect', id: 'short' }, to: { type: 'github', owner: 'owner', repo: 'hub', ref: 'main' } }],
    }),
  );
  forge.file('channels.nixos.org/nixos-x/nixexprs.tar.xz', archiveOf('nixos-x', leaf(3)));
  return { forge, opened, first: opened.space.git('served/repo', 'rev-parse', 'HEAD').trim() };
}

/** Makes a set that describes a tree print with all its attributes. */
const whole = (expression: string) =>
  `let x = ${expression}; in if builtins.isAttrs x then { path = x.outPath; facts = builtins.removeAttrs x [ "outPath" ]; } else x`;

const impure = (first: string) => [
  `builtins.fetchurl "${site}/data.json"`,
  `builtins.fetchurl { url = "${site}/data.json"; name = "named"; }`,
  `builtins.readFile (builtins.fetchurl "${site}/data.json")`,
  `builtins.fetchTarball "${site}/ball.tar.gz"`,
  `fetchTarball { url = "${site}/ball.tar.gz"; name = "ball"; }`,
  'fetchTarball "channel:nixos-x"',
  `builtins.fetchTree "${site}/ball.tar.gz"`,
  `builtins.fetchTree "${site}/latest.tar.gz"`,
  `builtins.fetchTree { type = "file"; url = "${site}/data.json"; }`,
  'builtins.fetchTree { type = "github"; owner = "owner"; repo = "hub"; }',
  'builtins.fetchTree "github:owner/hub/main"',
  'builtins.fetchTree { type = "indirect"; id = "short"; }',
  `builtins.fetchTree { type = "git"; url = "${repo}"; }`,
  `builtins.fetchTree { type = "git"; url = "${repo}"; shallow = false; }`,
  `builtins.fetchTree "git+${repo}"`,
  `builtins.fetchGit "${repo}"`,
  `builtins.fetchGit { url = "${repo}"; name = "named"; }`,
  `builtins.fetchGit { url = "${repo}"; exportIgnore = false; }`,
  `builtins.fetchGit { url = "${repo}"; shallow = true; }`,
  `builtins.fetchGit { url = "${repo}"; ref = "master"; allRefs = true; }`,
  `builtins.fetchGit { url = "${repo}"; rev = "${first}"; }`,
  '(builtins.getFlake "github:owner/hub").n',
  '(builtins.getFlake "short").sourceInfo',
];

test('fetches what nix fetches', async (t) => {
  const {
    forge,
    opened: { space, session },
    first,
  } = await openForge(t);
  const golden = JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<string, unknown>;
  for (const expression of impure(first)) {
    const expr = whole(expression);
    const ours = JSON.parse(await session({ impure: true }).evaluateExpression({ expr, format: 'json' })) as unknown;
    if (!nixIsOld) {
      const nix = await space.nixAsync(
        ['--extra-experimental-features', 'fetch-tree', 'eval', '--json', '--impure', '--expr', expr],
        forge.environment,
      );
      assert.equal(nix.status, 0, nix.stderr);
      assert.deepEqual(ours, JSON.parse(nix.stdout), expression);
      golden[expression] = JSON.parse(nix.stdout);
    }
    if (!process.env.ACCEPT) assert.deepEqual(ours, golden[expression], expression);
  }
  if (process.env.ACCEPT) writeFileSync(goldenFile, `${JSON.stringify(golden, null, 2)}\n`);
});

test('fetches pinned sources in pure evaluation too, and only once', async (t) => {
  const {
    forge,
    opened: { session },
    first,
  } = await openForge(t);
  const pinned = [
    `builtins.fetchurl { url = "${site}/data.json"; sha256 = "0hb2mppsv446kr83gr3n0pij07rwny0vw1hsh7znmlkvsk4arg0k"; }`,
    `fetchTarball { url = "${site}/ball.tar.gz"; sha256 = "1944dng4fznrnws38ai7p1ncyg6l5qs9mh7gw56hc0czv379zg71"; }`,
    `builtins.fetchTree { type = "file"; url = "${site}/data.json"; narHash = "sha256-ILI/pYsoqp828+mzFiBoUGcXHRRN8HM+IPdyFGm84wk="; }`,
    `(builtins.fetchTree { type = "github"; owner = "owner"; repo = "hub"; rev = "${rev('a')}"; }).outPath`,
    `(builtins.fetchGit { url = "${repo}"; rev = "${first}"; }).outPath`,
    `(builtins.getFlake "github:owner/hub/${rev('a')}").outPath`,
  ];
  const paths = [];
  for (const expr of pinned) paths.push(await session().evaluateExpression({ expr, format: 'json' }));
  assert.ok(forge.takeAsked().length >= pinned.length - 1);
  for (const [i, expr] of pinned.entries()) assert.equal(await session().evaluateExpression({ expr, format: 'json' }), paths[i]);
  assert.deepEqual(forge.takeAsked(), []);
});

/** Expression, whether it is pure, code, message. Messages are nix's where it has a suitable one. */
const faults: [expression: string, pure: boolean, code: string, message: RegExp][] = [
  [
    `builtins.fetchurl { url = "${site}/data.json"; sha256 = "0000000000000000000000000000000000000000000000000000"; }`,
    false,
    'flake/hash-mismatch',
    /^hash mismatch in file downloaded from 'https:\/\/www\.example\.test\/data\.json':\n {2}specified: sha256:0{52}\n {2}got: {7}sha256:0hb2mppsv446kr83gr3n0pij07rwny0vw1hsh7znmlkvsk4arg0k$/,
  ],
  [
    `fetchTarball { url = "${site}/ball.tar.gz"; sha256 = "0000000000000000000000000000000000000000000000000000"; }`,
    true,
    'flake/hash-mismatch',
    /got: {7}sha256:1944dng4fznrnws38ai7p1ncyg6l5qs9mh7gw56hc0czv379zg71$/,
  ],
  [
    `builtins.fetchTree { type = "file"; url = "${site}/data.json"; narHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; }`,
    false,
    'flake/hash-mismatch',
    /^NAR hash mismatch in input '.*', expected 'sha256-A{43}=' but got 'sha256-ILI\//,
  ],
  [`builtins.fetchurl "${site}/data.json"`, true, 'eval/impure', /^in pure evaluation mode, 'fetchurl' requires a 'sha256' argument$/],
  [`fetchTarball "${site}/ball.tar.gz"`, true, 'eval/impure', /^in pure evaluation mode, 'fetchTarball' requires a 'sha256' argument$/],
  [
    'builtins.fetchTree "github:owner/hub"',
    true,
    'flake/unlocked-fetch',
    /^in pure evaluation mode, 'fetchTree' doesn't fetch unlocked input 'github:owner\/hub'$/,
  ],
  [
    `builtins.fetchGit "${repo}"`,
    true,
    'flake/unlocked-fetch',
    /^in pure evaluation mode, 'fetchGit' doesn't fetch unlocked input 'git\+https:/,
  ],
  [
    '(builtins.getFlake "github:owner/hub").n',
    true,
    'flake/unlocked-fetch',
    /^cannot call 'getFlake' on unlocked flake reference 'github:owner\/hub'/,
  ],
  [
    `builtins.fetchTree { type = "tarball"; url = "${site}/ball.tar.gz"; name = "x"; }`,
    false,
    'eval/bad-argument',
    /^argument 'name' isn’t supported in call to 'fetchTree'$/,
  ],
  [
    `builtins.fetchTree { type = "git"; url = "${repo}"; foo = 1; }`,
    false,
    'flake/bad-attribute',
    /^input attribute 'foo' not supported by scheme 'git'$/,
  ],
  [
    'builtins.fetchTree { type = "github"; owner = 1; repo = "x"; }',
    false,
    'flake/bad-attribute',
    /^input attribute 'owner' is not a string {"owner":1,"repo":"x","type":"github"}$/,
  ],
  ['builtins.fetchTree "short"', false, 'flake/bad-url', /it has no scheme/],
  [
    `builtins.fetchGit { url = "${repo}"; rev = "abc"; }`,
    false,
    'flake/bad-url',
    /^hash 'abc' has wrong length for hash algorithm 'sha1'$/,
  ],
  [
    `builtins.fetchGit { url = "${repo}"; rev = "${rev('1')}"; }`,
    false,
    'flake/missing-revision',
    /^Cannot find Git revision '1{40}' in ref 'refs\/heads\/master' of repository/,
  ],
  [`builtins.fetchurl "${site}/none"`, false, 'network/not-found', /www\.example\.test\/none: .*HTTP 404/],
  [`builtins.fetchTree "${site}/data.json"`, false, 'flake/bad-archive', /data\.json' cannot be unpacked/],
  ['builtins.fetchMercurial "https://hg.example.test/"', false, 'eval/unsupported-feature', /fetchMercurial is not supported/],
  ['builtins.fetchTree "hg+https://hg.example.test/"', false, 'flake/cannot-fetch', /Mercurial repositories are not supported/],
];

test('reports errors of fetching', async (t) => {
  const {
    opened: { session },
  } = await openForge(t);
  for (const [expr, pure, code, message] of faults) {
    const error = await session({ impure: !pure })
      .evaluateExpression({ expr, format: 'json' })
      .then(
        () => assert.fail(`it did not fail: ${expr}`),
        (reason: unknown) => reason as BootflakeError,
      );
    assert.equal(error.code, code, `${expr}: ${error.stack}`);
    assert.match(error.message, message);
  }
});
