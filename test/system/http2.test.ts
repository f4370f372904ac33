/** HTTP/2 as the client of src/system/http.ts speaks it, by what the server counts. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { Http2ServerRequest } from 'node:http2';
import { join } from 'node:path';
import { test } from 'node:test';
import { download, downloadBytes, MemorySink, type ByteSink } from '../../src/system/http.ts';
import { exists, upload } from '../../src/system/http-upload.ts';
import { netrcAuthorization, parseNetrc } from '../../src/system/netrc.ts';
import { filesAnswer, serveHttp2, type Http2Answer } from '../support/http2-server.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const file = randomBytes(300_000);
const quick = { backoff: 1, timeout: 2_000 };
const small: Http2Answer = (request, response) => void response.end(`text of ${request.url}`);
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

test('many requests share one connection', async (t) => {
  const server = await serveHttp2(t, small, { latency: 20 });
  const options = { ...quick, env: server.env, connections: 1 };
  const got = await Promise.all(Array.from({ length: 300 }, (_, i) => downloadBytes(`${server.url}/${i}`, options)));
  assert.deepEqual(
    got.map(({ bytes }) => textOf(bytes)),
    got.map((_, i) => `text of /${i}`),
  );
  assert.equal(server.connections, 1);
  assert.equal(server.sessions.length, 1);
  assert.ok(server.asked.every(({ version }) => version === '2.0'));
  assert.equal(server.most, 100);
});

test('http2 = false is HTTP/1.1, which a server of HTTP/2 alone does not speak', async (t) => {
  const both = await serveHttp2(t, small);
  assert.equal(textOf((await downloadBytes(`${both.url}/a`, { ...quick, env: both.env, http2: false })).bytes), 'text of /a');
  assert.deepEqual(
    both.asked.map(({ version }) => version),
    ['1.1'],
  );
  const only2 = await serveHttp2(t, small, { allowHTTP1: false });
  assert.equal(textOf((await downloadBytes(`${only2.url}/a`, { ...quick, env: only2.env })).bytes), 'text of /a');
  await assert.rejects(downloadBytes(`${only2.url}/a`, { ...quick, env: only2.env, http2: false }), { code: /^network\// });
});

test('a server of HTTP/1.1 alone: the connection that shows it is used, and no more than needed', async (t) => {
  const server = await serveHttp2(t, small, { http2: false, latency: 20 });
  const options = { ...quick, env: server.env, connections: 4 };
  assert.equal(textOf((await downloadBytes(`${server.url}/first`, options)).bytes), 'text of /first');
  assert.equal(server.connections, 1);
  const many = await serveHttp2(t, small, { http2: false, latency: 20 });
  const got = await Promise.all(Array.from({ length: 30 }, (_, i) => downloadBytes(`${many.url}/${i}`, { ...options, env: many.env })));
  assert.ok(got.every(({ bytes }, i) => textOf(bytes) === `text of /${i}`));
  assert.equal(many.connections, 4);
  assert.equal(many.most, 4);
});

test('no more streams than the server allows, nor more connections than http-connections', async (t) => {
  for (const [connections, most] of [
    [1, 5],
    [3, 15],
  ] as const) {
    const server = await serveHttp2(t, small, { latency: 20, settings: { maxConcurrentStreams: 5 } });
    const options = { ...quick, env: server.env, connections };
    // The server's settings are known after the first response.
    await downloadBytes(`${server.url}/first`, options);
    await Promise.all(Array.from({ length: 60 }, (_, i) => downloadBytes(`${server.url}/${i}`, options)));
    assert.equal(server.connections, connections);
    assert.ok(server.most <= most && server.most > most / 2, String(server.most));
  }
});

test('ranges, redirects, passwords, entity tags and statuses are as in HTTP/1.1', async (t) => {
  let busy = 2;
  const server = await serveHttp2(t, (request, response) => {
    const path = request.url;
    if (path === '/busy' && busy-- > 0) response.writeHead(busy === 1 ? 429 : 503, { 'retry-after': '0' }).end('busy');
    else if (path === '/moved') response.writeHead(302, { location: '/a' }).end('x'.repeat(1000));
    else if (path === '/known' && request.headers['if-none-match'] === '"one"') response.writeHead(304).end();
    else if (path === '/secret') response.writeHead(request.headers.authorization ? 200 : 401).end(request.headers.authorization ?? '');
    else if (path === '/umlaut') response.writeHead(302, { location: Buffer.from('/ü').toString('latin1') }).end();
    else if (path === '/%C3%BC') response.end('umlaut');
    else
      filesAnswer(
        new Map([
          ['a', file],
          ['busy', file],
        ]),
      )(request, response);
  });
  const options = { ...quick, env: server.env };
  const sink = new MemorySink(file.length, file.subarray(0, 1000));
  await download(`${server.url}/a`, sink, options);
  assert.deepEqual(Buffer.from(sink.bytes()), file);
  assert.equal(server.asked[0]!.headers.range, 'bytes=1000-');
  assert.equal((await downloadBytes(`${server.url}/busy`, options)).bytes.length, file.length);
  const moved = await downloadBytes(`${server.url}/moved`, options);
  assert.equal(moved.url, `${server.url}/a`);
  assert.equal(moved.redirects.length, 1);
  assert.equal((await downloadBytes(`${server.url}/known`, { ...options, etag: '"one"' })).unchanged, true);
  const netrc = parseNetrc('machine 127.0.0.1 login user password secret');
  const withPassword = { ...options, authorization: (url: URL) => netrcAuthorization(netrc, url.hostname, { named: false }) };
  assert.match(textOf((await downloadBytes(`${server.url}/secret`, withPassword)).bytes), /^Basic /);
  await assert.rejects(downloadBytes(`${server.url}/secret`, options), { code: 'network/status', message: /HTTP 401/ });
  await assert.rejects(downloadBytes(`${server.url}/none`, options), { code: 'network/not-found' });
  await assert.rejects(downloadBytes(`${server.url}/a`, { ...options, expectedBytes: 7 }), { code: 'network/wrong-size' });
  await assert.rejects(downloadBytes(`${server.url}/a`, { ...options, maxBytes: 1000 }), { code: 'network/too-large' });
  assert.equal(textOf((await downloadBytes(`${server.url}/umlaut`, options)).bytes), 'umlaut');
  assert.equal(server.connections, 1);
  await assert.rejects(downloadBytes(`${server.url}/a`, { ...quick, env: { no_proxy: '*' } }), { code: 'network/certificate' });
});

test('files are put, from memory and from disk', async (t) => {
  const put = new Map<string, Buffer>();
  let refuse = 1;
  const server = await serveHttp2(t, (request, response) => {
    if (request.method === 'HEAD') return void response.writeHead(put.has(request.url) ? 200 : 404).end();
    if (request.url === '/denied') return void response.writeHead(403).end('no');
    if (request.url === '/busy' && refuse-- > 0) return void response.writeHead(503).end('busy');
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      put.set(request.url, Buffer.concat(pieces));
      response.writeHead(201).end();
    });
  });
  const options = { ...quick, env: server.env };
  const large = randomBytes(3_000_000);
  const path = join(scratchFolder(t), 'large');
  writeFileSync(path, large);
  await upload(`${server.url}/memory`, { bytes: large }, 'text/plain', options);
  await upload(`${server.url}/disk`, { path, size: large.length }, 'text/plain', options);
  await upload(`${server.url}/empty`, { bytes: new Uint8Array() }, 'text/plain', options);
  await upload(`${server.url}/busy`, { path, size: large.length }, 'text/plain', options);
  assert.deepEqual(put.get('/memory'), large);
  assert.deepEqual(put.get('/disk'), large);
  assert.deepEqual(put.get('/busy'), large);
  assert.equal(put.get('/empty')!.length, 0);
  assert.equal(server.asked[0]!.headers['content-length'], String(large.length));
  assert.equal(await exists(`${server.url}/memory`, options), true);
  assert.equal(await exists(`${server.url}/none`, options), false);
  await assert.rejects(upload(`${server.url}/denied`, { path, size: large.length }, 'text/plain', options), { message: /HTTP 403/ });
  assert.equal(server.connections, 1);
});

/** Sends the rest of the file up to `until`, then does something to the stream. */
function cutting(until: number, cut: (request: Http2ServerRequest) => void, length = true): Http2Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(String(request.headers.range ?? ''))?.[1] ?? 0);
    const range = from > 0 ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { etag: '"one"', ...(length && { 'content-length': file.length - from }), ...range });
    const end = Math.min(file.length, from + until);
    response.write(file.subarray(from, end), () => setTimeout(() => (end === file.length ? response.end() : cut(request)), 30));
  };
}

