/** Data from servers, and from the repositories and lists that they send, does not become a path, an argument or a header unchecked. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { entityTag, httpDate } from '../../src/system/http-credentials.ts';
import { archiveOf, Forge, sendFile } from './forge.ts';
import { open, type Opened } from '../flake/opened.ts';
import { type Workspace, newWorkspace } from '../flake/workspace.ts';
import { fails } from '../support/fails.ts';

const flake = '{ outputs = { self }: { n = 1; }; }\n';

/** One session per test, because starting its thread takes longest. Failed evaluations are repeated in it. */
function evaluator(opened: Opened): (installable: string) => Promise<string> {
  const session = opened.session({ refresh: true });
  return (installable) => session.evaluateExpression({ installable, format: 'json' });
}

/** gitprotocol-common(5). */
function packetLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/** A git server (protocol 2) whose HEAD is an arbitrary symbolic ref. */
function serveSymref(forge: Forge, name: string, target: string): string {
  const base = `git.example.test/${name}`;
  const capabilities = ['version 2\n', 'ls-refs=unborn\n', 'fetch\n', 'object-format=sha1\n'].map(packetLine).join('');
  forge.on(`${base}/info/refs?service=git-upload-pack`, (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      .end(`${packetLine('# service=git-upload-pack\n')}0000${capabilities}0000`);
  });
  forge.on(`${base}/git-upload-pack`, (request, response) => {
    request
      .resume()
      .on('end', () =>
        response
          .writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' })
          .end(`${packetLine(`${'1'.repeat(40)} HEAD symref-target:${target}\n`)}0000`),
      );
  });
  return `git+https://${base}`;
}

test('the default branch that a git server names does not become a path', async (t) => {
  const forge = await Forge.open(t);
  const opened = open(t, { victim: 'precious' });
  const evaluate = evaluator(opened);
  const targets = [
    'refs/heads/../../../../victim',
    '../../../../../victim',
    'refs/heads/..',
    '-u',
    '--upload-pack=id',
    'refs/heads/x.lock',
    'refs/heads/a:b',
    'refs/heads/a..b',
    '/etc/passwd',
    'refs/heads/@{u}',
  ];
  for (const [index, target] of targets.entries()) {
    const url = serveSymref(forge, `evil${index}`, target);
    await fails(
      evaluate(`${url}?rev=${'1'.repeat(40)}#n`),
      'flake/bad-answer',
      /names '.*' as its default branch, which is no name of a branch/,
    );
  }
  assert.equal(readFileSync(opened.space.path('victim'), 'utf8'), 'precious');
});

/** Serves `https://git.example.test/NAME` from a folder of repositories that `make` fills; returns the flake reference. */
function served(t: TestContext, forge: Forge): { opened: Opened; space: Workspace; url(name: string, query?: string): string } {
  const opened = open(t, {});
  forge.repositories('git.example.test', opened.space.path('served'));
  return { opened, space: opened.space, url: (name, query = '') => `git+https://git.example.test/${name}${query}` };
}

/** Commits a tree that git itself would not make, from raw entries. */
function commitRawTree(space: Workspace, name: string, entries: [mode: string, name: string, oid: string][]): void {
  const folder = space.path(name);
  const raw = Buffer.concat(
    entries.map(([mode, entry, oid]) => Buffer.concat([Buffer.from(`${mode} ${entry}\0`), Buffer.from(oid, 'hex')])),
  );
  const tree = execFileSync('git', ['-C', folder, 'hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], {
    input: raw,
    encoding: 'utf8',
  }).trim();
  const commit = space.git(name, 'commit-tree', tree, '-m', 'raw').trim();
  space.git(name, 'update-ref', 'refs/heads/master', commit);
}

