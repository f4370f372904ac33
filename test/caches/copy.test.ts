/** Copies between stores and caches, with sources that lie and destinations that fail. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { copyPaths, type CopyOptions } from '../../src/caches/copy/copy-paths.ts';
import { openCopyDestination, openCopySource, type CopyStoreOptions } from '../../src/caches/copy/open-copy-store.ts';
import type { ProgressEvent } from '../../src/base/progress.ts';
import { parsePublicKey, TrustedKeys } from '../../src/nix-format/signature.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import {
  cacheFiles,
  key,
  makePath,
  sample,
  serve,
  storePath,
  testFolder,
  trusted,
  writeCache,
  type Files,
  type MadePath,
} from './support.ts';

const { signal } = new AbortController();
const keys = new TrustedKeys([parsePublicKey(trusted)]);

interface Place {
  folder: string;
  store: LocalStore;
  copy(from: string, to: string, paths: string[], options?: Partial<CopyOptions>): Promise<string[]>;
  events: ProgressEvent[];
}

function place(t: TestContext): Place {
  const folder = testFolder(t);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const events: ProgressEvent[] = [];
  const open: CopyStoreOptions = {
    store,
    http: { backoff: 10, attempts: 2 },
    env: { HOME: folder, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' },
    connectTimeout: 15,
    checkSignatures: true,
    connections: 4,
    threads: 2,
    signal,
    readKeyFile: () => key,
  };
  const copy: Place['copy'] = async (from, to, paths, options) => {
    const destination = openCopyDestination(to, open);
    const source = await openCopySource(from, open);
    try {
      return await copyPaths(source, destination, paths, {
        signal,
        recursive: true,
        trustedKeys: keys,
        jobs: 2,
        connections: 4,
        onProgress: (event) => void events.push(event),
        ...options,
      });
    } finally {
      await source.close();
      await destination.close();
    }
  };
  return { folder, store, copy, events };
}

/** Three paths, of which each refers to the next. */
const chain = (): MadePath[] => [
  makePath('app', { references: [storePath('app'), storePath('lib')] }),
  makePath('lib', { references: [storePath('base')], compression: 'gzip' }),
  makePath('base'),
];

function folderCache(folder: string, files: Files): string {
  mkdirSync(folder);
  writeCache(folder, files);
  return `file://${folder}`;
}

/** A server that takes files. */
async function writable(t: TestContext, files: Files, handle?: Parameters<typeof serve>[2]): ReturnType<typeof serve> {
  return serve(t, files, (request, response) => {
    if (handle?.(request, response)) return true;
    if (request.method !== 'PUT') return false;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      files.set(request.url!.slice(1), Buffer.concat(pieces));
      response.writeHead(201).end();
    });
    return true;
  });
}

test('a closure goes from a cache into the store, and back into caches, references first', async (t) => {
  const { folder, store, copy, events } = place(t);
  const from = folderCache(join(folder, 'from'), cacheFiles(chain()));
  const names = ['base', 'lib', 'app'].map(storePath);
  assert.deepEqual(await copy(from, '', [storePath('app')]), names);
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.deepEqual(store.queryPathInfo(storePath('app'))!.signatures, chain()[0]!.info.signatures);
  assert.equal(store.queryPathInfo(storePath('app'))!.ultimate, undefined);
  assert.deepEqual(await copy(from, '', [storePath('app')]), []);
  const started = events.flatMap((event) => (event.type === 'start' ? [event.activity] : []));
  assert.deepEqual(started, [
    'copying 3 paths',
    ...names.map((path) => `copying path '${path}' from 'file://${folder}/from'`),
    'copying 0 paths',
  ]);
  const files: Files = new Map();
  const server = await writable(t, files);
  for (const to of [`file://${folder}/to?compression=br`, server.url, `s3://bucket/x?scheme=http&endpoint=${server.url.slice(7)}`]) {
    assert.deepEqual(await copy('', to, [storePath('app')]), names);
    const before = server.requests.length;
    assert.deepEqual(await copy('', to, [storePath('app')]), []);
    // What is there is only asked for.
    assert.ok(server.requests.slice(before).every(({ method, url }) => method === 'HEAD' || url.endsWith('nix-cache-info')));
    const other = place(t);
    assert.deepEqual(await other.copy(to.replace('?compression=br', ''), '', names), names);
    assert.deepEqual(other.store.verify({ contents: true }), []);
  }
  assert.ok(server.requests.some(({ url, headers }) => url.startsWith('/bucket/x/nar/') && headers.authorization !== undefined));
});

test('from cache to cache, and all of a cache', async (t) => {
  const { folder, store, copy } = place(t);
  const from = folderCache(join(folder, 'from'), cacheFiles(chain()));
  assert.equal((await copy(from, `file://${folder}/to?secret-key=x`, [storePath('app')])).length, 3);
  assert.equal(store.isValidPath(storePath('app')), false);
  const source = await openCopySource(`file://${folder}/to`, {
    store,
    http: {},
    env: {},
    connectTimeout: 15,
    checkSignatures: true,
    connections: 1,
    threads: 1,
    signal,
    readKeyFile: () => key,
  });
  assert.deepEqual(await source.allPaths({ signal }), ['app', 'base', 'lib'].map(storePath).sort());
  assert.equal((await copy(`file://${folder}/to`, '', [storePath('app')])).length, 3);
  assert.deepEqual(store.verify({ contents: true }), []);
  const server = await serve(t, cacheFiles(chain()));
  const remote = await openCopySource(server.url, {
    store,
    http: {},
    env: {},
    connectTimeout: 15,
    checkSignatures: true,
    connections: 1,
    threads: 1,
    signal,
    readKeyFile: () => key,
  });
  await assert.rejects(remote.allPaths({ signal }), { code: 'caches/not-listable' });
});

