import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { downloadBytes, MemorySink, download } from '../../src/system/http.ts';
import { proxyFor } from '../../src/system/proxy.ts';
import { faultOf, networkError } from '../../src/system/http-errors.ts';
import { cutAfter, sendFile, serve, type Answer } from './support/server.ts';
import { setEnvironment } from '../support/environment.ts';

const file = randomBytes(300_000);
const quick = { backoff: 1, timeout: 2_000 };

test('downloads a whole file and reports its bytes as they arrive', async (t) => {
  const server = await serve(t, new Map([['a', file]]));
  let told = 0;
  const { bytes } = await downloadBytes(`${server.url}/a`, {
    onBytes: (count) => {
      told += count;
    },
  });
  assert.deepEqual(Buffer.from(bytes), file);
  assert.equal(told, file.length);
});

test('resumes an interrupted transfer as long as it makes progress', async (t) => {
  const server = await serve(t, new Map(), { a: cutAfter(file, 40_000) });
  const { bytes } = await downloadBytes(`${server.url}/a`, { ...quick, attempts: 2, expectedBytes: file.length });
  assert.deepEqual(Buffer.from(bytes), file);
  assert.deepEqual(
    server.asked.slice(0, 3).map(({ range }) => range),
    [undefined, 'bytes=40000-', 'bytes=80000-'],
  );
});

test('gives up when a transfer is always cut at the same place', async (t) => {
  const server = await serve(t, new Map(), {
    a: (request, response) => (request.headers.range ? cutAfter(file, 0)(request, response) : cutAfter(file, 10)(request, response)),
  });
  await assert.rejects(downloadBytes(`${server.url}/a`, { ...quick, attempts: 3 }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'network/cut');
    assert.match(error.message, /cut after .* bytes.*\(\d attempts\)/);
    return true;
  });
});

test('requests the whole file from a server without ranges, or whose file has changed', async (t) => {
  let first = true;
  const server = await serve(t, new Map(), {
    a: (request, response) => {
      if (first) cutAfter(randomBytes(file.length), 50_000)(request, response);
      else response.writeHead(200, { 'content-length': file.length, etag: '"two"' }).end(file);
      first = false;
    },
  });
  const { bytes } = await downloadBytes(`${server.url}/a`, { ...quick, expectedBytes: file.length });
  assert.deepEqual(Buffer.from(bytes), file);
});

test('continues a part from an earlier run', async (t) => {
  const server = await serve(t, new Map([['a', file]]));
  const sink = new MemorySink(file.length, file.subarray(0, 1000));
  await download(`${server.url}/a`, sink, quick);
  assert.deepEqual(Buffer.from(sink.bytes()), file);
  assert.equal(server.asked[0]!.range, 'bytes=1000-');
});

