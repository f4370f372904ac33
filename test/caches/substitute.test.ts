import assert from 'node:assert/strict';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { narDigest } from '../../src/nix-format/nar-writer.ts';
import { sri } from '../../src/nix-format/hash.ts';
import { physicalSource } from '../../src/store/physical-tree.ts';
import { cacheFiles, makePath, serve, storePath, testFolder, testSubstituters, writeCache } from './support.ts';

test('a closure comes from a server, as it is registered there', async (t) => {
  const lib = makePath('lib', { compression: 'gzip' });
  const app = makePath('app', {
    compression: 'br',
    references: [storePath('lib'), storePath('app')],
    change: { deriver: storePath('app.drv') },
  });
  const server = await serve(t, cacheFiles([lib, app]));
  const { substituters, store, warnings, signal } = testSubstituters(t, [server.url]);
  const found: string[] = [];
  const closure = await substituters.findAll([app.info.storePath], { signal, onFound: (path) => found.push(path) });
  assert.deepEqual(found, [app.info.storePath, lib.info.storePath]);
  const events: string[] = [];
  for (const { info } of [lib, app])
    await substituters.substitute(store, info.storePath, closure.get(info.storePath)!, {
      signal,
      onProgress: (event) => void (event.type !== 'advance' && events.push(event.type)),
    });
  assert.deepEqual(events, ['start', 'finish', 'start', 'finish']);
  assert.deepEqual(warnings, []);
  for (const { info } of [lib, app]) {
    const known = store.queryPathInfo(info.storePath)!;
    assert.deepEqual(known.references, info.references);
    assert.equal(known.deriver, info.deriver);
    assert.equal(known.narSize, info.narSize);
    assert.deepEqual(known.signatures, info.signatures);
    assert.equal(sri(narDigest(physicalSource, store.realPath(info.storePath)).sha256), known.narHash);
  }
  const place = store.realPath(app.info.storePath);
  assert.equal(lstatSync(`${place}/bin/run`).mode & 0o777, 0o555);
  assert.equal(lstatSync(`${place}/text`).mode & 0o777, 0o444);
  assert.equal(lstatSync(`${place}/bin`).mode & 0o777, 0o555);
  assert.equal(lstatSync(`${place}/link`).mtimeMs, 1000);
  assert.equal(readlinkSync(`${place}/link`), 'bin/run');
  assert.equal(readFileSync(`${place}/text`, 'utf8'), 'app\n');
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.deepEqual(readdirSync(`${store.state}/locks`), []);
  // A path that is there is not fetched again.
  const before = server.requests.length;
  await substituters.substitute(store, app.info.storePath, closure.get(app.info.storePath)!, { signal });
  assert.equal(server.requests.length, before);
});

test('a folder is a cache', async (t) => {
  const folder = testFolder(t);
  const made = makePath('app');
  writeCache(folder, cacheFiles([made]));
  const { store, fetch } = testSubstituters(t, [`file://${folder}`]);
  await fetch(made.info.storePath);
  assert.ok(store.isValidPath(made.info.storePath));
});

test('the caches of lower priority numbers come first; parameters count more than what the cache says', async (t) => {
  const files = (priority: number) => cacheFiles([makePath('app')], `StoreDir: /nix/store\nPriority: ${priority}\n`);
  const [far, near, none] = [await serve(t, files(40)), await serve(t, files(30)), await serve(t, cacheFiles([]))];
  const { substituters, signal } = testSubstituters(t, [far.url, near.url, none.url]);
  const first = await substituters.find(storePath('app'), { signal });
  assert.deepEqual(
    first.map(({ cache }) => cache.uri),
    [near.url, far.url],
  );
  const other = testSubstituters(t, [`${far.url}?priority=10&want-mass-query=true`, near.url]);
  const second = await other.substituters.find(storePath('app'), { signal });
  assert.deepEqual(
    second.map(({ cache }) => [cache.uri, cache.wantMassQuery]),
    [
      [far.url, true],
      [near.url, false],
    ],
  );
});

test('a cache that cannot be reached is reported once, and the next one is used', async (t) => {
  const made = makePath('app');
  const server = await serve(t, cacheFiles([made, makePath('lib')]));
  const down = 'http://127.0.0.1:9';
  const { substituters, store, warnings, signal, fetch } = testSubstituters(t, [down, server.url]);
  await fetch(made.info.storePath);
  await fetch(storePath('lib'));
  assert.ok(store.isValidPath(made.info.storePath));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /disabling binary cache 'http:\/\/127\.0\.0\.1:9' for 60 seconds: .*refused/);
  await assert.rejects(
    substituters.substitute(store, storePath('gone'), await substituters.find(storePath('gone'), { signal }), { signal }),
    {
      code: 'caches/no-substitute',
      message: /gone' cannot be fetched from any binary cache:\n {2}http:\/\/127\.0\.0\.1:9: .*refused/,
    },
  );
});

test('many ask for the same path: it is asked for once', async (t) => {
  const server = await serve(t, cacheFiles([makePath('app')]));
  const { substituters, signal } = testSubstituters(t, [server.url]);
  const ended = new AbortController();
  const first = substituters.find(storePath('app'), { signal: ended.signal });
  const others = Array.from({ length: 50 }, () => substituters.find(storePath('app'), { signal }));
  assert.equal((await Promise.all(others)).length, 50);
  await first;
  assert.equal(server.count(/narinfo/), 1);
});

test('a caller who gives up does not take the others along', async (t) => {
  const server = await serve(t, cacheFiles([makePath('app')]));
  const { substituters, signal } = testSubstituters(t, [server.url]);
  const ended = new AbortController();
  const first = substituters.find(storePath('app'), { signal: ended.signal });
  const second = substituters.find(storePath('app'), { signal });
  ended.abort(new Error('enough'));
  await assert.rejects(first, /enough/);
  assert.equal((await second).length, 1);
});

test('an aborted fetch leaves nothing behind', async (t) => {
  const made = makePath('app');
  const files = cacheFiles([made]);
  const server = await serve(t, files, (request, response) => {
    if (!request.url!.startsWith('/nar/')) return false;
    response.writeHead(200, { 'content-length': made.packed.length }).write(made.packed.subarray(0, 400_000));
    return true;
  });
  const { substituters, store, signal } = testSubstituters(t, [server.url]);
  const candidates = await substituters.find(storePath('app'), { signal });
  const ended = new AbortController();
  const fetching = substituters.substitute(store, storePath('app'), candidates, {
    signal: ended.signal,
    onProgress: (event) => void (event.type === 'advance' && ended.abort(new Error('enough'))),
  });
  await assert.rejects(fetching, /enough/);
  assert.ok(!store.isValidPath(storePath('app')));
  assert.deepEqual(readdirSync(`${store.state}/locks`), []);
  assert.deepEqual(store.temporary.abandoned(), []);
  assert.deepEqual(readdirSync(store.physicalStore), []);
});
