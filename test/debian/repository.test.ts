/** Apt repositories with a key of their own: only what that key signed, over Debian's packages. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readKey } from 'openpgp';
import { openArchive, type OpenRepository } from '../../src/debian/archive.ts';
import { KnownIndexSizes } from '../../src/debian/index-sizes.ts';
import { lockDebianSuite } from '../../src/debian/lock-suite.ts';
import { ensureDebianIndex } from '../../src/debian/package-index.ts';
import { lockRepository, type LockRepositoryOptions } from '../../src/debian/repository/lock-repository.ts';
import { matchesPattern } from '../../src/debian/repository/newest-index.ts';
import { ensureRepositoryIndex } from '../../src/debian/repository/repository-index.ts';
import { parseIndexes, parseRepositoryLock, type RepositoryLock } from '../../src/debian/repository/repository-lock.ts';
import type { DebianArchive } from '../../src/evaluator/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { clearSign, makeArchive, makeKey, NOW, sha256, type TestKey } from './support/archive-maker.ts';
import type { DebRecipe } from './support/deb-maker.ts';
import { fingerprintOf, makeRepository, type RepositoryRecipe } from './support/repository-maker.ts';
import { mirrorsAt, serve, type TestServer } from './support/server.ts';

const key = await makeKey('Repository');
const fingerprint = await fingerprintOf(key);
const utc = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace('GMT', 'UTC');

interface Setup {
  server: TestServer;
  files: Map<string, Buffer>;
  cacheDir: string;
  lock(options?: Partial<LockRepositoryOptions>): Promise<RepositoryLock>;
}

async function setup(t: TestContext, recipe: RepositoryRecipe, signedBy: TestKey = key): Promise<Setup> {
  const files = await makeRepository(signedBy, recipe);
  const server = await serve(t, files);
  const flat = recipe.suite?.endsWith('/');
  const address = {
    url: server.url,
    suite: recipe.suite ?? 'stable',
    components: flat ? '' : (recipe.component ?? 'main'),
    key: fingerprint,
  };
  const lock: Setup['lock'] = (options) => lockRepository({ address, keyUrl: `${server.url}/key.asc`, now: NOW, ...options });
  return { server, files, cacheDir: scratchFolder(t), lock };
}

const one: RepositoryRecipe = { debs: [{ name: 'tool' }] };

test('a lock pins the index, the dates and the key; it is read back', async (t) => {
  const { lock, files } = await setup(t, one);
  const locked = await lock();
  const index = files.get('dists/stable/main/binary-amd64/Packages.gz')!;
  assert.equal(locked.indexes, `main/amd64=${sha256(index)}`);
  assert.deepEqual([locked.lastModified, locked.validUntil], [NOW - 3600, NOW + 86_400 * 7]);
  assert.deepEqual(parseRepositoryLock({ ...locked, narHash: 'sha256-x' }), locked);
  assert.throws(() => parseRepositoryLock({ ...locked, schema: 2, unheard: 'of' }), { code: 'debian/newer-lock' });
  for (const wrong of [
    { url: 'file:///etc' },
    { url: 'https://user:word@host/x' },
    { suite: '../x' },
    { suite: 'a//b' },
    { components: 'main,../x' },
    { key: fingerprint.slice(-16) },
    { indexes: `main/amd64=${'0'.repeat(63)}` },
    { indexes: `../../x/amd64=${'0'.repeat(64)}` },
    { validUntil: '1' },
  ])
    assert.throws(() => parseRepositoryLock({ ...locked, ...wrong }), { code: 'debian/bad-lock' }, JSON.stringify(wrong));
});

test('a key is trusted by its fingerprint alone, armored or not, among others or by itself', async (t) => {
  const other = await makeKey('Other');
  const { lock, files } = await setup(t, one);
  const parsed = await readKey({ armoredKey: key.publicKey });
  files.set('key.asc', Buffer.from(parsed.write() as Uint8Array));
  assert.equal((await lock()).key, fingerprint);
  files.set('key.asc', Buffer.from(`${other.publicKey}\n${key.publicKey}`));
  await lock();
  files.set('key.asc', Buffer.from(other.publicKey));
  await assert.rejects(lock(), {
    code: 'debian/wrong-key',
    message: new RegExp(`no key with the fingerprint ${fingerprint}; it has ${await fingerprintOf(other)}`),
  });
  files.set('key.asc', Buffer.from('<html>Please log in\x1b[2J</html>'));
  await assert.rejects(lock(), { code: 'debian/bad-key', message: /key\.asc is no file of public keys/ });
  files.set('key.asc', Buffer.alloc((1 << 20) + 1));
  await assert.rejects(lock(), { code: 'network/too-large' });
});

test('a repository signed by another key is refused, and one that was changed afterwards', async (t) => {
  const other = await makeKey('Other');
  const { lock, files } = await setup(t, one, other);
  files.set('key.asc', Buffer.from(key.publicKey));
  await assert.rejects(lock(), {
    code: 'debian/bad-signature',
    message: new RegExp(`is not signed by the key ${fingerprint}`),
    hint: /Compare/,
  });
  for (const [path, bytes] of await makeRepository(key, one)) files.set(path, bytes);
  const signed = files.get('dists/stable/InRelease')!.toString();
  files.set('dists/stable/InRelease', Buffer.from(signed.replace(/^ [0-9a-f]{64}/m, ` ${'0'.repeat(64)}`)));
  await assert.rejects(lock(), { code: 'debian/bad-signature' });
});

test('Valid-Until and dates count as those of Debian', async (t) => {
  const { lock } = await setup(t, { ...one, fields: { 'Valid-Until': utc(NOW - 93_600) } });
  await assert.rejects(lock(), { code: 'debian/release-expired', message: /expired 1 day 2 hours ago/, hint: /--accept-expired/ });
  const locked = await lock({ acceptExpired: true });
  const previous = { ...locked, lastModified: locked.lastModified + 7200 };
  const older = { acceptExpired: true, previous };
  await assert.rejects(lock(older), { code: 'debian/release-older', message: /2 hours older/, hint: /--accept-older/ });
  await lock({ ...older, acceptOlder: true });
  await assert.rejects(lock({ now: NOW - 86_400 }), { code: 'debian/release-in-future' });
});

test('a suite or a component that is not there is an error that names what there is', async (t) => {
  const { lock, server } = await setup(t, { ...one, component: 'stable', others: ['test'] });
  const address = { url: server.url, suite: 'stable', components: 'stable', key: fingerprint };
  await lock({ address });
  await assert.rejects(lock({ address: { ...address, suite: 'sid' } }), { code: 'debian/unknown-suite', message: /has no suite 'sid'/ });
  await assert.rejects(lock({ address: { ...address, components: 'stable,main' } }), {
    code: 'debian/unknown-component',
    message: /no main\/binary-amd64/,
    hint: /stable, test/,
  });
  await server.close();
  await assert.rejects(lock({ address, network: { netrcFiles: [], attempts: 2 } }), { code: 'network/unreachable' });
});

test('the Release of another suite is refused', async (t) => {
  const { lock } = await setup(t, { ...one, fields: { Suite: 'old\x1b[2Jstable', Codename: 'old' } });
  await assert.rejects(lock(), { code: 'debian/wrong-suite', message: /'stable' was requested/ });
});

/** Debian with libc6, a virtual mail server and a tool; `debs` are in the repository. */
async function archiveWith(t: TestContext, debs: DebRecipe[], more: Partial<OpenRepository> = {}): Promise<DebianArchive> {
  const { lock, cacheDir } = await setup(t, { debs });
  const locked = await lock();
  await ensureRepositoryIndex(locked, { cacheDir });
  const debianKey = await makeKey();
  const server = await serve(
    t,
    await makeArchive(debianKey, {
      release: [
        { name: 'libc6', version: '2.41-12', fields: { Essential: 'yes' } },
        { name: 'tool', version: '1.0-1', fields: { Depends: 'libc6' } },
        { name: 'postfix', fields: { Provides: 'mail-server' } },
        { name: 'mailer', fields: { Depends: 'mail-server' } },
      ],
    }),
  );
  const mirrors = mirrorsAt(server.url);
  const debian = await lockDebianSuite({ suite: 'trixie', mirrors, keys: [debianKey.publicKey], now: NOW });
  await ensureDebianIndex(debian, { mirrors, cacheDir });
  return openArchive(debian, cacheDir, undefined, [{ name: 'extra', lock: locked, ...more }]);
}

