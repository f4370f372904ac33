/** Substitution from caches that speak HTTP/2, by what they count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directory, file } from '../../src/tree/file-tree.ts';
import { filesAnswer, serveHttp2, type Http2Answer } from '../support/http2-server.ts';
import { cacheFiles, makePath, storePath, testSubstituters } from './support.ts';

/** A path that refers to many others. */
function cacheOf(count: number): { files: Map<string, Uint8Array>; paths: string[]; root: string } {
  const names = Array.from({ length: count }, (_, i) => `p${i}`);
  const paths = names.map(storePath);
  const made = names.map((name) => makePath(name, { tree: directory([['text', file(name)]]) }));
  return { files: cacheFiles([...made, makePath('root', { references: paths })]), paths, root: storePath('root') };
}

test('the records of a closure are requested over one connection, many at once', async (t) => {
  const { files, root } = cacheOf(150);
  for (const http2 of ['true', 'false']) {
    const server = await serveHttp2(t, filesAnswer(files), { latency: 20 });
    const { substituters, signal, warnings } = testSubstituters(t, [server.url], { http2 }, { env: server.env });
    const closure = await substituters.findAll([root], { signal });
    assert.equal(closure.size, 151);
    assert.deepEqual(warnings, []);
    const records = server.asked.filter(({ path }) => path.endsWith('.narinfo'));
    assert.equal(records.length, 151);
    assert.ok(records.every(({ version }) => version === (http2 === 'true' ? '2.0' : '1.1')));
    assert.equal(server.sessions.length, http2 === 'true' ? 1 : 0);
    // http-connections is 25.
    if (http2 === 'true') assert.ok(server.connections === 1 && server.most > 25 && server.most <= 100, String(server.most));
    else assert.ok(server.connections <= 25 && server.most <= 25, String(server.most));
  }
});

test('archives share the connection; a cut one is resumed, and a goodbye in the middle does no harm', async (t) => {
  const paths = Array.from({ length: 30 }, (_, i) => `q${i}`);
  const files = cacheFiles(paths.map((name) => makePath(name)));
  const serveFile = filesAnswer(files);
  const cut = new Set<string>();
  let archives = 0;
  const answer: Http2Answer = (request, response) => {
    const bytes = files.get(request.url.slice(1));
    if (!bytes || !request.url.startsWith('/nar/')) return serveFile(request, response);
    archives += 1;
    if (archives === 10) request.stream.session!.close();
    if (archives % 5 !== 0 || cut.has(request.url)) return serveFile(request, response);
    cut.add(request.url);
    response.writeHead(200, { 'content-length': bytes.length, etag: '"one"' });
    response.write(bytes.subarray(0, 100_000), () => setTimeout(() => request.stream.close(2), 20));
  };
  const server = await serveHttp2(t, answer);
  const { fetch, store, warnings } = testSubstituters(t, [server.url], {}, { env: server.env });
  await Promise.all(paths.map((name) => fetch(storePath(name))));
  for (const name of paths) assert.ok(store.isValidPath(storePath(name)));
  assert.deepEqual(warnings, []);
  assert.ok(cut.size > 0);
  const resumed = server.asked.filter(({ headers }) => headers.range !== undefined);
  assert.equal(resumed.length, cut.size);
  assert.ok(resumed.every(({ headers }) => Number(/\d+/.exec(String(headers.range))) > 0));
  assert.equal(server.sessions.length, 2);
  assert.ok(server.asked.every(({ version }) => version === '2.0'));
});

test('archives that stand still end in time, and the next cache has them', async (t) => {
  const files = cacheFiles([makePath('app')]);
  const slow = await serveHttp2(t, (request, response) => {
    if (!request.url.startsWith('/nar/')) return filesAnswer(files)(request, response);
    response.writeHead(200, { 'content-length': files.get('nar/app.nar')!.length }).write('x');
  });
  const good = await serveHttp2(t, filesAnswer(files));
  const { fetch, store } = testSubstituters(t, [slow.url, good.url], {}, { env: slow.env, stalledAfter: 0.5 });
  await fetch(storePath('app'));
  assert.ok(store.isValidPath(storePath('app')));
  assert.equal(slow.asked.filter(({ path }) => path.startsWith('/nar/')).length, 2);
});
