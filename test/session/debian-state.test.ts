/** The pinned state of a Debian suite across runs: never silently older than the locked state or one seen before. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { lockDebianSuite, type LockSuiteOptions } from '../../src/debian/lock-suite.ts';
import { lockDebian } from '../../src/session/debian-service.ts';
import { defaultFlakeOptions, type FlakeOptions } from '../../src/settings/options.ts';
import type { InputAttrs } from '../../src/fetch/scheme/scheme.ts';
import type { FlakeSessionOptions } from '../../src/session/session-types.ts';
import { makeArchive, makeKey, NOW, type SuiteRecipe } from '../debian/support/archive-maker.ts';
import { serve } from '../debian/support/server.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const key = await makeKey();
const utc = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace('GMT', 'UTC');

interface Setup {
  /** Makes the mirror offer a state that was signed this many hours ago. */
  offer(hours: number, name?: string): Promise<void>;
  lock(options?: Partial<FlakeOptions>, previous?: InputAttrs): Promise<InputAttrs>;
  warnings: string[];
  asked(): number;
  cacheDir: string;
}

async function setup(t: TestContext): Promise<Setup> {
  const files = new Map<string, Buffer>();
  const server = await serve(t, files);
  const cacheDir = scratchFolder(t);
  const warnings: string[] = [];
  const ask = (options: LockSuiteOptions) => lockDebianSuite({ ...options, keys: [key.publicKey], now: NOW });
  return {
    warnings,
    cacheDir,
    asked: () => server.asked.length,
    async offer(hours, name = 'a') {
      const fields = { Date: utc(NOW - hours * 3600) };
      const recipe: SuiteRecipe = { release: [{ name }], fields: { release: fields, updates: fields, security: fields } };
      for (const [path, bytes] of await makeArchive(key, recipe)) files.set(path, bytes);
    },
    lock(options = {}, previous) {
      const mirror = { mirror: `${server.url}/debian`, securityMirror: `${server.url}/debian-security` };
      const session = {
        settings: { ...defaultFlakeOptions, ...mirror, ...options },
        signal: new AbortController().signal,
        onProgress: () => {},
        onWarning: (message: string) => warnings.push(message),
      } as unknown as FlakeSessionOptions;
      return lockDebian('trixie', previous, session, cacheDir, ask);
    },
  };
}

test('refuses an update to a Release older than the lock that it would replace', async (t) => {
  const { offer, lock } = await setup(t);
  await offer(10);
  const locked = await lock();
  await offer(30, 'old');
  await assert.rejects(lock({ refresh: true }, locked), {
    code: 'debian/release-older',
    message: /is of 2026-01-09T06:00:00Z, 20 hours older than the one of 2026-01-10T02:00:00Z that is locked/,
    hint: /--accept-older/,
  });
  const back = await lock({ refresh: true, acceptOlder: true }, locked);
  assert.equal(back.releaseDate, NOW - 30 * 3600);
});

test('ignores the cached state of the last hour if the lock is newer', async (t) => {
  const { offer, lock, asked } = await setup(t);
  await offer(30, 'old');
  const old = await lock();
  const before = asked();
  assert.deepEqual(await lock(), old);
  assert.equal(asked(), before, 'no request within the hour');
  await offer(5, 'new');
  // The lock comes from elsewhere, for example by git pull.
  const newer = { ...old, releaseDate: NOW - 10 * 3600, updatesDate: NOW - 10 * 3600, securityDate: NOW - 10 * 3600 };
  await assert.rejects(lock({ offline: true }, newer), { code: 'flake/offline', message: /older than the lock/ });
  assert.equal((await lock({}, newer)).releaseDate, NOW - 5 * 3600);
});

test('warns about a Release older than one seen before, and keeps the newer one', async (t) => {
  const { offer, lock, warnings } = await setup(t);
  await offer(10);
  const seen = await lock();
  await offer(30, 'old');
  assert.deepEqual(await lock({ refresh: true }), seen);
  assert.equal(warnings.length, 3);
  assert.match(
    warnings[0]!,
    /offers the Release \(release\) of trixie of 2026-01-09T06:00:00Z; the one of 2026-01-10T02:00:00Z, which was seen here before, is kept \(--accept-older/,
  );
  assert.equal((await lock({ refresh: true, acceptOlder: true })).releaseDate, NOW - 30 * 3600);
  await offer(1, 'new');
  assert.equal((await lock({ refresh: true })).releaseDate, NOW - 3600);
  assert.equal(warnings.length, 3);
});

test('ignores a damaged state', async (t) => {
  const { offer, lock, cacheDir, asked } = await setup(t);
  await offer(10);
  const locked = await lock();
  const file = join(cacheDir, 'debian', readdirSync(join(cacheDir, 'debian')).find((name) => name.endsWith('.state'))!);
  const good = readFileSync(file);
  for (let at = 0; at < good.length; at += 29) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(file, bad);
    const before = asked();
    assert.deepEqual(await lock(), locked);
    assert.ok(asked() > before, `byte ${at}`);
  }
});
