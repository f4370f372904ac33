/** Git repositories on servers, over https and ssh, compared with real nix where a recent one is installed. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Forge } from './forge.ts';
import { open, type Opened } from '../flake/opened.ts';
import { nixIsOld } from '../flake/workspace.ts';
import { setEnvironment } from '../support/environment.ts';
import { fails } from '../support/fails.ts';

interface Served {
  forge: Forge;
  opened: Opened;
  /** Commits of `main`, the oldest first, and of the branch `next`. */
  revs: { first: string; second: string; next: string };
}

/** `https://git.example.test/repo` with two branches and a tag; `module` is its submodule. */
async function serve(t: TestContext, files: Record<string, string> = {}): Promise<Served> {
  const forge = await Forge.open(t);
  const opened = open(t, {
    'served/module/inside': 'module',
    'served/repo/flake.nix': '{ outputs = { self }: { n = 1; inherit (self) rev; m = builtins.readDir ./.; }; }\n',
    'served/repo/ignored/x': 'x',
    'served/repo/kept': 'k',
    'served/repo/.gitattributes': 'ignored export-ignore\n',
    ...files,
  });
  const { space } = opened;
  space.repository('served/module');
  space.repository('served/repo');
  const head = () => space.git('served/repo', 'rev-parse', 'HEAD').trim();
  const first = head();
  space.git('served/repo', 'tag', 'v1');
  space.git('served/repo', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '../module', 'sub');
  space.git('served/repo', 'config', '-f', '.gitmodules', 'submodule.sub.url', '../module');
  space.git('served/repo', 'add', '.');
  space.git('served/repo', 'commit', '-q', '-m', 'second');
  const second = head();
  space.git('served/repo', 'checkout', '-q', '-b', 'next', first);
  space.write({ 'served/repo/flake.nix': '{ outputs = { self }: { n = 2; }; }\n' });
  space.git('served/repo', 'commit', '-q', '-a', '-m', 'next');
  const next = head();
  space.git('served/repo', 'checkout', '-q', 'master');
  forge.repositories('git.example.test', space.path('served'));
  return { forge, opened, revs: { first, second, next } };
}

const url = 'git+https://git.example.test/repo';

test('locks a flake with inputs from a git server as nix does', async (t) => {
  const {
    forge,
    opened: { space, session, warnings },
    revs,
  } = await serve(t);
  space.write({
    'top/flake.nix': `{
      inputs.plain.url = "${url}";
      inputs.branch.url = "${url}?ref=next";
      inputs.full.url = "${url}?ref=refs/heads/next&shallow=1";
      inputs.tag.url = "${url}?ref=refs/tags/v1";
      inputs.fixed.url = "${url}?rev=${revs.first}";
      inputs.any.url = "${url}?rev=${revs.next}&allRefs=1";
      inputs.modules.url = "${url}?submodules=1";
      inputs.exported = { type = "git"; url = "https://git.example.test/repo"; exportIgnore = true; flake = false; };
      outputs = inputs: { };
    }`,
  });
  await session().lock(`path:${space.path('top')}`);
  const text = readFileSync(space.path('top/flake.lock'), 'utf8');
  assert.deepEqual(
    warnings.filter((line) => !line.startsWith('creating lock file')),
    [],
  );
  const { nodes } = JSON.parse(text) as { nodes: Record<string, { locked?: Record<string, unknown> }> };
  const { narHash: _hash, ...plain } = nodes.plain?.locked ?? {};
  assert.deepEqual(plain, {
    lastModified: 1700000000,
    ref: 'refs/heads/master',
    rev: revs.second,
    revCount: 2,
    type: 'git',
    url: 'https://git.example.test/repo',
  });
  assert.equal(nodes.full?.locked?.revCount, undefined);
  if (nixIsOld) return t.diagnostic('not held against nix: it is missing or older than 2.30');
  rmSync(space.path('top/flake.lock'));
  const nix = await space.nixAsync(['flake', 'lock', `path:${space.path('top')}`], forge.environment);
  assert.equal(nix.status, 0, nix.stderr);
  assert.equal(text, readFileSync(space.path('top/flake.lock'), 'utf8'));
});

const evaluate = (opened: Opened, installable: string, options = {}) =>
  opened.session(options).evaluateExpression({ installable, format: 'json' });

test('updates a clone when it is old, and keeps using it when its server is down', async (t) => {
  const { forge, opened, revs } = await serve(t);
  const { space, warnings } = opened;
  assert.equal(await evaluate(opened, `${url}#rev`), `"${revs.second}"`);
  assert.ok(forge.takeAsked().length > 0);
  space.write({ 'served/repo/more': 'more' });
  space.git('served/repo', 'add', '.');
  space.git('served/repo', 'commit', '-q', '-m', 'third');
  const third = space.git('served/repo', 'rev-parse', 'HEAD').trim();
  assert.equal(await evaluate(opened, `${url}#rev`), `"${revs.second}"`);
  assert.equal(await evaluate(opened, `${url}?rev=${revs.first}#rev`), `"${revs.first}"`);
  assert.deepEqual(forge.takeAsked(), []);
  assert.equal(await evaluate(opened, `${url}#rev`, { offline: true }), `"${revs.second}"`);
  assert.deepEqual(forge.takeAsked(), []);
  assert.equal(await evaluate(opened, `${url}#rev`, { refresh: true }), `"${third}"`);

  forge.repositories('git.example.test', space.path('gone'));
  assert.equal(await evaluate(opened, `${url}?ref=master#rev`, { refresh: true }), `"${third}"`);
  assert.match(warnings.join('\n'), /could not update local clone of Git repository 'https:\/\/git\.example\.test\/repo'/);
  await fails(evaluate(opened, `${url}?ref=none#n`), 'git/failed', /git fetch failed in 'https:\/\/git\.example\.test\/repo'/);
  await fails(evaluate(opened, 'git+https://git.example.test/other?ref=x#n', { offline: true }), 'flake/offline', /--offline/);
  await fails(evaluate(opened, 'git+https://git.example.test/repo?lfs=1#n'), 'flake/cannot-fetch', /Git LFS is not supported/);
  await fails(
    evaluate(opened, 'hg+https://hg.example.test/repo#n'),
    'flake/cannot-fetch',
    /Mercurial repositories are not supported: 'hg\+https/,
  );
});

test('fetches over ssh, and reports a missing git', async (t) => {
  const { opened, revs } = await serve(t);
  const { space } = opened;
  // Replaces ssh: runs the command locally. Arguments: [options] HOST COMMAND.
  writeFileSync(
    space.path('ssh'),
    `#!/bin/sh\nfor last; do :; done\ncd '${space.path('served')}' && exec sh -c "$(echo "$last" | sed "s#'/#'#")"\n`,
  );
  chmodSync(space.path('ssh'), 0o755);
  setEnvironment(t, { GIT_SSH_COMMAND: space.path('ssh') });
  assert.equal(await evaluate(opened, 'git+ssh://git@git.example.test/repo#rev'), `"${revs.second}"`);
  assert.equal(
    await opened.session({ impure: true }).evaluateExpression({
      expr: 'builtins.fetchGit { url = "git@git.example.test:repo"; ref = "next"; }',
      apply: 'x: x.rev',
      format: 'raw',
    }),
    revs.next,
  );

  setEnvironment(t, { PATH: '/nonexistent' });
  await fails(
    evaluate(opened, `${url}?ref=elsewhere#rev`),
    'git/missing',
    /the program 'git' is needed to read the repository 'https:\/\/git\.example\.test\/repo'/,
  );
});