test('what is cut is resumed: a stream, whatever the code, and a connection', async (t) => {
  for (const cut of [
    ...[0, 2, 8].map((code) => (request: Http2ServerRequest) => request.stream.close(code)),
    (request: Http2ServerRequest) => request.stream.session!.destroy(),
    (request: Http2ServerRequest) => request.stream.session!.goaway(2),
  ])
    for (const length of [true, false]) {
      const server = await serveHttp2(t, cutting(120_000, cut, length));
      const { bytes } = await downloadBytes(`${server.url}/a`, { ...quick, env: server.env, attempts: 2 });
      assert.deepEqual(Buffer.from(bytes), file);
      assert.deepEqual(
        server.asked.map(({ headers }) => headers.range),
        [undefined, 'bytes=120000-', 'bytes=240000-'],
      );
      assert.ok(server.asked.every(({ version }) => version === '2.0'));
    }
});

test('a server that says goodbye serves what it has begun; the rest goes to another connection', async (t) => {
  let asked = 0;
  const server = await serveHttp2(t, (request, response) => {
    if (++asked === 20) request.stream.session!.close();
    setTimeout(() => response.end(`text of ${request.url}`), 50);
  });
  const options = { ...quick, env: server.env, attempts: 1, connections: 25 };
  const first = Array.from({ length: 50 }, (_, i) => downloadBytes(`${server.url}/${i}`, options));
  const later = new Promise((resolve) => setTimeout(resolve, 30)).then(() => downloadBytes(`${server.url}/later`, options));
  for (const { bytes } of await Promise.all([...first, later])) assert.match(textOf(bytes), /^text of/);
  assert.equal(server.sessions.length, 2);
});

