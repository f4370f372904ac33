/** Servers that break or abuse HTTP/2 (RFC 9113 section 10.5): every download ends, in time and with little memory. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { downloadBytes } from '../../src/system/http.ts';
import { upload } from '../../src/system/http-upload.ts';
import { FLAG, FRAME, frame, literal, serveFrames, STATUS_200, type Misbehaviour, type RawConnection } from '../support/http2-server.ts';

const TIMEOUT = 1_000;
const MOST_MEMORY = 150 << 20;

/** Downloads from the server and returns the error's code, after checking time and memory. */
async function outcome(t: TestContext, misbehave: Misbehaviour, { attempts = 1, timeout = TIMEOUT } = {}): Promise<string> {
  const server = await serveFrames(t, misbehave);
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 50);
  const begun = performance.now();
  const code = await downloadBytes(`${server.url}/a`, { env: server.env, attempts, backoff: 1, timeout, maxBytes: 1 << 20 }).then(
    ({ bytes }) => `${bytes.length} bytes`,
    (error: { code: string }) => error.code,
  );
  clearInterval(watch);
  assert.ok(performance.now() - begun < attempts * (timeout + 4_000), `${performance.now() - begun} ms`);
  assert.ok(most < MOST_MEMORY, `${most} bytes of memory`);
  return code;
}

const settings = frame(FRAME.settings, 0, 0);
const headers = (flags: number, block: Uint8Array): Buffer => frame(FRAME.headers, flags, 1, block);
const okay = headers(FLAG.endHeaders, STATUS_200);

/** Runs when the client's request has come. */
function onRequest(work: (connection: RawConnection) => void): Misbehaviour {
  return (connection) => {
    connection.send(settings);
    connection.onFrame(({ type }) => {
      if (type === FRAME.headers) work(connection);
    });
  };
}

test('the frames of these tests are right where they are meant to be', async (t) => {
  const answer = onRequest(({ send }) => {
    send(okay);
    send(frame(FRAME.data, FLAG.endStream, 1, Buffer.from('text')));
  });
  assert.equal(await outcome(t, answer), '4 bytes');
  // Interim responses and trailers (RFC 9113 section 8.1) are passed over.
  const more = onRequest(({ send }) => {
    send(headers(FLAG.endHeaders, literal(':status', '103')));
    send(okay);
    send(frame(FRAME.data, 0, 1, Buffer.from('te')));
    send(frame(FRAME.data, 0, 1, Buffer.from('xt')));
    send(headers(FLAG.endHeaders | FLAG.endStream, literal('x-sum', '1')));
  });
  assert.equal(await outcome(t, more), '4 bytes');
});

test('floods end long before the timeout: pings, settings, resets, windows, empty and unknown frames', async (t) => {
  const floods: Record<string, Uint8Array> = {
    pings: frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    acknowledgements: frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8)),
    settings,
    'large settings': frame(FRAME.settings, 0, 0, Buffer.concat(Array.from({ length: 20 }, (_, i) => Buffer.from([0x77, i, 0, 0, 0, 1])))),
    resets: frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, 8])),
    'resets of streams that never were': frame(FRAME.reset, 0, 7, Buffer.from([0, 0, 0, 8])),
    windows: frame(FRAME.window, 0, 1, Buffer.from([0, 0, 0, 1])),
    'empty data': frame(FRAME.data, 0, 1),
    'padded data': frame(FRAME.data, 8, 1, Buffer.concat([Buffer.from([255]), Buffer.alloc(255)])),
    unknown: frame(0x42, 0, 0, Buffer.alloc(100)),
    priorities: frame(2, 0, 1, Buffer.from([0, 0, 0, 3, 1])),
    'interim responses': headers(FLAG.endHeaders, Buffer.concat([literal(':status', '103'), literal('link', 'x'.repeat(100))])),
  };
  for (const [name, bytes] of Object.entries(floods)) {
    const many = Buffer.concat(Array.from({ length: Math.ceil(16_384 / bytes.length) }, () => bytes));
    const code = await outcome(
      t,
      onRequest((connection) => {
        if (/data/.test(name)) connection.send(okay);
        connection.flood(() => many);
      }),
      { timeout: 10_000 },
    );
    // Node 20.3 stops reading after some errors of the protocol, without a word.
    assert.match(code, /never were/.test(name) ? /^network\/(?:cut|timeout)$/ : /^network\/cut$/, name);
  }
});

