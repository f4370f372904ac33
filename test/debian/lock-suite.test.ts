/** Pinning a suite: only a Release that Debian signed, of the right name, and fresh. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { lockDebianSuite, type LockSuiteOptions } from '../../src/debian/lock-suite.ts';
import { newestParts, otherComponents, parseDebianLock, type DebianLock } from '../../src/debian/lock.ts';
import { clearSign, makeArchive, makeKey, NOW, sha256, type SuiteRecipe } from './support/archive-maker.ts';
import { mirrorsAt, serve } from './support/server.ts';

const key = await makeKey();

async function lock(
  t: TestContext,
  recipe: SuiteRecipe,
  options: Partial<LockSuiteOptions> = {},
  change?: (files: Map<string, Buffer>) => void | Promise<void>,
): Promise<DebianLock> {
  const files = await makeArchive(key, recipe);
  await change?.(files);
  const { url } = await serve(t, files);
  const mirrors = mirrorsAt(url);
  return lockDebianSuite({ suite: 'trixie', mirrors, keys: [key.publicKey], now: NOW, ...options });
}

/** Changes a hash in a signed file of the archive. */
const tampered = (path: string) => (files: Map<string, Buffer>) => {
  const text = files.get(path)!.toString();
  files.set(path, Buffer.from(text.replace(/^ [0-9a-f]{64}/m, ` ${'0'.repeat(64)}`)));
};

test('pins the three parts by the hashes of their indexes', async (t) => {
  let index: Buffer | undefined;
  const locked = await lock(t, { release: [{ name: 'a' }] }, {}, (files) => {
    index = files.get('debian/dists/trixie/main/binary-amd64/Packages.gz');
  });
  assert.equal(locked.release, sha256(index!));
  assert.equal(locked.updates, locked.security);
  assert.deepEqual([locked.releaseDate, locked.lastModified], [NOW - 3600, NOW - 3600]);
  assert.deepEqual(parseDebianLock({ ...locked, narHash: 'sha256-x' }), locked);
});

test('pins the indexes of other components, which come from the same signed Release', async (t) => {
  let files: Map<string, Buffer> | undefined;
  const components = { contrib: [], 'non-free': [{ name: 'b' }], 'non-free-firmware': [{ name: 'c' }], elsewhere: [{ name: 'd' }] };
  const locked = await lock(t, { components }, {}, (made) => {
    files = made;
  });
  const index = files!.get('debian/dists/trixie/non-free/binary-amd64/Packages.gz')!;
  assert.equal(locked['release/non-free/amd64'], sha256(index));
  assert.equal(Object.keys(locked).filter((name) => name.includes('/')).length, 9);
  assert.deepEqual(otherComponents(locked), ['contrib', 'non-free', 'non-free-firmware']);
  assert.deepEqual(parseDebianLock({ ...locked, narHash: 'sha256-x' }), locked);
});

test('reads a lock of the first schema, and refuses one that a later version wrote', async (t) => {
  const { schema, ...locked } = await lock(t, { components: { 'non-free': [] } });
  assert.equal(schema, 2);
  // The first schema had main alone.
  assert.deepEqual(otherComponents(parseDebianLock({ ...locked })), []);
  assert.throws(() => parseDebianLock({ ...locked, schema: 3, unheard: 'of' }), {
    code: 'debian/newer-lock',
    message: /has the schema 3; this version of bootflake reads schemas up to 2/,
    hint: /Update bootflake/,
  });
  for (const wrong of [0, '2', 1.5]) assert.throws(() => parseDebianLock({ ...locked, schema: wrong }), { code: 'debian/bad-lock' });
  assert.throws(() => parseDebianLock({ ...locked, schema: 2, 'release/non-free/amd64': '../x' }), {
    code: 'debian/bad-lock',
    message: /'release\/non-free\/amd64' = "..\/x"/,
  });
});

test('the newer parts of two locks bring along their own components', async (t) => {
  const old = await lock(t, { components: { 'non-free': [{ name: 'old' }] } });
  const fresh = await lock(t, { components: { 'non-free': [{ name: 'fresh' }], contrib: [] } });
  const newest = newestParts(old, { ...fresh, releaseDate: old.releaseDate + 60 });
  assert.equal(newest['release/non-free/amd64'], fresh['release/non-free/amd64']);
  assert.equal(newest['updates/contrib/amd64'], undefined);
  assert.deepEqual(otherComponents(newest), ['non-free']);
});

test('refuses a signature by another key', async (t) => {
  const other = await makeKey('Somebody Else');
  await assert.rejects(lock(t, {}, { keys: [other.publicKey] }), {
    code: 'debian/bad-signature',
    message: /is not signed by Debian: key [0-9A-F]{16}: /,
  });
  await assert.rejects(lock(t, {}, { keys: undefined as never }), { code: 'debian/bad-signature' });
});

test('accepts two signatures of which one is by a known key', async (t) => {
  const locked = await lock(t, {}, { keys: [(await makeKey('Old')).publicKey, key.publicKey] });
  assert.equal(locked.suite, 'trixie');
});

