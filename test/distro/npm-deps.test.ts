/** The cache that fetchNpmDeps makes: the files of nixpkgs' prefetch-npm-deps, whose hashes it must have. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { lockFile, npmRegistry } from '../support/npm-registry.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { toolOnPath } from '../../src/jail/tools.ts';

const folder = scratchFolder();
const skip = toolOnPath('curl', process.env.PATH ?? '') ? false : 'curl is not installed';
const root = { name: 'root', version: '1.0.0', devDependencies: { '@example/tool': '1.0.0' } };

const tool = (...words: string[]) =>
  new Promise<{ status: number | null; stderr: string }>((done) => {
    const child = spawn(process.execPath, ['distro/pkgs/node/npm-deps.mjs', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (status) => done({ status, stderr }));
  });

function filesOf(place: string): Record<string, string> {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(place, path), readFileSync(path, 'latin1')];
    }),
  );
}

function prepare(name: string, lock: string): { lock: string; out: string } {
  const place = join(folder, name);
  mkdirSync(join(place, 'out'), { recursive: true });
  writeFileSync(join(place, 'package-lock.json'), lock);
  return { lock: join(place, 'package-lock.json'), out: join(place, 'out') };
}

test('each package is an entry with its hash, under the hash of its URL', { skip }, async (t) => {
  const registry = await npmRegistry('test/e2e/languages/npm/registry');
  t.after(() => registry.close());
  const text = lockFile(registry, root);
  const { lock, out } = prepare('entries', text);
  assert.deepEqual(await tool('fetch', lock, out), { status: 0, stderr: '' });
  const expected: Record<string, string> = { 'package-lock.json': text };
  for (const { resolved, integrity, archive } of registry.packages.values()) {
    const place = (hash: Buffer) => `${hash.toString('hex', 0, 1)}/${hash.toString('hex', 1, 2)}/${hash.toString('hex', 2)}`;
    const key = `make-fetch-happen:request-cache:${resolved}`;
    const entry =
      `{"key":"${key}","integrity":"${integrity}","time":0,"size":${archive.length},` +
      `"metadata":{"url":"${resolved}","options":{"compress":true}}}`;
    expected[`_cacache/content-v2/sha512/${place(createHash('sha512').update(archive).digest())}`] = archive.toString('latin1');
    expected[`_cacache/index-v5/${place(createHash('sha256').update(key).digest())}`] =
      `${createHash('sha1').update(entry).digest('hex')}\t${entry}`;
  }
  assert.deepEqual(filesOf(out), expected);
});

test('lock files of version 1 and 2 give the same cache, and a URL with two hashes has the stronger one', { skip }, async (t) => {
  const registry = await npmRegistry('test/e2e/languages/npm/registry');
  t.after(() => registry.close());
  const [loud, toolPackage] = ['loud', '@example/tool'].map((name) => registry.packages.get(name)!);
  const weak = `sha1-${createHash('sha1').update(loud!.archive).digest('base64')}`;
  const old = (integrity: string) => ({ version: '1.0.0', resolved: loud!.resolved, integrity });
  const version1 = {
    lockfileVersion: 1,
    dependencies: {
      loud: old(weak),
      '@example/tool': {
        version: '1.0.0',
        resolved: toolPackage!.resolved,
        integrity: toolPackage!.integrity,
        dependencies: { loud: old(`${weak} ${loud!.integrity}`), bundled: { version: '1.0.0', bundled: true } },
      },
    },
  };
  const first = prepare('one', JSON.stringify(version1));
  assert.deepEqual(await tool('fetch', first.lock, first.out), { status: 0, stderr: '' });
  const second = prepare('two', JSON.stringify({ ...JSON.parse(lockFile(registry, root)), lockfileVersion: 2, dependencies: {} }));
  assert.deepEqual(await tool('fetch', second.lock, second.out), { status: 0, stderr: '' });
  const caches = [first, second].map(({ out }) => filesOf(join(out, '_cacache')));
  assert.equal(Object.keys(caches[0]!).length, 4);
  assert.deepEqual(caches[0], caches[1]);
  // npm would look for the weaker hash.
  assert.deepEqual(await tool('fix-lockfile', first.lock, first.out), { status: 0, stderr: '' });
  assert.equal(JSON.parse(readFileSync(first.lock, 'utf8')).dependencies.loud.integrity, loud!.integrity);
  const before = readFileSync(second.lock, 'utf8');
  await tool('fix-lockfile', second.lock, second.out);
  assert.equal(readFileSync(second.lock, 'utf8'), before);
});

test('what a lock file cannot have says so', { skip }, async (t) => {
  const registry = await npmRegistry('test/e2e/languages/npm/registry');
  t.after(() => registry.close());
  const loud = registry.packages.get('loud')!;
  const lockOf = (entry: object, version = 3) => JSON.stringify({ lockfileVersion: version, packages: { 'node_modules/loud': entry } });
  const wrong = `sha512-${Buffer.alloc(64).toString('base64')}`;
  const cases: [string, RegExp][] = [
    [lockOf({ resolved: loud.resolved, integrity: wrong }), /is not what the lock file says:\n {2}specified: sha512-AAAA/],
    [lockOf({ resolved: loud.resolved }), /has no hash for node_modules\/loud/],
    [
      lockOf({ resolved: `${registry.url}/none.tgz`, integrity: loud.integrity }),
      /none\.tgz\n.*1 of 1 packages could not be downloaded: .*404/,
    ],
    [lockOf({ resolved: 'file:///etc/passwd', integrity: loud.integrity }), /'file:\/\/\/etc\/passwd' is not an address of the network/],
    [lockOf({ resolved: 'git+ssh://git@gitlab.com/a/b.git#0' }), /git at a host that is not supported/],
    [lockOf({ resolved: loud.resolved, integrity: 'md5-AAAA' }), /a hash of an unknown kind for node_modules\/loud: 'md5-AAAA'/],
    [lockOf({ resolved: loud.resolved, integrity: loud.integrity }, 4), /version 4 are not supported/],
    [lockOf({ link: true, resolved: 'packages/loud' }), /names no package with a URL to download.*forceEmptyCache = true/],
  ];
  for (const [index, [text, message]] of cases.entries()) {
    const { lock, out } = prepare(`wrong-${index}`, text);
    const { status, stderr } = await tool('fetch', lock, out);
    assert.equal(status, 1, text);
    assert.match(stderr, message);
  }
});
