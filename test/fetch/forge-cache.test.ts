/** When requests are sent, what they reveal about the user, and what happens when servers fail or lie. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { archiveOf, Forge, redirect, sendFile } from './forge.ts';
import { open, type Opened } from '../flake/opened.ts';
import { setEnvironment } from '../support/environment.ts';
import { fails } from '../support/fails.ts';

const rev = (digit: string) => digit.repeat(40);
const leaf = (n: number) => [{ path: 'flake.nix', contents: `{ outputs = { self }: { n = ${n}; }; }\n`, mtime: 1600000000 + n }];

async function openForge(t: TestContext, files: Record<string, string> = {}): Promise<{ forge: Forge; opened: Opened }> {
  const forge = await Forge.open(t);
  forge.github('owner', 'hub', { HEAD: { rev: rev('a'), files: leaf(1) } });
  const opened = open(t, files);
  // Ignores the settings of the machine that the test runs on.
  setEnvironment(t, {
    NIX_CONF_DIR: opened.space.path('etc'),
    XDG_CONFIG_HOME: opened.space.path('config'),
    HOME: opened.space.path('home'),
  });
  return { forge, opened };
}

const hubCommit = 'api.github.com/repos/owner/hub/commits/HEAD';
const hubArchive = [`302 github.com/owner/hub/archive/${rev('a')}.tar.gz`, `200 codeload.example.test/owner/hub/tar.gz/${rev('a')}`];
const evaluate = (opened: Opened, installable: string, options = {}) =>
  opened.session(options).evaluateExpression({ installable, format: 'json' });

test('looks a branch up once per tarball-ttl, and fetches a commit only once', async (t) => {
  const { forge, opened } = await openForge(t);
  assert.equal(await evaluate(opened, 'github:owner/hub#n'), '1');
  assert.deepEqual(forge.takeAsked(), [`200 ${hubCommit}`, ...hubArchive]);
  assert.equal(await evaluate(opened, 'github:owner/hub#n'), '1');
  assert.deepEqual(forge.takeAsked(), []);
  assert.equal(await evaluate(opened, 'github:owner/hub#n', { refresh: true }), '1');
  assert.deepEqual(forge.takeAsked(), [`304 ${hubCommit}`]);
  assert.equal(await evaluate(opened, 'github:owner/hub#n', { nixSettings: { 'tarball-ttl': '0' } }), '1');
  assert.deepEqual(forge.takeAsked(), [`304 ${hubCommit}`]);

  forge.github('owner', 'hub', { HEAD: { rev: rev('b'), files: leaf(2) } });
  assert.equal(await evaluate(opened, 'github:owner/hub#n', { offline: true }), '1');
  assert.deepEqual(forge.takeAsked(), []);
  assert.equal(await evaluate(opened, 'github:owner/hub#n', { refresh: true }), '2');
  assert.equal(forge.takeAsked().length, 3);

  // A server that is down: the cached version is used, with a warning.
  forge.on(hubCommit, (_request, response) => void response.writeHead(403).end());
  assert.equal(await evaluate(opened, 'github:owner/hub#n', { refresh: true }), '2');
  assert.match(opened.warnings.join('\n'), /cannot download https:\/\/api\.github\.com\/.*HTTP 403.*; using cached version/);
  const error = await fails(
    evaluate(opened, 'github:owner/other#n', { offline: true }),
    'flake/offline',
    /owner\/other\/commits\/HEAD' is not cached/,
  );
  assert.match(error.hint ?? '', /without --offline/);
  const nixpkgs = await fails(evaluate(opened, 'github:NixOS/nixpkgs#n', { offline: true }), 'flake/offline', /NixOS\/nixpkgs/);
  assert.match(nixpkgs.hint ?? '', /--override-input nixpkgs debian\/trixie/);
});

test('does not request again what a lock pins, and refuses wrong contents', async (t) => {
  const { forge, opened } = await openForge(t, {
    'top/flake.nix': '{ inputs.hub.url = "github:owner/hub"; outputs = { self, hub }: { inherit (hub) n; }; }',
  });
  const top = `path:${opened.space.path('top')}`;
  assert.equal(await evaluate(opened, `${top}#n`), '1');
  forge.takeAsked();
  forge.github('owner', 'hub', { HEAD: { rev: rev('b'), files: leaf(2) } });
  assert.equal(await evaluate(opened, `${top}#n`, { refresh: true }), '1');
  assert.deepEqual(forge.takeAsked(), []);

  // Another machine has only the lock, and its server sends something else for that commit.
  const lock = readFileSync(opened.space.path('top/flake.lock'), 'utf8');
  const other = await openForge(t, { 'top/flake.nix': readFileSync(opened.space.path('top/flake.nix'), 'utf8'), 'top/flake.lock': lock });
  other.forge.github('owner', 'hub', { HEAD: { rev: rev('a'), files: leaf(7) } });
  const error = await fails(
    evaluate(other.opened, `path:${other.opened.space.path('top')}#n`),
    'flake/hash-mismatch',
    /NAR hash mismatch in input 'github:owner\/hub\/a{40}\?narHash=sha256-[^']*', expected 'sha256-[^']*' but got 'sha256-/,
  );
  assert.match(error.hint ?? '', /bootflake flake update/);
  assert.deepEqual(other.forge.takeAsked(), hubArchive);
  other.forge.github('owner', 'hub', { HEAD: { rev: rev('a'), files: leaf(1) } });
  assert.equal(await evaluate(other.opened, `path:${other.opened.space.path('top')}#n`), '1');
});

test('resumes an interrupted transfer; reports a damaged archive and requests it anew', async (t) => {
  const { forge, opened } = await openForge(t);
  const archive = archiveOf('ball', [...leaf(5), { path: 'big', contents: Buffer.alloc(300_000, 'x').map((_, i) => (i * 7919) >> 3) }]);
  let cuts = 0;
  forge.on('www.example.test/ball.tar.gz', (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(from ? 206 : 200, {
      'content-length': archive.length - from,
      etag: '"x"',
      ...(from && { 'content-range': `bytes ${from}-${archive.length - 1}/${archive.length}` }),
    });
    if (from > 0) return void response.end(archive.subarray(from));
    cuts += 1;
    response.write(archive.subarray(0, archive.length >> 1), () => setTimeout(() => response.destroy(), 20));
  });
  assert.equal(await evaluate(opened, 'https://www.example.test/ball.tar.gz#n'), '5');
  assert.equal(cuts, 1);

  forge.file('www.example.test/bad.tar.gz', Buffer.concat([archive.subarray(0, 1000), Buffer.alloc(50), archive.subarray(1050)]));
  await fails(
    evaluate(opened, 'https://www.example.test/bad.tar.gz#n'),
    'flake/bad-archive',
    /'https:\/\/www\.example\.test\/bad\.tar\.gz' cannot be unpacked/,
  );
  forge.file('www.example.test/bad.tar.gz', archive);
  assert.equal(await evaluate(opened, 'https://www.example.test/bad.tar.gz#n'), '5');
  forge.file('www.example.test/page.tar.gz', '<html>no archive</html>');
  await fails(evaluate(opened, 'https://www.example.test/page.tar.gz#n'), 'flake/bad-archive', /no archive of a kind that is known/);
});

test('sends tokens only to their host, in the form that it expects', async (t) => {
  const { forge, opened } = await openForge(t, {
    'etc/nix.conf': 'access-tokens = github.com=system gitlab.com=PAT:secret\n!include missing.conf\ninclude more.conf\n',
    'etc/more.conf': '# more\n',
    'config/nix/nix.conf': 'extra-access-tokens = github.com/owner/private=mine # the longest name counts\n',
  });
  forge.gitlab('group', 'lab', { HEAD: { rev: rev('d'), files: leaf(3) } });
  forge.sourcehut('~owner', 'hut', 'refs/heads/main', { 'refs/heads/main': { rev: rev('e'), files: leaf(4) } });
  forge.github('owner', 'private', { HEAD: { rev: rev('f'), files: leaf(5) } });
  const sent = () =>
    forge.asked.splice(0).map(({ url, headers }) => [url.split('/')[0], headers.authorization ?? headers['private-token']]);
  assert.equal(await evaluate(opened, 'github:owner/hub#n'), '1');
  assert.deepEqual(sent(), [
    ['api.github.com', 'token system'],
    ['api.github.com', 'token system'],
    ['codeload.example.test', undefined],
  ]);
  assert.equal(await evaluate(opened, 'github:owner/private#n'), '5');
  assert.deepEqual(sent()[0], ['api.github.com', 'token mine']);
  assert.equal(await evaluate(opened, 'gitlab:group/lab#n'), '3');
  assert.deepEqual(sent(), [
    ['gitlab.com', 'secret'],
    ['gitlab.com', 'secret'],
  ]);
  assert.equal(
    await evaluate(opened, 'gitlab:group/lab#n', {
      refresh: true,
      nixSettings: { 'access-tokens': 'gitlab.com=OAuth2:open git.sr.ht=hut' },
    }),
    '3',
  );
  assert.deepEqual(sent(), [['gitlab.com', 'Bearer open']]);
  assert.equal(await evaluate(opened, 'sourcehut:~owner/hut#n', { nixSettings: { 'extra-access-tokens': 'git.sr.ht=hut' } }), '4');
  assert.deepEqual(new Set(sent().map(([, token]) => token)), new Set(['Bearer hut']));

  const enterprise = 'ghe.example.test/api/v3/repos/owner/hub';
  forge.file(`${enterprise}/commits/HEAD`, JSON.stringify({ sha: rev('1') }));
  forge.file(`${enterprise}/tarball/${rev('1')}`, archiveOf('owner-hub', leaf(9)));
  assert.equal(
    await evaluate(opened, 'github:owner/hub?host=ghe.example.test#n', {
      nixSettings: { 'access-tokens': 'ghe.example.test=own github.com=other' },
    }),
    '9',
  );
  assert.deepEqual(new Set(sent().map(([host, token]) => `${host} ${token}`)), new Set(['ghe.example.test token own']));

  const error = await fails(evaluate(opened, 'gitlab:group/none#n'), 'network/not-found', /commits\?ref_name=HEAD/);
  assert.match(error.hint ?? '', /the token that access-tokens has for gitlab\.com may not be allowed/);
  const untold = await fails(evaluate(opened, 'sourcehut:~x/y#n'), 'network/not-found', /git\.sr\.ht\/~x\/y\/HEAD/);
  assert.match(untold.hint ?? '', /access-tokens = git\.sr\.ht=TOKEN/);
});

test('takes names and passwords from netrc, for each host on the way', async (t) => {
  const { forge, opened } = await openForge(t, {
    'home/.netrc': 'machine www.example.test\n  login me\n  password "p w"\n',
    own: 'machine cdn.example.test login cdn password there\n',
  });
  const guarded =
    (who: string, answer: Parameters<Forge['on']>[1]): Parameters<Forge['on']>[1] =>
    (request, response) => {
      if (request.headers.authorization === `Basic ${Buffer.from(who).toString('base64')}`) answer(request, response);
      else response.writeHead(401).end();
    };
  forge.on('www.example.test/ball.tar.gz', guarded('me:p w', sendFile(archiveOf('b', leaf(6)))));
  assert.equal(await evaluate(opened, 'https://www.example.test/ball.tar.gz#n'), '6');
  forge.on('open.example.test/ball.tar.gz', redirect('https://cdn.example.test/ball.tar.gz'));
  forge.on('cdn.example.test/ball.tar.gz', guarded('cdn:there', sendFile(archiveOf('b', leaf(7)))));
  await fails(evaluate(opened, 'https://open.example.test/ball.tar.gz#n'), 'network/status', /HTTP 401/);
  assert.equal(
    await evaluate(opened, 'https://open.example.test/ball.tar.gz#n', { nixSettings: { 'netrc-file': opened.space.path('own') } }),
    '7',
  );
});

test('the trusted certificate is a setting; the global registry is downloaded once', async (t) => {
  const { forge, opened } = await openForge(t);
  const { NIX_SSL_CERT_FILE: trusted = '' } = process.env;
  delete process.env.NIX_SSL_CERT_FILE;
  await fails(evaluate(opened, 'github:owner/hub#n'), 'network/certificate', /certificate is not trusted/);
  assert.equal(await evaluate(opened, 'github:owner/hub#n', { nixSettings: { 'ssl-cert-file': trusted } }), '1');
  process.env.NIX_SSL_CERT_FILE = trusted;
  forge.takeAsked();

  const registry = 'channels.nixos.org/flake-registry.json';
  forge.file(
    registry,
    JSON.stringify({
      version: 2,
      flakes: [
        { from: { type: 'indirect', id: 'hub' }, to: { type: 'github', owner: 'owner', repo: 'hub' } },
        { from: { type: 'indirect', id: 'debian' }, to: { type: 'path', path: '/nowhere' } },
      ],
    }),
  );
  assert.equal(await evaluate(opened, 'hub#n'), '1');
  assert.equal(await evaluate(opened, 'hub#n'), '1');
  assert.deepEqual(forge.takeAsked(), [`200 ${registry}`]);
  assert.deepEqual(await opened.session().registry({ action: 'resolve', flakes: ['hub', 'hub/main', 'debian/bookworm'] }), [
    'github:owner/hub',
    'github:owner/hub/main',
    'debian:bookworm',
  ]);
  mkdirSync(opened.space.path('config/nix'), { recursive: true });
  writeFileSync(opened.space.path('registry.json'), '{ "version": 2, "flakes": [] }');
  await fails(
    evaluate(opened, 'hub#n', { nixSettings: { 'flake-registry': opened.space.path('registry.json') } }),
    'flake/unknown-flake',
    /cannot find flake 'flake:hub'/,
  );
  assert.equal(await evaluate(opened, 'other#n', { overrideFlakes: [['other', 'github:owner/hub']] }), '1');
});