test('packages of both are resolved together, and the highest version of each is taken', async (t) => {
  const archive = await archiveWith(t, [
    { name: 'tool', version: '2.0-1', fields: { Depends: 'helper (>= 3), libc6' } },
    { name: 'helper', version: '3', architecture: 'all' },
    { name: 'helper', version: '2.9' },
    { name: 'libc6', version: '2.36-9' },
  ]);
  assert.deepEqual(archive.names(), ['helper', 'libc6', 'mailer', 'postfix', 'tool']);
  assert.deepEqual(archive.resolve(['@essential', 'tool']), ['libc6', 'helper', 'tool']);
  const [tool, libc] = [archive.record('tool'), archive.record('libc6')];
  assert.deepEqual([tool.version, tool.archive, tool.suite], ['2.0-1', '', 'stable']);
  assert.match(tool.repository, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.deepEqual([libc.version, libc.archive, libc.repository], ['2.41-12', 'debian', '']);
});

test('only the listed packages count', async (t) => {
  const debs = [{ name: 'tool', version: '2.0-1' }, { name: 'extra-one' }, { name: 'other' }];
  const archive = await archiveWith(t, debs, { packages: ['extra-*'] });
  assert.deepEqual(archive.names(), ['extra-one', 'libc6', 'mailer', 'postfix', 'tool']);
  assert.equal(archive.record('tool').version, '1.0-1');
  assert.throws(() => archive.resolve(['other']), { code: 'debian/unknown-package' });
  for (const [name, pattern, fits] of [
    ['docker-ce', 'docker-*', true],
    ['docker', 'docker-*', false],
    ['aa', 'a*a', true],
    ['a', 'a*a', false],
    ['abcbd', 'a*b*d', true],
    ['x.y', 'x*y', true],
    ['xay', 'x.y', false],
  ] as const)
    assert.equal(matchesPattern(name, pattern), fits, `${name} ${pattern}`);
});

test('the same version with other bytes is an error once the package is wanted', async (t) => {
  const archive = await archiveWith(t, [{ name: 'tool', version: '1.0-1', files: [{ path: './usr/bin/tool' }] }, { name: 'more' }]);
  assert.deepEqual(archive.resolve(['more']), ['more']);
  assert.throws(() => archive.resolve(['tool']), {
    code: 'debian/ambiguous-package',
    message: /the repository 'extra' has another 'tool' 1\.0-1/,
    hint: /nixpkgs\.debian\.repositories\.extra\.packages/,
  });
});

test('a repository adds no essential package, and Debian provides what both do', async (t) => {
  const archive = await archiveWith(t, [
    { name: 'a-mailer', fields: { Provides: 'mail-server', Priority: 'required', Essential: 'yes' } },
    { name: 'libc6', version: '3', fields: { Depends: 'a-libm' } },
    { name: 'a-libm' },
  ]);
  assert.deepEqual(archive.resolve(['@essential', 'mailer']), ['a-libm', 'libc6', 'postfix', 'mailer']);
});

test('a repository without dists/ has its index beside its Release', async (t) => {
  for (const suite of ['./', '/', 'deb/']) {
    const stanzaOfArm = 'Package: tool\nVersion: 9\nArchitecture: arm64\n\n';
    const { lock, cacheDir, server } = await setup(t, { ...one, suite, byHash: false, packages: (text) => `${stanzaOfArm}${text}` });
    const locked = await lock();
    assert.match(locked.indexes, /^\/amd64=/);
    assert.deepEqual(parseRepositoryLock({ ...locked }), locked);
    await ensureRepositoryIndex(locked, { cacheDir });
    assert.equal(server.asked.at(-1)!.path, `${suite.replace(/^\.?\//, '')}Packages.gz`);
    assert.equal(parseIndexes(locked.indexes)![0]!.component, '');
  }
});

test('an index comes by its hash, and from the cache without a network', async (t) => {
  const { lock, cacheDir, server, files } = await setup(t, one);
  const locked = await lock();
  await assert.rejects(ensureRepositoryIndex(locked, { cacheDir, offline: true }), { code: 'debian/offline' });
  // The repository moved on, and keeps its former index.
  files.set('dists/stable/main/binary-amd64/Packages.gz', Buffer.from('new'));
  const path = await ensureRepositoryIndex(locked, { cacheDir });
  assert.match(server.asked.at(-1)!.path, /by-hash\/SHA256\/[0-9a-f]{64}$/);
  rmSync(path);
  await server.close();
  assert.equal(await ensureRepositoryIndex(locked, { cacheDir, offline: true }), path);
  rmSync(join(cacheDir, 'debian'), { recursive: true });
});

test('an index that has gone, or has other bytes, is an error', async (t) => {
  const { lock, cacheDir, files } = await setup(t, { ...one, byHash: false });
  const locked = await lock();
  files.set('dists/stable/main/binary-amd64/Packages.gz', Buffer.from('other'));
  await assert.rejects(ensureRepositoryIndex(locked, { cacheDir }), { code: 'debian/index-gone', hint: /flake update INPUT/ });
});

const hostile: [string, RepositoryRecipe][] = [
  ['a name that leads elsewhere', { debs: [{ name: '../../etc' }] }],
  ['a name with an escape sequence', { debs: [{ name: 'x\x1b[2J' }] }],
  ['a name that is an option', { debs: [{ name: '--help' }] }],
  ['the mark of essential packages', { debs: [{ name: '@essential' }] }],
  ['a version with a blank', { debs: [{ name: 'x', version: '1 2' }] }],
  ['a version with a path', { debs: [{ name: 'x', version: '1/../../2' }] }],
  ['a file outside', { ...one, packages: (text) => text.replace(/Filename: .*/, 'Filename: pool/../../../etc/shadow') }],
  ['a file elsewhere', { ...one, packages: (text) => text.replace(/Filename: .*/, 'Filename: http://other/x.deb') }],
  ['an absolute file', { ...one, packages: (text) => text.replace(/Filename: .*/, 'Filename: /etc/shadow') }],
  ['no hash', { ...one, packages: (text) => text.replace(/SHA256: .*\n/, 'MD5sum: 0\n') }],
  ['a hash that is none', { ...one, packages: (text) => text.replace(/SHA256: .*/, 'SHA256: zz') }],
  ['an absurd size', { ...one, packages: (text) => text.replace(/Size: .*/, 'Size: 99999999999999') }],
  ['two names', { ...one, packages: (text) => text.replace(/\n$/, '\nPackage: libc6\n') }],
  ['two versions', { ...one, packages: (text) => text.replace(/\n$/, '\nVersion: 0\n') }],
];

test('names, versions and files of a hostile repository are refused, whatever its key signed', async (t) => {
  for (const [what, recipe] of hostile) {
    const { lock, cacheDir } = await setup(t, recipe);
    const locked = await lock();
    await assert.rejects(
      ensureRepositoryIndex(locked, { cacheDir }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'debian/bad-index', what);
        assert.doesNotMatch(error.message, /[\x00-\x08\x0b-\x1f]/, what);
        return true;
      },
      what,
    );
  }
});

