/** The pinned state of an apt repository across runs: never silently older than the locked state or one seen before. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { InputAttrs } from '../../src/fetch/scheme/scheme.ts';
import { lockAptRepository } from '../../src/session/apt-service.ts';
import type { FlakeSessionOptions } from '../../src/session/session-types.ts';
import { defaultFlakeOptions, type FlakeOptions } from '../../src/settings/options.ts';
import { makeKey } from '../debian/support/archive-maker.ts';
import { fingerprintOf, makeRepository } from '../debian/support/repository-maker.ts';
import { serve } from '../debian/support/server.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const key = await makeKey();
const fingerprint = await fingerprintOf(key);
const now = Math.floor(Date.now() / 1000);
const utc = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace('GMT', 'UTC');

async function setup(t: TestContext) {
  const files = new Map<string, Buffer>();
  const server = await serve(t, files);
  const cacheDir = scratchFolder(t);
  const wanted: InputAttrs = {
    type: 'apt',
    url: server.url,
    suite: 'stable',
    components: 'main',
    key: fingerprint,
    keyUrl: `${server.url}/key.asc`,
  };
  return {
    server,
    /** Offers a state that was made so many hours ago. */
    async offer(hours: number, validHours = 24) {
      const fields = { Date: utc(now - hours * 3600), 'Valid-Until': utc(now + validHours * 3600) };
      for (const [path, bytes] of await makeRepository(key, { debs: [{ name: `of-${hours}` }], fields })) files.set(path, bytes);
    },
    lock(options: Partial<FlakeOptions> = {}, previous?: InputAttrs) {
      const session = {
        settings: { ...defaultFlakeOptions, ...options },
        signal: new AbortController().signal,
        onProgress: () => {},
        onWarning: () => {},
      } as unknown as FlakeSessionOptions;
      return lockAptRepository(wanted, previous, session, cacheDir);
    },
  };
}

test('asks once within the hour, and not at all offline', async (t) => {
  const { offer, lock, server } = await setup(t);
  await assert.rejects(lock({ offline: true }), { code: 'flake/offline', message: /its state is not known here/ });
  await offer(10);
  const first = await lock();
  assert.equal(first.lastModified, now - 10 * 3600);
  assert.deepEqual(
    server.asked.map(({ path }) => path),
    ['key.asc', 'dists/stable/InRelease'],
  );
  await offer(5);
  assert.deepEqual(await lock(), first);
  assert.deepEqual(await lock({ offline: true, refresh: true }), first);
  assert.equal((await lock({ refresh: true })).lastModified, now - 5 * 3600);
});

test('refuses to go back behind the lock and behind what was seen, unless it may', async (t) => {
  const { offer, lock } = await setup(t);
  await offer(30);
  const old = await lock();
  // The lock comes from elsewhere, for example by git pull.
  const newer = { ...old, lastModified: now - 3600 };
  await assert.rejects(lock({ offline: true }, newer), { code: 'flake/offline', message: /older than the lock/ });
  await assert.rejects(lock({}, newer), { code: 'debian/release-older' });
  assert.deepEqual(await lock({ acceptOlder: true, refresh: true }, newer), old);
  await offer(2);
  await lock({ refresh: true });
  await offer(3);
  await assert.rejects(lock({ refresh: true }), { code: 'debian/release-older' });
});

test('refuses an expired state, unless it may', async (t) => {
  const { offer, lock } = await setup(t);
  await offer(10, -1);
  await assert.rejects(lock(), { code: 'debian/release-expired' });
  const accepted = await lock({ acceptExpired: true });
  assert.equal(accepted.validUntil, now - 3600);
});