test('retries temporary errors and reports permanent ones', async (t) => {
  const answers = [503, 429, 200];
  const server = await serve(t, new Map(), {
    busy: (request, response) => {
      const status = answers.shift()!;
      if (status === 200) sendFile(file, request, response);
      else response.writeHead(status, { 'retry-after': '0' }).end();
    },
    forbidden: (_request, response) => void response.writeHead(403).end(),
    loop: (_request, response) => void response.writeHead(302, { location: '/loop' }).end(),
    away: (_request, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  });
  assert.equal((await downloadBytes(`${server.url}/busy`, quick)).bytes.length, file.length);
  const code = (path: string, options = {}) =>
    downloadBytes(`${server.url}/${path}`, { ...quick, ...options }).then(
      () => 'fine',
      (error: { code: string }) => error.code,
    );
  assert.equal(await code('forbidden'), 'network/status');
  assert.equal(await code('nothing'), 'network/not-found');
  assert.equal(await code('loop'), 'network/redirect');
  assert.equal(await code('away'), 'network/redirect');
  assert.equal(server.asked.filter(({ path }) => path === 'forbidden').length, 1);
});

test('does not wait for a long Retry-After, in seconds or as a date', async (t) => {
  const answer =
    (after: string): Answer =>
    (_request, response) =>
      void response.writeHead(503, { 'retry-after': after }).end();
  const server = await serve(t, new Map(), {
    minutes: answer('120'),
    date: answer(new Date(Date.now() + 3_600_000).toUTCString()),
    often: answer('6'),
    past: answer(new Date(0).toUTCString()),
    nonsense: answer('soon'),
  });
  const begun = performance.now();
  await assert.rejects(downloadBytes(`${server.url}/minutes`, quick), {
    code: 'network/status',
    message: /HTTP 503 and asks for a retry in 120 s$/,
  });
  await assert.rejects(downloadBytes(`${server.url}/date`, quick), { code: 'network/status', message: /retry in 3(599|600|601) s$/ });
  assert.equal(server.asked.length, 2);
  for (const path of ['past', 'nonsense'])
    await assert.rejects(downloadBytes(`${server.url}/${path}`, quick), { code: 'network/status', message: /HTTP 503 \(4 attempts\)/ });
  assert.ok(performance.now() - begun < 5000, 'nothing was waited for');
  // Waits for short ones until they add up.
  await assert.rejects(downloadBytes(`${server.url}/often`, quick), {
    code: 'network/status',
    message: /retry in 6 s \(2 attempts\)/,
  });
});

test('the error for an expired or future certificate names the clock', () => {
  const fault = (code: string) => faultOf(Object.assign(new Error('certificate'), { code }), 0);
  assert.match(fault('CERT_NOT_YET_VALID').message, /is not valid yet, by this machine's clock, which says \d{4}-/);
  assert.match(fault('CERT_HAS_EXPIRED').message, /has expired, by this machine's clock/);
  assert.match(networkError('https://host/', fault('CERT_NOT_YET_VALID'), 1).hint!, /set the clock/);
  assert.doesNotMatch(fault('SELF_SIGNED_CERT_IN_CHAIN').message, /clock/);
});

test('refuses a file of another length before downloading it', async (t) => {
  const server = await serve(t, new Map([['a', file]]), {
    endless: (_request, response) => {
      response.writeHead(200);
      const pour = () => {
        if (!response.destroyed && response.write(Buffer.alloc(65_536))) setImmediate(pour);
        else response.once('drain', pour);
      };
      response.on('error', () => {});
      pour();
    },
  });
  await assert.rejects(downloadBytes(`${server.url}/a`, { ...quick, expectedBytes: file.length + 1 }), {
    code: 'network/wrong-size',
    message: /has 300000 bytes there, it should have 300001/,
  });
  await assert.rejects(downloadBytes(`${server.url}/endless`, { ...quick, maxBytes: 1_000_000 }), { code: 'network/too-large' });
});

test('reports a server that is down, hangs or does not resolve', async (t) => {
  const server = await serve(t, new Map());
  await server.close();
  await assert.rejects(downloadBytes(`${server.url}/a`, { ...quick, attempts: 2 }), {
    code: 'network/unreachable',
    message: /refused.*2 attempts/,
    hint: /proxy/,
  });
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const { port } = silent.address() as { port: number };
  await assert.rejects(downloadBytes(`http://127.0.0.1:${port}/a`, { attempts: 1, timeout: 300 }), { code: 'network/timeout' });
  await assert.rejects(downloadBytes('http://nowhere.invalid/a', quick), { code: 'network/unreachable', message: /host name/ });
});

test('gives up on a server that sends too slowly', async (t) => {
  const server = await serve(t, new Map(), {
    a: (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
    },
  });
  await assert.rejects(downloadBytes(`${server.url}/a`, { attempts: 1, timeout: 400 }), {
    code: 'network/timeout',
    message: /only \d+ bytes came/,
  });
});

test('an abort rejects with its own reason', async (t) => {
  const server = await serve(t, new Map(), {
    a: (_request, response) => void response.writeHead(200, { 'content-length': 10 }).write('abc'),
  });
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('ctrl-c')), 100);
  await assert.rejects(downloadBytes(`${server.url}/a`, { signal: controller.signal }), /ctrl-c/);
});

test('sends plain HTTP through the proxy with the absolute URL', async (t) => {
  const proxy = await serve(t, new Map([['pool/x', file]]));
  setEnvironment(t, { http_proxy: proxy.url.replace('http://', 'http://user:secret@') });
  const { bytes } = await downloadBytes('http://mirror.example/pool/x', quick);
  assert.deepEqual(Buffer.from(bytes), file);
  assert.equal(proxy.asked[0]!.host, 'mirror.example');
});

test('chooses the proxy from the environment', () => {
  const env = { http_proxy: 'http://plain:3128', HTTPS_PROXY: 'secure:8080', no_proxy: 'localhost, .internal,10.0.0.1:80' };
  const of = (url: string) => proxyFor(new URL(url), env)?.href;
  assert.equal(of('http://ftp.debian.org/debian'), 'http://plain:3128/');
  assert.equal(of('https://snapshot.debian.org'), 'http://secure:8080/');
  assert.equal(of('http://mirror.internal/debian'), undefined);
  assert.equal(of('http://10.0.0.1/debian'), undefined);
  assert.equal(of('http://10.0.0.1:81/debian'), 'http://plain:3128/');
  assert.equal(proxyFor(new URL('http://a/'), { no_proxy: '*', http_proxy: 'http://p' }), undefined);
});
