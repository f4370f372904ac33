/** The store served as a binary cache, in process; what a client can do to it. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { NarListing, treeListing } from '../../src/caches/push/nar-listing.ts';
import { startCacheServer } from '../../src/caches/serve/cache-server.ts';
import { ServedFiles } from '../../src/caches/serve/served-files.ts';
import { parseNarInfo } from '../../src/nix-format/narinfo.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narPieces } from '../../src/store/nar-pieces.ts';
import { directory, file } from '../../src/tree/file-tree.ts';
import { key, narOf, sample, testFolder, testSubstituters } from './support.ts';

interface Served {
  store: LocalStore;
  url: string;
  folder: string;
  failures: string[];
  get(name: string, headers?: Record<string, string>, method?: string): Promise<{ status: number; body: Buffer; cut: boolean }>;
}

async function served(t: TestContext, patience?: number): Promise<Served> {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const failures: string[] = [];
  mkdirSync(join(folder, 'logs'));
  const logFile = (drvPath: string): string => join(folder, 'logs', drvPath.slice(11));
  const files = new ServedFiles(store, { secretKeys: [key], priority: 7, logFile });
  const server = await startCacheServer({
    host: '127.0.0.1',
    port: 0,
    find: (name) => files.find(name),
    onFailure: (message) => void failures.push(message),
    ...(patience !== undefined && { patience }),
  });
  t.after(() => server.close());
  /** fetch() would rewrite the address. */
  const get: Served['get'] = (name, headers = {}, method = 'GET') =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const sent = httpRequest({ hostname, port, path: name, method, headers }, (response: IncomingMessage) => {
        const pieces: Buffer[] = [];
        const done = (cut: boolean) => () => resolve({ status: response.statusCode!, body: Buffer.concat(pieces), cut });
        response
          .on('data', (piece: Buffer) => pieces.push(piece))
          .on('end', done(false))
          .on('error', done(true));
      });
      sent.on('error', reject).end();
    });
  return { store, url: server.url, folder, failures, get };
}

const factsName = (path: string, suffix = 'narinfo'): string => `/${path.slice(11, 43)}.${suffix}`;

test('what is served can be substituted, signed by the key of the server', async (t) => {
  const { store, url, get } = await served(t);
  const tree = store.addToStore('tree', sample(), { method: 'nar' });
  const text = store.addTextToStore('text', `refers to ${tree}`, [tree]);
  const ours = testSubstituters(t, [url]);
  for (const path of [tree, text]) await ours.fetch(path);
  assert.deepEqual(ours.store.verify({ contents: true }), []);
  assert.equal(ours.store.queryPathInfo(text)!.signatures!.length, 1);
  const info = parseNarInfo((await get(factsName(tree))).body.toString(), url);
  const whole = await get(`/${info.url}`);
  assert.deepEqual(whole.body, narOf(sample()));
  assert.deepEqual((await get(`/${info.url}`, { range: 'bytes=300000-' })).body, whole.body.subarray(300_000));
  assert.equal((await get(`/${info.url}`, { range: 'bytes=99999999-' })).status, 416);
  assert.equal((await get(`/${info.url}`, { range: 'bytes=0-5,9-' })).body.length, whole.body.length);
  assert.equal((await get(`/${info.url}`, {}, 'HEAD')).body.length, 0);
  assert.match((await get('/nix-cache-info')).body.toString(), /^StoreDir: \/nix\/store\nWantMassQuery: 1\nPriority: 7\n$/);
});

test('a listing without reading contents is that of the archive', async (t) => {
  const { store, get } = await served(t);
  const tree = directory([
    ['a', directory([['x', file('1', 0o755)]])],
    ['b', file(Buffer.alloc(300_001))],
    ['ü"\n', file('')],
  ]);
  const path = store.addToStore('tree', tree, { method: 'nar' });
  const listing = new NarListing();
  for (const piece of narPieces(store.realPath(path))) listing.push(piece);
  const text = listing.finish();
  assert.equal(treeListing(store.realPath(path)), text);
  assert.equal((await get(factsName(path, 'ls'))).body.toString(), text);
});

test('no name leads out of the store', async (t) => {
  const { store, folder, get } = await served(t);
  const path = store.addToStore('tree', sample(), { method: 'nar' });
  writeFileSync(join(folder, 'secret'), 'secret');
  const hash = path.slice(11, 43);
  for (const name of [
    '/',
    '/../secret',
    '/%2e%2e/secret',
    '/nar/../../secret',
    `/${hash}`,
    `/${path.slice(11)}/text`,
    `/${hash}.narinfo/../x`,
    `/${hash}.narinfo%00`,
    `/${'0'.repeat(32)}.narinfo`,
    `/nar/${hash}-${'0'.repeat(52)}.nar`,
    `/log/${hash}-../../secret.drv`,
    `/log/..%2fsecret.drv`,
    `/log/${path.slice(11)}.drv`,
    '/%zz',
    `http://127.0.0.1/${hash}.narinfo`,
    '//etc/passwd',
  ])
    assert.equal((await get(name)).status, 404, name);
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH']) assert.equal((await get(factsName(path), {}, method)).status, 405);
  assert.equal((await get(`${factsName(path)}?x=y`)).status, 200);
});

test('a damaged path, one that is gone, and the log of a build', async (t) => {
  const { store, folder, failures, get } = await served(t);
  const path = store.addToStore('tree', sample(), { method: 'nar' });
  const info = parseNarInfo((await get(factsName(path))).body.toString(), 'x');
  const place = store.realPath(path);
  for (const text of ['', 'longer than it was, by far and away']) {
    chmodSync(`${place}/text`, 0o644);
    writeFileSync(`${place}/text`, text.repeat(100));
    assert.equal((await get(`/${info.url}`)).cut, true);
    assert.match(failures.pop()!, /the path is damaged/);
  }
  assert.equal((await get(factsName(path))).status, 200);
  store.deletePath(path);
  for (const name of [factsName(path), factsName(path, 'ls'), `/${info.url}`]) assert.equal((await get(name)).status, 404);
  const drv = `${'1'.repeat(32)}-x.drv`;
  assert.equal((await get(`/log/${drv}`)).status, 404);
  writeFileSync(join(folder, 'logs', drv), 'a line\n'.repeat(100_000));
  assert.equal((await get(`/log/${drv}`)).body.length, 700_000);
  rmSync(join(folder, 'logs', drv));
  // Another process may collect what was served.
  assert.equal(store.isValidPath(path), false);
});

test('a client that takes nothing is given up, and holds little meanwhile', async (t) => {
  const { store, url, get } = await served(t, 700);
  const path = store.addToStore('big', file(Buffer.alloc(40_000_000, 'x')), { method: 'nar' });
  const info = parseNarInfo((await get(factsName(path))).body.toString(), 'x');
  const before = process.memoryUsage().arrayBuffers;
  const sockets = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1').pause();
      await new Promise((resolve) => socket.once('connect', resolve));
      socket.write(`GET /${info.url} HTTP/1.1\r\nhost: x\r\n\r\n`);
      return socket;
    }),
  );
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const held = process.memoryUsage().arrayBuffers - before;
  assert.ok(held < 30e6, `${held} bytes are held`);
  assert.equal((await get(`/${info.url}`)).body.length, info.narSize);
  await Promise.all(
    sockets.map((socket) => {
      const closed = new Promise((resolve) => socket.once('close', resolve).once('error', resolve));
      socket.resume();
      return closed;
    }),
  );
});