test('a Release, an index and a list of packages without end have limits', async (t) => {
  const { lock, files, cacheDir } = await setup(t, one);
  const locked = await lock();
  files.set('dists/stable/InRelease', Buffer.alloc((4 << 20) + 1, '\n'));
  await assert.rejects(lock(), { code: 'network/too-large' });
  // An index that unpacks to more than the Release says.
  const bomb = gzipSync(Buffer.alloc(10 << 20));
  new KnownIndexSizes(join(cacheDir, 'debian')).remember(sha256(bomb), { packed: bomb.length, unpacked: 1 << 20 });
  files.set(`dists/stable/main/binary-amd64/by-hash/SHA256/${sha256(bomb)}`, bomb);
  await assert.rejects(ensureRepositoryIndex({ ...locked, indexes: `main/amd64=${sha256(bomb)}` }, { cacheDir }), {
    code: 'debian/index-too-large',
  });
  const many = Array.from({ length: 40 }, (_, i) => `c${i}/amd64=${'0'.repeat(64)}`).join(',');
  assert.equal(parseIndexes(many), undefined);
  const text = `Origin: x\nSuite: stable\nDate: ${utc(NOW - 3600)}\n`;
  files.set('dists/stable/InRelease', Buffer.from(await clearSign(text, key)));
  await assert.rejects(lock(), { code: 'debian/bad-release' });
});
