/** The package index that a lock pins: brought by hash, from wherever it still is. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openArchive } from '../../src/debian/archive.ts';
import { lockDebianSuite } from '../../src/debian/lock-suite.ts';
import type { DebianLock } from '../../src/debian/lock.ts';
import type { DebianMirrors } from '../../src/debian/mirrors.ts';
import { ensureDebianIndex } from '../../src/debian/package-index.ts';
import { makeArchive, makeKey, NOW, type SuiteRecipe } from './support/archive-maker.ts';
import { serve, type TestServer } from './support/server.ts';

const key = await makeKey();
const recipe: SuiteRecipe = {
  release: [{ name: 'tool', version: '1.0-1' }, { name: 'same', version: '2.0-1' }, { name: 'mawk', fields: { Provides: 'awk (= 1), posix-awk', Priority: 'required' } }, { name: 'base', fields: { Essential: 'yes' } }],
  updates: [{ name: 'same', version: '2.0-1+deb13u1' }],
  security: [{ name: 'tool', version: '1.0-1~deb13u1' }, { name: 'fixed', version: '3' }],
};

interface Setup {
  server: TestServer;
  files: Map<string, Buffer>;
  lock: DebianLock;
  mirrors: DebianMirrors;
  cacheDir: string;
}

async function setup(t: TestContext): Promise<Setup> {
  const files = await makeArchive(key, recipe);
  const server = await serve(t, files);
  const mirrors = { debian: `${server.url}/debian`, security: `${server.url}/debian-security`, snapshot: `${server.url}/snapshot`, origin: { debian: 'test', security: 'test' } };
  const cacheDir = mkdtempSync(join(tmpdir(), 'bootflake-cache-'));
  t.after(() => rmSync(cacheDir, { recursive: true }));
  const lock = await lockDebianSuite({ suite: 'trixie', mirrors, keys: [key.publicKey], now: NOW });
  server.asked.length = 0;
  return { server, files, lock, mirrors, cacheDir };
}

const folder = 'debian/dists/trixie/main/binary-amd64';

test('the index answers names, records and providers; the highest version wins', async (t) => {
  const { lock, mirrors, cacheDir } = await setup(t);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  const archive = openArchive(lock, cacheDir);
  assert.deepEqual(archive.names(), ['base', 'fixed', 'mawk', 'same', 'tool']);
  assert.deepEqual(archive.names().map((name) => archive.record(name).version), ['1.0-1', '3', '1.0-1', '2.0-1+deb13u1', '1.0-1']);
  const { suite, archive: from, filename, essential } = archive.record('fixed');
  assert.deepEqual({ suite, from, filename, essential }, { suite: 'trixie-security', from: 'debian-security', filename: 'pool/main/f/fixed/fixed_3_amd64.deb', essential: false });
  assert.equal(archive.record('base').essential, true);
  assert.deepEqual([archive.providers('awk'), archive.providers('posix-awk'), archive.providers('sed')], [['mawk'], ['mawk'], []]);
  assert.throws(() => archive.record('nothing'), { code: 'debian/unknown-package', message: /no package 'nothing' in trixie/ });
});

test('by hash from the mirror; a second time nothing is asked, nor with --offline', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t);
  await assert.rejects(ensureDebianIndex(lock, { mirrors, cacheDir, offline: true }), { code: 'debian/offline' });
  const path = await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.deepEqual(server.asked.map((request) => /by-hash\/SHA256\/[0-9a-f]{64}$/.test(request.path)), [true, true, true]);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  rmSync(path);
  await ensureDebianIndex(lock, { mirrors, cacheDir, offline: true });
  assert.equal(server.asked.length, 3);
  assert.ok(existsSync(path));
});

test('a mirror without by-hash folders', async (t) => {
  const { files, lock, mirrors, cacheDir } = await setup(t);
  for (const path of [...files.keys()]) if (path.includes('by-hash')) files.delete(path);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.equal(openArchive(lock, cacheDir).names().length, 5);
});

test('an index that has left the mirror comes from the snapshot archive', async (t) => {
  const { files, lock, mirrors, cacheDir, server } = await setup(t);
  const bytes = files.get(`${folder}/Packages.gz`)!;
  files.set(`${folder}/Packages.gz`, Buffer.from('a newer one'));
  files.delete(`${folder}/by-hash/SHA256/${lock.release}`);
  files.set(`snapshot/archive/debian/20260110T230000Z/dists/trixie/main/binary-amd64/by-hash/SHA256/${lock.release}`, bytes);
  await ensureDebianIndex(lock, { mirrors, cacheDir });
  assert.equal(openArchive(lock, cacheDir).names().length, 5);
  assert.ok(server.asked.some(({ path }) => path.startsWith('snapshot/archive/debian/20260110T170000Z/')));
});

test('an index that is nowhere: every place that was asked, and the command that helps', async (t) => {
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

test('a mirror that is down is told at once', async (t) => {
  const { server, lock, mirrors, cacheDir } = await setup(t);
  await server.close();
  await assert.rejects(ensureDebianIndex(lock, { mirrors: { ...mirrors, snapshot: 'http://127.0.0.1:1' }, cacheDir }), { code: 'network/unreachable' });
});
