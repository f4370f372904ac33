import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCacheUri } from '../../src/caches/cache-uri.ts';
import { LocalFiles } from '../../src/caches/files/local-files.ts';
import { HttpFiles } from '../../src/caches/files/http-files.ts';
import { s3Files } from '../../src/caches/files/s3-files.ts';
import { openPacker } from '../../src/caches/push/packers.ts';
import { prepareCache, pushPath } from '../../src/caches/push/push-path.ts';
import { parseSecretKey } from '../../src/nix-format/signature.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { file } from '../../src/tree/file-tree.ts';
import { key, sample, serve, testFolder, testSubstituters, trusted, type Files } from './support.ts';

const { signal } = new AbortController();

test('what is pushed into a folder can be fetched again', async (t) => {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'from') });
  const path = store.addToStore('tree', sample(), { method: 'nar' });
  const text = store.addTextToStore('text', `refers to ${path}`, [path]);
  for (const compression of ['none', 'zstd', 'br', 'gzip']) {
    const files = new LocalFiles(join(folder, compression));
    await prepareCache(files, { signal });
    const packer = openPacker({ compression });
    t.after(() => packer.close());
    for (const one of [path, text]) await pushPath(store, files, one, { packer, secretKeys: [key], signal });
    assert.equal(await pushPath(store, files, path, { packer, signal }), undefined);
    const ours = testSubstituters(t, [`file://${folder}/${compression}`]);
    for (const one of [path, text]) await ours.fetch(one);
    assert.equal(ours.store.queryPathInfo(text)!.signatures!.length, 1);
    assert.deepEqual(ours.store.verify({ contents: true }), []);
  }
  for (const bad of [{ compression: 'lzma' }, { compression: 'gzip', level: 10 }, { compression: 'br', parallel: true }])
    assert.throws(() => openPacker(bad), { code: 'caches/no-compressor' });
  await assert.rejects(pushPath(store, new LocalFiles(join(folder, 'x')), `${path}x`, { signal }), { code: 'caches/invalid-path' });
});

test('the same by HTTP and to S3', async (t) => {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'from') });
  const path = store.addToStore('tree', sample(), { method: 'nar' });
  const files: Files = new Map();
  let refusals = 1;
  const server = await serve(t, files, (request, response) => {
    if (request.method !== 'PUT') return false;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (refusals-- > 0) return void response.writeHead(503).end();
      files.set(request.url!.slice(1), Buffer.concat(pieces));
      response.writeHead(204).end();
    });
    return true;
  });
  const http = new HttpFiles(`${server.url}/http`, { backoff: 10 });
  const env = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
  const uri = parseCacheUri(`s3://bucket/x?scheme=http&endpoint=${server.url.slice(7)}`);
  for (const cache of [http, s3Files(uri, { backoff: 10 }, env)]) {
    await prepareCache(cache, { signal });
    await pushPath(store, cache, path, { secretKeys: [key], signal });
  }
  const puts = server.requests.filter(({ method }) => method === 'PUT');
  assert.equal(puts.length, 7);
  assert.ok(puts.slice(4).every(({ headers }) => /^AWS4-HMAC-SHA256 /.test(headers.authorization!)));
  for (const place of ['http', 'bucket/x']) {
    const ours = testSubstituters(t, [`${server.url}/${place}`]);
    await ours.fetch(path);
    assert.deepEqual(ours.store.verify({ contents: true }), []);
  }
});

test('a large archive is several frames of zstd, which nix reads', withNix, async (t) => {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'from') });
  const bytes = Buffer.alloc(20_000_000);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  const path = store.addToStore('large', file(bytes), { method: 'nar' });
  const files = new LocalFiles(join(folder, 'cache'));
  const packer = openPacker({ compression: 'zstd', parallel: true, level: 1 });
  t.after(() => packer.close());
  await prepareCache(files, { signal });
  const info = await pushPath(store, files, path, { packer, secretKeys: [key], signal });
  const again = openPacker({ compression: 'zstd', level: 1 });
  t.after(() => again.close());
  assert.equal((await pushPath(store, new LocalFiles(join(folder, 'again')), path, { packer: again, signal }))!.url, info!.url);
  const packed = readFileSync(join(folder, 'cache', info!.url));
  assert.equal(packed.indexOf(packed.subarray(0, 4), 4) > 0, true);
  const ours = testSubstituters(t, [`file://${folder}/cache`]);
  await ours.fetch(path);
  assert.deepEqual(ours.store.verify({ contents: true }), []);
  nix(['copy', '--from', `file://${folder}/cache`, '--to', `local?root=${folder}/nix`, path], {
    config: `trusted-public-keys = ${trusted}`,
  });
});

