/** The package index that a lock pins: fetched by hash, from wherever it still exists. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openArchive } from '../../src/debian/archive.ts';
import { KnownIndexSizes } from '../../src/debian/index-sizes.ts';
import { lockDebianSuite } from '../../src/debian/lock-suite.ts';
import { parseDebianLock, type DebianLock } from '../../src/debian/lock.ts';
import type { DebianMirrors } from '../../src/debian/mirrors.ts';
import { ensureDebianIndex } from '../../src/debian/package-index.ts';
import { makeArchive, makeKey, NOW, sha256, type SuiteRecipe } from './support/archive-maker.ts';
import { mirrorsAt, serve, type TestServer } from './support/server.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const key = await makeKey();
const recipe: SuiteRecipe = {
  release: [
    { name: 'tool', version: '1.0-1' },
    { name: 'same', version: '2.0-1' },
    { name: 'mawk', fields: { Provides: 'awk (= 1), posix-awk', Priority: 'required' } },
    { name: 'base', fields: { Essential: 'yes' } },
  ],
  updates: [{ name: 'same', version: '2.0-1+deb13u1' }],
  security: [
    { name: 'tool', version: '1.0-1~deb13u1' },
    { name: 'fixed', version: '3' },
  ],
};

interface Setup {
  server: TestServer;
  files: Map<string, Buffer>;
  lock: DebianLock;
  mirrors: DebianMirrors;
  cacheDir: string;
}

async function setup(t: TestContext, made = recipe): Promise<Setup> {
  const files = await makeArchive(key, made);
  const server = await serve(t, files);
  const mirrors = mirrorsAt(server.url);
  const cacheDir = scratchFolder(t);
  const lock = await lockDebianSuite({ suite: 'trixie', mirrors, keys: [key.publicKey], now: NOW });
  server.asked.length = 0;
  return { server, files, lock, mirrors, cacheDir };
}

const folder = 'debian/dists/trixie/main/binary-amd64';

test('the index returns names, records and providers; the highest version wins', async (t) => {
  const { lock, mirrors, cacheDir } = await setup(t);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  const archive = openArchive(lock, cacheDir);
  assert.deepEqual(archive.names(), ['base', 'fixed', 'mawk', 'same', 'tool']);
  assert.deepEqual(
    archive.names().map((name) => archive.record(name).version),
    ['1.0-1', '3', '1.0-1', '2.0-1+deb13u1', '1.0-1'],
  );
  const { suite, archive: from, filename, essential } = archive.record('fixed');
  assert.deepEqual(
    { suite, from, filename, essential },
    { suite: 'trixie-security', from: 'debian-security', filename: 'pool/main/f/fixed/fixed_3_amd64.deb', essential: false },
  );
  assert.equal(archive.record('base').essential, true);
  assert.deepEqual([archive.providers('awk'), archive.providers('posix-awk'), archive.providers('sed')], [['mawk'], ['mawk'], []]);
  assert.throws(() => archive.record('nothing'), { code: 'debian/unknown-package', message: /no package 'nothing' in trixie/ });
});

test('other components are fetched once their packages are asked for, and hide no package of main', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t, {
    ...recipe,
    components: {
      contrib: [{ name: 'loader', fields: { Depends: 'blob, tool' } }],
      'non-free': [
        { name: 'blob', version: '7', fields: { Essential: 'yes', Priority: 'required' } },
        { name: 'tool', version: '9', fields: { Provides: 'awk' } },
        { name: 'gawk', fields: { Provides: 'awk' } },
      ],
    },
  });
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.equal(server.asked.length, 3);
  const made: string[] = [];
  const archive = openArchive(lock, cacheDir, (of) => made.push(of));
  assert.deepEqual([archive.components, archive.names().length], [['contrib', 'non-free'], 5]);
  await ensureDebianIndex(lock, { mirrors, cacheDir }, 'others');
  const others = server.asked.slice(3).map((request) => request.path);
  assert.ok(others.length > 0 && others.every((path) => /\/(contrib|non-free)\/binary-amd64\/by-hash\//.test(path)));
  const whole = archive.allComponents!;
  assert.deepEqual(made, []);
  assert.deepEqual(whole.names(), ['base', 'blob', 'fixed', 'gawk', 'loader', 'mawk', 'same', 'tool']);
  assert.deepEqual([whole.record('tool').version, whole.record('tool').component], ['1.0-1', 'main']);
  const { component, filename, suite } = whole.record('blob');
  assert.deepEqual([component, filename, suite], ['non-free', 'pool/non-free/b/blob/blob_7_amd64.deb', 'trixie']);
  assert.deepEqual(whole.resolve(['loader']).sort(), ['blob', 'loader', 'tool']);
  assert.deepEqual(whole.resolve(['@essential']), ['base']);
  assert.deepEqual(whole.resolve(['@required']).sort(), ['base', 'mawk']);
  // The tool of non-free is hidden, and so is what it provides.
  assert.deepEqual([whole.providers('awk'), archive.providers('awk')], [['mawk', 'gawk'], ['mawk']]);
  assert.throws(() => archive.record('blob'), { code: 'debian/unknown-package' });
  const { schema: _, ...old } = lock;
  assert.throws(() => openArchive(parseDebianLock({ ...old }), cacheDir).allComponents, {
    code: 'debian/no-component',
    hint: /bootflake flake update nixpkgs/,
  });
});

test('fetches by hash from the mirror; later runs request nothing, nor does --offline', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t);
  await assert.rejects(ensureDebianIndex(lock, { mirrors, cacheDir, offline: true }), { code: 'debian/offline' });
  const path = await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.deepEqual(
    server.asked.map((request) => /by-hash\/SHA256\/[0-9a-f]{64}$/.test(request.path)),
    [true, true, true],
  );
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  rmSync(path);
  await ensureDebianIndex(lock, { mirrors, cacheDir, offline: true });
  assert.equal(server.asked.length, 3);
  assert.ok(existsSync(path));
});

test('works with a mirror without by-hash folders', async (t) => {
  const { files, lock, mirrors, cacheDir } = await setup(t);
  for (const path of [...files.keys()]) if (path.includes('by-hash')) files.delete(path);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.equal(openArchive(lock, cacheDir).names().length, 5);
});

test('fetches an index that has left the mirror from the snapshot archive', async (t) => {
  const { files, lock, mirrors, cacheDir, server } = await setup(t);
  const bytes = files.get(`${folder}/Packages.gz`)!;
  files.set(`${folder}/Packages.gz`, Buffer.from('a newer one'));
  files.delete(`${folder}/by-hash/SHA256/${lock.release}`);
  files.set(`snapshot/archive/debian/20260110T230000Z/dists/trixie/main/binary-amd64/by-hash/SHA256/${lock.release}`, bytes);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.equal(openArchive(lock, cacheDir).names().length, 5);
  assert.ok(server.asked.some(({ path }) => path.startsWith('snapshot/archive/debian/20260110T170000Z/')));
});

test('the error for an index that is nowhere lists every place tried and a command that helps', async (t) => {
  const { files, lock, mirrors, cacheDir } = await setup(t);
  files.set(`${folder}/by-hash/SHA256/${lock.release}`, Buffer.from('lies'));
  files.delete(`${folder}/Packages.gz`);
  await assert.rejects(ensureDebianIndex(lock, { mirrors, cacheDir }), (error: Error & { code: string; hint: string }) => {
    assert.equal(error.code, 'debian/index-gone');
    assert.match(error.message, /by-hash.* has sha256 [0-9a-f]{64}\n.*Packages\.gz.*no such file/s);
    assert.match(error.hint, /bootflake flake update nixpkgs/);
    return true;
  });
  assert.ok(!existsSync(join(cacheDir, 'debian', 'packages', lock.release)));
});

test('rebuilds the index without the network when any byte of it is damaged', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t);
  const path = await ensureDebianIndex(lock, { mirrors, cacheDir });
  const good = readFileSync(path);
  const asked = server.asked.length;
  let remade = 0;
  // The evaluator's thread asks the main thread for this; here the packages are in memory, so no wait is needed.
  const remake = (): void => {
    remade += 1;
    writeFileSync(path, good);
  };
  const facts = (): unknown => {
    const archive = openArchive(lock, cacheDir, remake);
    return [
      archive.suite,
      archive.names().map((name) => archive.record(name)),
      archive.providers('awk'),
      archive.resolve(['@essential', 'tool']),
    ];
  };
  const expected = facts();
  assert.equal(remade, 0);
  const places = [...Array(good.length).keys()].filter((at) => at % 5 === 0);
  const bad = [
    ...places.map((at) => {
      const copy = Buffer.from(good);
      copy[at]! ^= 1 << (at % 8);
      return copy;
    }),
    ...[0, 10, 200, good.length >> 1, good.length - 1].map((length) => good.subarray(0, length)),
    Buffer.concat([good, good]),
  ];
  for (const [i, bytes] of bad.entries()) {
    writeFileSync(path, bytes);
    assert.deepEqual(facts(), expected, `damage ${i}`);
    assert.equal(remade, i + 1, `damage ${i} was found`);
  }
  rmSync(path);
  await ensureDebianIndex(lock, { mirrors, cacheDir, offline: true });
  assert.deepEqual(readFileSync(path), good);
  assert.equal(server.asked.length, asked);
  writeFileSync(path, bad[0]!);
  assert.throws(() => openArchive(lock, cacheDir), { code: 'debian/no-index', message: /missing or damaged/ });
  assert.throws(() => openArchive(lock, cacheDir, () => {}), { code: 'debian/no-index' });
});

test('fetches a list of packages again when the cached one is damaged', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t);
  const path = await ensureDebianIndex(lock, { mirrors, cacheDir });
  rmSync(path);
  const list = join(cacheDir, 'debian', 'packages', lock.release);
  const bytes = readFileSync(list);
  bytes[40]! ^= 2;
  writeFileSync(list, bytes);
  const asked = server.asked.length;
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.equal(server.asked.length, asked + 1);
  assert.equal(openArchive(lock, cacheDir).names().length, 5);
});

test('refuses an index that unpacks to more than Release states or the limit allows', async (t) => {
  const { files, lock, mirrors, cacheDir } = await setup(t);
  const bomb = gzipSync(Buffer.alloc(300 << 20));
  for (const [name, bytes] of files)
    if (name.endsWith('Packages.gz') || name.includes('by-hash')) if (sha256(bytes) === lock.release) files.set(name, bomb);
  const before = process.resourceUsage().maxRSS;
  await assert.rejects(ensureDebianIndex(lock, { mirrors, cacheDir }), { code: 'debian/index-gone', message: /has sha256/ });
  // A lock may contain it, too.
  const named = { ...lock, release: sha256(bomb) };
  files.set(`${folder}/by-hash/SHA256/${named.release}`, bomb);
  await assert.rejects(ensureDebianIndex(named, { mirrors, cacheDir }), {
    code: 'debian/index-too-large',
    message: /unpacks to more than the 201326592 bytes/,
  });
  assert.ok(process.resourceUsage().maxRSS - before < 450 << 10, `${(process.resourceUsage().maxRSS - before) >> 10} MiB more`);
  // The sizes in the Release are cached when the index is pinned.
  const sizes = new KnownIndexSizes(join(cacheDir, 'debian'));
  sizes.remember(named.release, { packed: bomb.length, unpacked: 1000 });
  await assert.rejects(ensureDebianIndex(named, { mirrors, cacheDir }), {
    code: 'debian/index-too-large',
    message: /more than the 1000 bytes/,
  });
  sizes.remember(lock.updates, { packed: 5 });
  files.set(`${folder}/by-hash/SHA256/${lock.release}`, Buffer.from('lies'));
  await assert.rejects(
    ensureDebianIndex(lock, { mirrors, cacheDir }),
    (error: Error) => /has \d+ bytes there, at most 5 are taken/.test(error.message) || /has sha256/.test(error.message),
  );
});

test('reports the sizes of the indexes in a Release when pinning it', async (t) => {
  const files = await makeArchive(key, recipe);
  const { url } = await serve(t, files);
  const told: [string, number, number | undefined][] = [];
  const mirrors = mirrorsAt(url);
  const lock = await lockDebianSuite({
    suite: 'trixie',
    mirrors,
    keys: [key.publicKey],
    now: NOW,
    onIndex: (hash, { packed, unpacked }) => told.push([hash, packed, unpacked]),
  });
  const index = files.get(`${folder}/Packages.gz`)!;
  assert.deepEqual(
    told.find(([hash]) => hash === lock.release),
    [sha256(index), index.length, gunzipSync(index).length],
  );
});

test('reports a mirror that is down at once', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t);
  await server.close();
  await assert.rejects(ensureDebianIndex(lock, { mirrors: { ...mirrors, snapshot: 'http://127.0.0.1:1' }, cacheDir }), {
    code: 'network/unreachable',
  });
});