test('refuses a text that was changed after it was signed', async (t) => {
  await assert.rejects(lock(t, {}, {}, tampered('debian/dists/trixie-updates/InRelease')), {
    code: 'debian/bad-signature',
    message: /trixie-updates/,
    hint: /--mirror/,
  });
});

test('refuses a missing signature and a login page', async (t) => {
  const put = (text: string) => (files: Map<string, Buffer>) => void files.set('debian/dists/trixie/InRelease', Buffer.from(text));
  await assert.rejects(lock(t, {}, {}, put('Origin: Debian\nCodename: trixie\n')), {
    code: 'debian/bad-signature',
    message: /no signed file/,
  });
  await assert.rejects(lock(t, {}, {}, put('<html>Please log in</html>')), {
    code: 'debian/bad-signature',
    message: /begins with "<html>/,
  });
});

test('refuses another suite under the requested name', async (t) => {
  await assert.rejects(lock(t, { fields: { release: { Codename: 'bookworm' } } }), {
    code: 'debian/wrong-suite',
    message: /Release of 'bookworm'.*'trixie' of Debian was requested/,
  });
  await assert.rejects(lock(t, { fields: { security: { Origin: 'Elsewhere' } } }), { code: 'debian/wrong-suite', message: /Elsewhere/ });
});

test('refuses an expired Release unless --accept-expired allows it', async (t) => {
  const recipe = { fields: { security: { 'Valid-Until': new Date((NOW - 93_600) * 1000).toUTCString().replace('GMT', 'UTC') } } };
  await assert.rejects(lock(t, recipe), {
    code: 'debian/release-expired',
    message: /trixie-security.*expired 1 day 2 hours ago/,
    hint: /--accept-expired/,
  });
  assert.equal((await lock(t, recipe, { acceptExpired: true })).suite, 'trixie');
});

test('refuses a Release with a date in the future', async (t) => {
  await assert.rejects(lock(t, {}, { now: NOW - 86_400 }), {
    code: 'debian/release-in-future',
    message: /was signed at 2026-01-10T11:00:00Z, 23 hours from now: this machine's clock is wrong/,
    hint: /clock, which says 2026-01-09T12:00:00Z/,
  });
  // Even with a clock from before the key was made, years ago.
  await assert.rejects(lock(t, {}, { now: 0 }), { code: 'debian/release-in-future', hint: /1970-01-01T00:00:00Z/ });
  // Clocks may differ by less than an hour.
  assert.equal((await lock(t, {}, { now: NOW - 3600 - 1800 })).suite, 'trixie');
  // A wrong clock does not excuse a wrong signature.
  await assert.rejects(lock(t, {}, { now: NOW - 86_400, keys: [(await makeKey('Somebody Else')).publicKey] }), {
    code: 'debian/bad-signature',
  });
  await assert.rejects(lock(t, {}, { now: NOW - 86_400 }, tampered('debian/dists/trixie/InRelease')), { code: 'debian/bad-signature' });
});

test('refuses a Release older than the locked one', async (t) => {
  const before = await lock(t, {});
  const previous = { ...before, updatesDate: before.updatesDate + 7200 };
  // The error gives both dates and the option to go back; accepting an expired Release is a separate option.
  const refused = {
    code: 'debian/release-older',
    message: /trixie-updates.* is of 2026-01-10T11:00:00Z, 2 hours older than the one of 2026-01-10T13:00:00Z/,
    hint: /--accept-older \(BOOTFLAKE_ACCEPT_OLDER=1\)/,
  };
  await assert.rejects(lock(t, {}, { previous }), refused);
  await assert.rejects(lock(t, {}, { previous, acceptExpired: true }), refused);
  assert.equal((await lock(t, {}, { previous, acceptOlder: true })).updatesDate, before.updatesDate);
  assert.equal((await lock(t, {}, { previous: { ...previous, suite: 'bookworm' } })).suite, 'trixie');
});

test('reports a mirror without the suite, a mirror that is down and an invalid suite', async (t) => {
  await assert.rejects(
    lock(t, {}, {}, (files) => void files.delete('debian-security/dists/trixie-security/InRelease')),
    { code: 'network/not-found' },
  );
  await assert.rejects(lockDebianSuite({ suite: 'stable', now: NOW }), { code: 'debian/unknown-suite', hint: 'Use debian/trixie.' });
  await assert.rejects(lockDebianSuite({ suite: 'noble', now: NOW }), { code: 'debian/unknown-suite', hint: /trixie, bookworm/ });
});

test('reports a Release without an index for the architecture', async (t) => {
  await assert.rejects(
    lock(t, {}, {}, async (files) => {
      const text =
        'Origin: Debian\nCodename: trixie\nDate: Sat, 10 Jan 2026 11:00:00 UTC\nSHA256:\n' +
        ' 0000000000000000000000000000000000000000000000000000000000000000 1 main/binary-s390x/Packages.gz\n';
      files.set('debian/dists/trixie/InRelease', Buffer.from(await clearSign(text, key)));
    }),
    { code: 'debian/no-index' },
  );
});