test('names in a commit do not lead outside its tree', async (t) => {
  const forge = await Forge.open(t);
  const { opened, space, url } = served(t, forge);
  const evaluate = evaluator(opened);
  space.write({ 'served/repo/flake.nix': flake });
  space.repository('served/repo');
  const blob = space.git('served/repo', 'rev-parse', 'HEAD:flake.nix').trim();
  const hash = (text: string) =>
    execFileSync('git', ['-C', space.path('served/repo'), 'hash-object', '-w', '--stdin'], { input: text, encoding: 'utf8' }).trim();
  const file: [string, string, string] = ['100644', 'flake.nix', blob];
  const inner = (entry: [string, string, string]): string => {
    commitRawTree(space, 'served/repo', [entry]);
    return space.git('served/repo', 'rev-parse', 'HEAD^{tree}').trim();
  };
  const trees: [string, string, string][][] = [
    [['40000', '..', inner(['100644', 'escaped', blob])], file],
    [['100644', '..', blob], file],
    [['100644', '.', blob], file],
    [['100644', '../escaped', blob], file],
    [['100644', '/escaped', blob], file],
    [['40000', '.git', inner(['100644', 'config', blob])], file],
    [['40000', '.GIT', inner(['100644', 'config', blob])], file],
    [['120000', 'link', hash('')], file],
    [['120000', 'link', hash('a\0b')], file],
    [['160000', '..', '1'.repeat(40)], file],
  ];
  for (const [index, entries] of trees.entries()) {
    commitRawTree(space, 'served/repo', entries);
    await fails(evaluate(`${url('repo')}#n`), 'flake/bad-tree', /has a (?:file named|symbolic link)/);
    assert.deepEqual(
      readdirSync(join(space.folder, 'store/nix/store')).filter((name) => !name.startsWith('.')),
      [],
      `tree ${index}`,
    );
  }
  commitRawTree(space, 'served/repo', [['100644', 'a..b', blob], ['100644', '..x', blob], file]);
  assert.equal(await evaluate(`${url('repo')}#n`), '1');
  // The times of fetches are stored under names of our own.
  for (const name of readdirSync(space.path('cache/bootflake/git')).filter((entry) => /^[0-9a-f]{32}$/.test(entry))) {
    for (const stamp of readdirSync(space.path(`cache/bootflake/git/${name}/bootflake-fetched`))) assert.match(stamp, /^[0-9a-f]{64}$/);
  }
});