test('headers without end: one block in many frames, many fields, large ones', async (t) => {
  const field = literal('x-long', 'x'.repeat(120));
  const block = Buffer.concat(Array.from({ length: 100 }, () => field));
  const flood = onRequest(({ send, flood: pour }) => {
    send(headers(0, STATUS_200));
    pour(() => frame(FRAME.continuation, 0, 1, block));
  });
  assert.equal(await outcome(t, flood), 'network/cut');
  const empty = onRequest(({ send, flood: pour }) => {
    send(headers(0, STATUS_200));
    const many = Buffer.concat(Array.from({ length: 1000 }, () => frame(FRAME.continuation, 0, 1)));
    pour(() => many);
  });
  assert.equal(await outcome(t, empty), 'network/cut');
  const fields = onRequest(({ send }) => {
    send(headers(FLAG.endHeaders | FLAG.endStream, Buffer.concat([STATUS_200, ...Array.from({ length: 1000 }, () => literal('x', 'y'))])));
  });
  assert.equal(await outcome(t, fields), 'network/cut');
  // An entry of the table of headers, named again and again (the "HPACK bomb").
  const entry = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('x'), Buffer.from([0x7f, 0x81, 0x1e]), Buffer.alloc(4000, 'y')]);
  const bomb = onRequest(({ send }) => {
    send(headers(FLAG.endHeaders | FLAG.endStream, Buffer.concat([STATUS_200, entry, Buffer.alloc(12_000, 0xbe)])));
  });
  assert.equal(await outcome(t, bomb), 'network/cut');
});

test('a server that says nothing, or never anything whole, is given up after the timeout', async (t) => {
  assert.equal(await outcome(t, () => {}), 'network/timeout');
  assert.equal(
    await outcome(
      t,
      onRequest(() => {}),
    ),
    'network/timeout',
  );
  assert.equal(
    await outcome(
      t,
      onRequest(({ send }) => void send(headers(0, STATUS_200))),
    ),
    'network/timeout',
  );
  assert.equal(
    await outcome(
      t,
      onRequest(({ send }) => void send(okay)),
    ),
    'network/timeout',
  );
  const none = Buffer.from([0, 3, 0, 0, 0, 0]);
  assert.equal(await outcome(t, ({ send }) => void send(frame(FRAME.settings, 0, 0, none))), 'network/timeout');
  const trickle = onRequest(({ send, socket }) => {
    send(okay);
    const timer = setInterval(() => send(frame(FRAME.data, 0, 1, Buffer.from('x'))), 100);
    socket.on('close', () => clearInterval(timer));
  });
  assert.equal(await outcome(t, trickle), 'network/timeout');
});

test('promises that were refused, bodies of another length, more than was asked for', async (t) => {
  const promised = (stream: number): Buffer =>
    frame(FRAME.push, FLAG.endHeaders, 1, Buffer.concat([Buffer.from([0, 0, 0, stream]), Buffer.from([0x82, 0x87, 0x84])]));
  const promise = onRequest(({ send }) => {
    for (let stream = 2; stream < 100; stream += 2) {
      send(promised(stream));
      send(frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_200));
      send(frame(FRAME.data, 0, stream, Buffer.alloc(16_384)));
    }
    send(okay);
    send(frame(FRAME.data, FLAG.endStream, 1, Buffer.from('text')));
  });
  assert.match(await outcome(t, promise), /^(?:4 bytes|network\/cut)$/);
  const short = onRequest(({ send }) => {
    send(headers(FLAG.endHeaders, Buffer.concat([STATUS_200, literal('content-length', '10')])));
    send(frame(FRAME.data, FLAG.endStream, 1, Buffer.from('text')));
  });
  assert.equal(await outcome(t, short), 'network/cut');
  const endless = onRequest(({ send, flood }) => {
    send(okay);
    flood(() => frame(FRAME.data, 0, 1, Buffer.alloc(16_384)));
  });
  assert.match(await outcome(t, endless), /^network\/(?:too-large|cut)$/);
  const wrongStatus = onRequest(({ send }) => void send(headers(FLAG.endHeaders | FLAG.endStream, literal(':status', 'abc'))));
  assert.match(await outcome(t, wrongStatus), /^network\/cut$/);
});

test('each stream reset, and each connection closed, ends after the attempts', async (t) => {
  const reset = onRequest(({ send }) => void send(frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, 2]))));
  assert.equal(await outcome(t, reset, { attempts: 3 }), 'network/cut');
  assert.equal(await outcome(t, ({ socket }) => void socket.destroy(), { attempts: 3 }), 'network/cut');
  const goaway = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]);
  assert.equal(
    await outcome(
      t,
      onRequest(({ send }) => void send(frame(FRAME.goaway, 0, 0, goaway))),
      { attempts: 3 },
    ),
    'network/cut',
  );
});

test('an upload for which the server opens no window ends in time', async (t) => {
  const server = await serveFrames(t, ({ send }) => {
    send(frame(FRAME.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])));
  });
  const body = { bytes: Buffer.alloc(10 << 20) };
  await assert.rejects(upload(`${server.url}/a`, body, 'text/plain', { env: server.env, attempts: 1, timeout: TIMEOUT }), {
    code: 'network/timeout',
  });
});

test('a server that offers HTTP/2 and cannot speak it is spoken to in HTTP/1.1', async (t) => {
  for (const nonsense of [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), frame(FRAME.data, 0, 0, Buffer.from('x'))]) {
    const server = await serveFrames(
      t,
      ({ send }) => void send(nonsense),
      (socket) => socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ntext')),
    );
    const { bytes } = await downloadBytes(`${server.url}/a`, { env: server.env, attempts: 2, backoff: 20, timeout: TIMEOUT });
    assert.equal(Buffer.from(bytes).toString(), 'text');
    assert.equal(server.accepted(), 2);
  }
});