test('what a server refuses is asked for again', async (t) => {
  const refused = new Set<string>();
  const server = await serveHttp2(t, (request, response) => {
    if (!refused.has(request.url)) {
      refused.add(request.url);
      return request.stream.close(7);
    }
    response.end('fine');
  });
  const options = { ...quick, env: server.env, attempts: 1 };
  const got = await Promise.all(Array.from({ length: 10 }, (_, i) => downloadBytes(`${server.url}/${i}`, options)));
  assert.ok(got.every(({ bytes }) => textOf(bytes) === 'fine'));
  const stubborn = await serveHttp2(t, (request) => request.stream.close(7), { allowHTTP1: false });
  await assert.rejects(downloadBytes(`${stubborn.url}/a`, { ...options, env: stubborn.env, attempts: 2 }), { code: 'network/cut' });
  assert.ok(stubborn.asked.length >= 3 && stubborn.asked.length <= 6, String(stubborn.asked.length));
});

test('a server that wants HTTP/1.1 gets it', async (t) => {
  const server = await serveHttp2(t, (request, response) => {
    if (request.httpVersion === '2.0') request.stream.close(0xd);
    else response.end('fine');
  });
  assert.equal(textOf((await downloadBytes(`${server.url}/a`, { ...quick, env: server.env, attempts: 1 })).bytes), 'fine');
  assert.deepEqual(
    server.asked.map(({ version }) => version),
    ['2.0', '1.1'],
  );
});

test('what stands still or trickles ends in time, and the others on its connection do not', async (t) => {
  const server = await serveHttp2(t, (request, response) => {
    if (request.url === '/silent') return;
    response.writeHead(200, { 'content-length': 1000 });
    if (request.url === '/still') return void response.write('x');
    let sent = 0;
    const timer = setInterval(() => {
      const step = request.url === '/steady' ? 100 : 1;
      response.write(Buffer.alloc(step));
      sent += step;
      if (sent >= 1000) {
        clearInterval(timer);
        response.end();
      }
    }, 100);
    response.on('close', () => clearInterval(timer));
  });
  const options = { env: server.env, attempts: 1, timeout: 600 };
  const steady = downloadBytes(`${server.url}/steady`, options);
  const begun = performance.now();
  await Promise.all([
    assert.rejects(downloadBytes(`${server.url}/silent`, options), { code: 'network/timeout', message: /no response came in time/ }),
    assert.rejects(downloadBytes(`${server.url}/still`, options), { code: 'network/timeout', message: /stood still/ }),
    assert.rejects(downloadBytes(`${server.url}/trickle`, options), { code: 'network/timeout', message: /only \d+ bytes came/ }),
  ]);
  assert.ok(performance.now() - begun < 5000);
  assert.equal((await steady).bytes.length, 1000);
  assert.equal(server.sessions.length, 1);
});