test('a cache is what nix copy writes, byte for byte, and nix reads it', withNix, async (t) => {
  const folder = testFolder(t);
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'empty'), { recursive: true });
  mkdirSync(join(tree, '10/2'), { recursive: true });
  writeFileSync(join(tree, 'run'), '#!/bin/sh\n');
  chmodSync(join(tree, 'run'), 0o755);
  for (const name of ['1', '10/z', 'a"b\n', 'über', 'none', '__proto__']) writeFileSync(join(tree, name), name === 'none' ? '' : name);
  symlinkSync('../über', join(tree, 'link'));
  const at = ['--store', `local?root=${folder}/nix`];
  const path = nix(['store', 'add', ...at, '--name', 'tree', tree])
    .toString()
    .trim();
  const secret = nix(['key', 'generate-secret', '--key-name', 'test-1']).toString();
  writeFileSync(join(folder, 'key'), secret);
  nix(['copy', ...at, '--to', `file://${folder}/theirs?compression=none&write-nar-listing=true&secret-key=${folder}/key`, path]);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const { addToStore } = store;
  assert.equal(addToStore.call(store, 'tree', { physicalPath: tree }, { method: 'nar' }), path);
  const files = new LocalFiles(join(folder, 'ours'));
  await prepareCache(files, { signal });
  await pushPath(store, files, path, { writeNarListing: true, secretKeys: [parseSecretKey(secret)], signal });
  const listed = (cache: string) =>
    readdirSync(join(folder, cache), { recursive: true, encoding: 'utf8' })
      .sort()
      .filter((name) => name.includes('.') || name === 'nix-cache-info')
      .map((name) => [name, readFileSync(join(folder, cache, name), 'latin1')]);
  assert.deepEqual(listed('ours'), listed('theirs'));
  const key = nix(['key', 'convert-secret-to-public'], { input: secret }).toString();
  for (const compression of ['zstd', 'br', 'gzip']) {
    const cache = new LocalFiles(join(folder, compression));
    await prepareCache(cache, { signal });
    const packer = openPacker({ compression });
    t.after(() => packer.close());
    await pushPath(store, cache, path, { packer, secretKeys: [parseSecretKey(secret)], signal });
    nix(['copy', '--from', `file://${folder}/${compression}`, '--to', `local?root=${folder}/back-${compression}`, path], {
      config: `trusted-public-keys = ${key}`,
    });
  }
});

const onPath = async (name: string): Promise<string[]> => [name];

test('nix reads what the programs of xz, bzip2 and lz4 make of an archive', withNix, async (t) => {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'from') });
  const path = store.addToStore('large', file(Buffer.alloc(3_000_000, 'much of the same, ')), { method: 'nar' });
  for (const [compression, parallel, end] of [
    ['xz', false, '.nar.xz'],
    ['xz', true, '.nar.xz'],
    ['bzip2', false, '.nar.bz2'],
    ['lz4', false, '.nar.lz4'],
  ] as const) {
    const cache = join(folder, `${compression}-${parallel}`);
    const packer = openPacker({ compression, parallel, level: 3, findProgram: onPath });
    await prepareCache(new LocalFiles(cache), { signal });
    const info = await pushPath(store, new LocalFiles(cache), path, { packer, secretKeys: [key], signal });
    assert.ok(info!.url.endsWith(end) && info!.fileSize! < 100_000, info!.url);
    nix(['copy', '--from', `file://${cache}`, '--to', `local?root=${cache}-read`, path], { config: `trusted-public-keys = ${trusted}` });
    const ours = testSubstituters(t, [`file://${cache}`]);
    await ours.fetch(path);
    assert.deepEqual(ours.store.verify({ contents: true }), []);
  }
});

test('a program that is missing, fails or stands still leaves nothing in the cache', async (t) => {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'from') });
  const path = store.addToStore('large', file(Buffer.alloc(3_000_000)), { method: 'nar' });
  const push = (command: string[] | undefined, abort: AbortSignal = signal) =>
    pushPath(store, new LocalFiles(join(folder, 'cache')), path, {
      packer: openPacker({ compression: 'xz', findProgram: async () => command }),
      signal: abort,
    });
  await assert.rejects(push(undefined), { code: 'caches/no-compressor' });
  await assert.rejects(push(['/nonexistent/xz']), { code: 'caches/compressor-failed', message: /ENOENT/ });
  await assert.rejects(push(['sh', '-c', 'echo no space >&2; exit 3']), { message: /ended with status 3: no space/ });
  await assert.rejects(push(['sh', '-c', 'cat; exit 1']), { message: /ended with status 1/ });
  await assert.rejects(push(['sh', '-c', 'sleep 1000'], AbortSignal.timeout(500)), /abort|timeout/i);
  const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /^cache\/./.test(name) && name !== 'cache/nar');
  assert.deepEqual(left, []);
});