test('checks .gitmodules like any reference', async (t) => {
  const forge = await Forge.open(t);
  const { opened, space, url } = served(t, forge);
  const evaluate = evaluator(opened);
  space.write({ 'private/secret': 's', 'served/repo/flake.nix': flake });
  space.repository('private');
  space.repository('served/repo');
  const commit = space.git('private', 'rev-parse', 'HEAD').trim();
  const attempt = async (modules: string, code: string, message: RegExp) => {
    space.write({ 'served/repo/.gitmodules': modules });
    space.git('served/repo', 'update-index', '--add', '--cacheinfo', `160000,${commit},sub`);
    space.git('served/repo', 'add', '.gitmodules');
    space.git('served/repo', 'commit', '-q', '-m', 'modules');
    await fails(evaluate(`${url('repo', '?submodules=1')}#n`), code, message);
  };
  const module = (text: string) => `[submodule "sub"]\n\tpath = sub\n\t${text}\n`;
  const mark = space.path('mark');
  await attempt(module(`url = ${space.path('private')}`), 'flake/cannot-fetch', /the submodule 'sub' of '.*' lies on this machine/);
  await attempt(module(`url = file://${space.path('private')}`), 'flake/cannot-fetch', /lies on this machine/);
  await attempt(module(`url = "ext::sh -c 'touch ${mark}'"`), 'flake/bad-url', /has no host, or one that cannot be|is not a valid URL/);
  await attempt(module(`url = "ext://sh -c 'touch ${mark}'"`), 'flake/bad-url', /./);
  await attempt(module('url = foo://git.example.test/x'), 'flake/bad-url', /unsupported transport 'foo'/);
  await attempt(module(`url = -u./program`), 'flake/bad-url', /./);
  await attempt(module(`url = --upload-pack=touch ${mark}`), 'flake/bad-url', /./);
  await attempt(module(`url = ssh://-oProxyCommand=id/x`), 'flake/bad-url', /has no host, or one that cannot be/);
  await attempt(module(`url = ssh://-oProxyCommand=id@host/x`), 'flake/bad-url', /has no host, or one that cannot be/);
  await attempt(module('url = ../../../../../../x'), 'flake/cannot-fetch', /leads out of the repository's own/);
  await attempt(module('url = https://git.example.test/repo\n\tbranch = x:refs/heads/y'), 'flake/bad-url', /invalid Git branch\/tag name/);
  await attempt(
    module('url = https://git.example.test/repo\n\tbranch = ../../../../victim'),
    'flake/bad-url',
    /invalid Git branch\/tag name/,
  );
  await attempt(
    '[submodule "sub"]\n\tpath = ../sub\n\turl = https://git.example.test/repo\n',
    'flake/cannot-fetch',
    /is not in its \.gitmodules/,
  );
  assert.equal(existsSync(mark), false);
});

test('an index and links in a work tree do not lead outside it', (t) => {
  const space = newWorkspace(t);
  space.write({ victim: 'precious', 'outside/inner': 'precious', 'r/flake.nix': flake, 'r/aa/victim': 'v', 'r/d/inner': 'i' });
  space.repository('r');
  rmSync(space.path('r/d'), { recursive: true });
  symlinkSync(space.path('outside'), space.path('r/d'));
  const { storePath } = space.lock(space.path('r')).flake;
  assert.deepEqual(readdirSync(space.store.realPath(storePath)), ['aa', 'flake.nix']);

  const index = readFileSync(space.path('r/.git/index'));
  for (const [from, to] of [
    ['aa/victim', '../victim'],
    ['aa/victim', '.git/head'],
    ['aa/victim', '/a/victim'],
  ] as const) {
    const changed = Buffer.from(
      index.toString('latin1', 0, index.length - 20).replaceAll(from, to.padEnd(from.length, '_').slice(0, from.length)),
      'latin1',
    );
    writeFileSync(space.path('r/.git/index'), Buffer.concat([changed, createHash('sha1').update(changed).digest()]));
    assert.throws(() => space.lock(space.path('r')), { code: /flake\/bad-tree|git\/failed/ } as never, to);
  }
});

test('locks an immutable link of a server only if it is a web address, without credentials', async (t) => {
  const forge = await Forge.open(t);
  const opened = open(t, {});
  const ball = archiveOf('b', [{ path: 'flake.nix', contents: flake }]);
  const { space } = opened;
  writeFileSync(space.path('local.tar.gz'), ball);
  const session = opened.session({ refresh: true });
  let attempt = 0;
  const lock = async (link: string) => {
    const folder = `f${attempt++}`;
    forge.on(`www.example.test/${folder}.tar.gz`, sendFile(ball, { link: `<${link}>; rel="immutable"` }));
    space.write({ [`${folder}/flake.nix`]: `{ inputs.x.url = "https://www.example.test/${folder}.tar.gz"; outputs = { self, x }: { }; }` });
    await session.lock(`path:${space.path(folder)}`);
    return (JSON.parse(readFileSync(space.path(`${folder}/flake.lock`), 'utf8')) as { nodes: { x: { locked: { url: string } } } }).nodes.x
      .locked.url;
  };
  assert.equal(await lock('https://me:secret@cdn.example.test/1.tar.gz'), 'https://cdn.example.test/1.tar.gz');
  for (const bad of [`file://${space.path('local.tar.gz')}`, 'github:a/b', 'path:/etc', 'git+file:///etc', '../x', 'https:///x.tar.gz']) {
    await assert.rejects(lock(bad), { code: /^flake\// } as never, bad);
  }
});

test('sends entity tags and dates back only when they are well-formed', () => {
  assert.equal(entityTag('"abc"'), '"abc"');
  assert.equal(entityTag('W/"a b"'), undefined);
  for (const bad of ['abc', '"a\r\nx: y"', '"a"b"', `"${'x'.repeat(600)}"`, ['"a"'], undefined]) assert.equal(entityTag(bad), undefined);
  assert.equal(httpDate('Tue, 15 Nov 1994 12:45:26 GMT'), 'Tue, 15 Nov 1994 12:45:26 GMT');
  for (const bad of ['x\r\ny', 'x'.repeat(65), 7]) assert.equal(httpDate(bad), undefined);
});