test('after a silence the next attempt is made on another connection, and after two in HTTP/1.1', async (t) => {
  const dead = new Set([0]);
  const server = await serveHttp2(t, (request, response) => {
    const place = server.sessions.indexOf(request.stream?.session as never);
    if (request.httpVersion === '1.1' || !dead.has(place)) response.end('fine');
  });
  const options = { env: server.env, timeout: 400, backoff: 1 };
  assert.equal(textOf((await downloadBytes(`${server.url}/a`, { ...options, attempts: 2 })).bytes), 'fine');
  assert.equal(server.sessions.length, 2);
  const mute = await serveHttp2(t, (request, response) => void (request.httpVersion === '1.1' && response.end('fine')));
  assert.equal(textOf((await downloadBytes(`${mute.url}/a`, { ...options, env: mute.env, attempts: 3 })).bytes), 'fine');
  assert.deepEqual(
    mute.asked.map(({ version }) => version),
    ['2.0', '2.0', '1.1'],
  );
});

test('an abort ends the stream, not the connection', async (t) => {
  const codes: number[] = [];
  const server = await serveHttp2(t, (request, response) => {
    if (request.url === '/fine') return void response.end('fine');
    request.stream.once('close', () => codes.push(request.stream.rstCode));
    if (request.url === '/body') response.writeHead(200, { 'content-length': 10 }).write('abc');
  });
  for (const path of ['body', 'headers']) {
    const controller = new AbortController();
    const work = downloadBytes(`${server.url}/${path}`, { env: server.env, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('ctrl-c')), 100);
    await assert.rejects(work, /ctrl-c/);
  }
  assert.equal(textOf((await downloadBytes(`${server.url}/fine`, { env: server.env })).bytes), 'fine');
  assert.deepEqual(codes, [8, 8]);
  assert.equal(server.connections, 1);
});

test('an abort while the connection is made', async (t) => {
  const server = await serveHttp2(t, small);
  const controller = new AbortController();
  const waiting = downloadBytes(`${server.url}/a`, { env: server.env, signal: controller.signal });
  const other = downloadBytes(`${server.url}/b`, { env: server.env });
  setImmediate(() => controller.abort(new Error('ctrl-c')));
  await assert.rejects(waiting, /ctrl-c/);
  assert.equal(textOf((await other).bytes), 'text of /b');
});

test('a stream whose bytes are not taken holds a bounded number, and holds up no other', async (t) => {
  const large = Buffer.alloc(64 << 20, 'x');
  let sent = 0;
  const server = await serveHttp2(t, (request, response) => {
    if (request.url === '/small') return void response.end('fine');
    response.writeHead(200, { 'content-length': large.length });
    const pour = (): void => {
      for (; sent < large.length; ) {
        const piece = large.subarray(sent, sent + 65_536);
        sent += piece.length;
        if (!response.write(piece)) return void response.once('drain', pour);
      }
      response.end();
    };
    pour();
  });
  let release!: () => void;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sink: ByteSink & { length: number } = {
    length: 0,
    write(chunk) {
      this.length += chunk.length;
      return held;
    },
    reset: assert.fail,
  };
  const work = download(`${server.url}/large`, sink, { env: server.env });
  let ahead = -1;
  while (ahead !== sent || sent === 0) {
    ahead = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(ahead >= 1 << 20 && ahead < 6 << 20, `the server could send ${ahead} bytes`);
  for (let i = 0; i < 20; i++) assert.equal(textOf((await downloadBytes(`${server.url}/small`, { env: server.env })).bytes), 'fine');
  release();
  await work;
  assert.equal(sink.length, large.length);
  assert.equal(server.connections, 1);
});

test('requests that find no room are not held up by a connection that does not come about', async (t) => {
  const server = await serveHttp2(t, small, { latency: 20, settings: { maxConcurrentStreams: 5 } });
  const options = { env: server.env, timeout: 10_000, connectTimeout: 5_000, connections: 3, attempts: 1 };
  await downloadBytes(`${server.url}/first`, options);
  server.mute();
  const begun = performance.now();
  const got = await Promise.all(Array.from({ length: 40 }, (_, i) => downloadBytes(`${server.url}/${i}`, options)));
  assert.equal(got.length, 40);
  assert.ok(performance.now() - begun < 4_000);
  assert.equal(server.connections, 1);
});