test('without the closure, references must be there', async (t) => {
  const { folder, store, copy } = place(t);
  const from = folderCache(join(folder, 'from'), cacheFiles(chain()));
  const to = `file://${folder}/to`;
  for (const target of ['', to])
    await assert.rejects(copy(from, target, [storePath('lib')], { recursive: false }), { code: 'caches/invalid-path' });
  assert.equal(existsSync(`${folder}/to/nar`), false);
  await copy(from, to, [storePath('base')], { recursive: false });
  assert.deepEqual(await copy(from, to, [storePath('lib')], { recursive: false }), [storePath('lib')]);
  assert.deepEqual(store.records.all(), []);
});

test('nothing that a source lies about becomes valid', async (t) => {
  const other = makePath('other');
  const lies: [string, MadePath, string][] = [
    ['unsigned', makePath('x', { unsigned: true }), 'caches/unsigned'],
    ['another size', makePath('x', { lie: { narSize: 5 } }), 'caches/unsigned'],
    ['another archive', { ...makePath('x'), packed: other.packed }, 'caches/'],
    ['signed, with another hash', makePath('x', { change: { narHash: other.info.narHash } }), 'caches/'],
    ['truncated', { ...makePath('x'), packed: makePath('x').packed.subarray(0, 1000) }, ''],
    ['a place outside', makePath('x', { lie: { url: '../../etc/passwd' } }), 'caches/bad-facts'],
    ['another path', makePath('x', { lie: { storePath: storePath('y') } }), 'caches/bad-facts'],
    [
      'a content address that is not its own',
      makePath('x', { unsigned: true, change: { ca: `text:sha256:${'0'.repeat(52)}` } }),
      'caches/unsigned',
    ],
  ];
  for (const [what, made, code] of lies) {
    const { folder, store, copy } = place(t);
    const files = cacheFiles([made]);
    files.set(`${storePath('x').slice(11, 43)}.narinfo`, files.get(`${made.info.storePath.slice(11, 43)}.narinfo`)!);
    const from = folderCache(join(folder, 'from'), files);
    const error = await copy(from, '', [storePath('x')]).then(
      () => assert.fail(what),
      (failure: { code?: string }) => failure,
    );
    assert.ok(error.code?.startsWith(code), `${what}: ${error.code}`);
    assert.deepEqual(store.records.all(), [], what);
    assert.deepEqual(readdirSync(store.physicalStore), [], what);
    // What is copied to another cache without signatures is checked against its hash all the same.
    if (!code.startsWith('caches/unsigned')) await assert.rejects(copy(from, `file://${folder}/to`, [storePath('x')]), what);
    assert.equal(existsSync(`${folder}/to/${storePath('x').slice(11, 43)}.narinfo`), false);
  }
  const { folder, store, copy } = place(t);
  const from = folderCache(join(folder, 'from'), cacheFiles([makePath('x', { unsigned: true })]));
  await copy(from, '', [storePath('x')], { trustedKeys: undefined });
  assert.ok(store.isValidPath(storePath('x')));
});

test('paths that refer to each other, and a source without an end', async (t) => {
  const { folder, copy } = place(t);
  const circle = [makePath('a', { references: [storePath('b')] }), makePath('b', { references: [storePath('a')] })];
  const from = folderCache(join(folder, 'from'), cacheFiles(circle));
  await assert.rejects(copy(from, '', [storePath('a')]), { code: 'caches/circle' });
  await assert.rejects(copy(from, '', [storePath('none')]), { code: 'caches/invalid-path' });
  let asked = 0;
  const stop = new AbortController();
  const server = await serve(t, cacheFiles([]), (request, response) => {
    if (!request.url!.endsWith('.narinfo')) return false;
    if ((asked += 1) === 300) stop.abort(new Error('ended'));
    const name = `n${asked}`;
    const { info } = makePath(name, { references: [storePath(`n${asked + 1}`)] });
    const text = cacheFiles([{ info: { ...info, storePath: `/nix/store/${request.url!.slice(1, 33)}-${name}` }, packed: Buffer.alloc(0) }]);
    response.end([...text].find(([file]) => file.endsWith('.narinfo'))![1]);
    return true;
  });
  await assert.rejects(copy(server.url, '', [storePath('n1')], { signal: stop.signal }), /ended/);
});

test('a damaged path is not pushed, and a server that fails leaves the rest complete', async (t) => {
  const { store, copy } = place(t);
  const base = store.addToStore('base', sample(), { method: 'nar' });
  const text = store.addTextToStore('text', `refers to ${base}`, [base]);
  const files: Files = new Map();
  const server = await writable(t, files, (request, response) => {
    if (request.method !== 'PUT' || !request.url!.endsWith(`${text.slice(11, 43)}.narinfo`)) return false;
    request.resume();
    response.writeHead(507).end();
    return true;
  });
  await assert.rejects(copy('', server.url, [text]), /507/);
  assert.ok(files.has(`${base.slice(11, 43)}.narinfo`));
  store.records.write({ ...store.queryPathInfo(text)!, narHash: store.queryPathInfo(base)!.narHash });
  await assert.rejects(copy('', `${server.url}/other`, [text]), { code: 'caches/modified' });
  assert.deepEqual(
    [...files.keys()].filter((name) => name.startsWith('other/') && name.includes(text.slice(11, 43))),
    [],
  );
});
