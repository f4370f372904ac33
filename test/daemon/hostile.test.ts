/** Daemons that break the protocol, lie, never end or say nothing: a clear error in bounded time and memory. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { DaemonStore } from '../../src/daemon/daemon-store.ts';
import { storePath, testFolder } from '../caches/support.ts';
import { ERROR, errorMessage, LAST, NEXT, Op, startDaemon, str, strs, u64, type TestDaemonOptions } from './test-daemon.ts';

const path = storePath('asked');
const { signal } = new AbortController();

async function hostile(t: TestContext, options: TestDaemonOptions, limits: { connectTimeout?: number; stalledAfter?: number } = {}) {
  const daemon = await startDaemon(t, testFolder(t), options);
  const store = DaemonStore.at(daemon.uri, { env: process.env, connectTimeout: 2, stalledAfter: 2, ...limits });
  t.after(() => store.close());
  return { daemon, store };
}

/** Writes pieces for ever, as fast as they are taken. */
function pour(socket: Socket, piece: Buffer): void {
  if (socket.destroyed) return;
  if (socket.write(piece)) setImmediate(pour, socket, piece);
  else socket.once('drain', () => pour(socket, piece));
}

const hello = Buffer.concat([u64(0x6478696f), u64(0x126)]);
const greetings: Record<string, [(socket: Socket) => void, string, RegExp]> = {
  'another protocol': [
    (socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n'),
    'daemon/protocol',
    /protocol mismatch, got "?'?SSH-2\.0-OpenSSH_9\.9/,
  ],
  'control characters': [(socket) => void socket.write('\x1b]52;c;aGk=\x07\x1b[2J'), 'daemon/protocol', /^[^\x00-\x1f\x7f]*$/],
  nothing: [() => {}, 'daemon/unreachable', /did not greet in time/],
  'half a number': [(socket) => void socket.write(hello.subarray(0, 5)), 'daemon/unreachable', /did not greet in time/],
  'an end': [(socket) => void socket.end(), 'daemon/unreachable', /it ended the connection/],
  'an end in a number': [(socket) => void socket.end(hello.subarray(0, 11)), 'daemon/unreachable', /it ended the connection/],
  'an old version': [
    (socket) => void socket.write(Buffer.concat([u64(0x6478696f), u64(0x115)])),
    'daemon/too-old',
    /speaks version 1\.21 .* versions 1\.32 to 1\.38/,
  ],
  'another major version': [(socket) => void socket.write(Buffer.concat([u64(0x6478696f), u64(0x226)])), 'daemon/too-old', /version 2\.38/],
  'endless features': [
    (socket) => {
      socket.write(Buffer.concat([hello, u64(2 ** 40)]));
      pour(socket, str('feature'));
    },
    'daemon/protocol',
    /the number of features is 1099511627776, at most 256/,
  ],
  'an endless version of Nix': [
    (socket) => void socket.write(Buffer.concat([hello, strs([]), u64(2n ** 63n)])),
    'daemon/protocol',
    /the length of the version of its Nix is 9223372036854775808/,
  ],
  'a refusal': [
    (socket) =>
      void socket.write(Buffer.concat([hello, strs([]), str('2.34'), u64(2), errorMessage('user \x1b[1m1000\x1b[0m is not allowed')])),
    'daemon/unreachable',
    /cannot open a connection to the store 'unix:.*': user 1000 is not allowed$/,
  ],
};

for (const [name, [greet, code, message]] of Object.entries(greetings))
  test(`greeted by ${name}`, async (t) => {
    const { store } = await hostile(t, { greet });
    await assert.rejects(store.connect(signal), { code, message });
  });

/** Answers to a query of a path's facts. */
const answers: Record<string, [(socket: Socket) => void, string, RegExp]> = {
  silence: [() => {}, 'daemon/silent', /nothing, or next to nothing, for 2 s/],
  'a byte now and then': [
    (socket) => {
      socket.write(Buffer.concat([u64(NEXT), u64(10_000)]));
      const timer = setInterval(() => void (socket.destroyed ? clearInterval(timer) : socket.write('\0')), 200);
    },
    'daemon/silent',
    /for 2 s/,
  ],
  'an unknown message': [(socket) => void socket.write(u64(0x12345)), 'daemon/protocol', /unknown kind 0x12345/],
  'a wish to read': [(socket) => void socket.write(Buffer.concat([u64(0x64617461), u64(5)])), 'daemon/protocol', /wants to read data/],
  'data unasked': [(socket) => void socket.write(Buffer.concat([u64(0x64617416), str('x')])), 'daemon/protocol', /wants to send data/],
  'endless messages': [(socket) => pour(socket, Buffer.concat([u64(NEXT), str('again')])), 'daemon/protocol', /more than 10000 messages/],
  'a message without an end': [
    (socket) => {
      socket.write(Buffer.concat([u64(NEXT), u64(2 ** 50)]));
      pour(socket, Buffer.alloc(1 << 20));
    },
    'daemon/protocol',
    /the length of a message is 1125899906842624/,
  ],
  'padding that is none': [
    (socket) => void socket.write(Buffer.concat([u64(NEXT), u64(1), Buffer.from('axxxxxxx')])),
    'daemon/protocol',
    /not followed by zeros/,
  ],
  'an error of another type': [(socket) => void socket.write(Buffer.concat([u64(ERROR), str('Exit')])), 'daemon/protocol', /another type/],
  'endless references': [
    (socket) => void socket.write(Buffer.concat([u64(LAST), u64(1), str(''), str('0'.repeat(64)), u64(2 ** 32)])),
    'daemon/protocol',
    /the number of references is 4294967296/,
  ],
  'a reference that is no store path': [
    (socket) => void socket.write(Buffer.concat([u64(LAST), u64(1), str(''), str('0'.repeat(64)), strs([`${path}/../../etc`])])),
    'daemon/protocol',
    /no path of \/nix\/store/,
  ],
  'a hash that is none': [
    (socket) => void socket.write(Buffer.concat([u64(LAST), u64(1), str(''), str('sha1:x')])),
    'daemon/protocol',
    /hash/,
  ],
  'a deriver that is none': [
    (socket) => void socket.write(Buffer.concat([u64(LAST), u64(1), str('/etc/passwd')])),
    'daemon/protocol',
    /a deriver/,
  ],
};

for (const [name, [write, code, message]] of Object.entries(answers))
  test(`a response that is ${name}`, async (t) => {
    const { store, daemon } = await hostile(t, {
      async answer(op, client, socket) {
        if (op !== Op.QueryPathInfo || daemon.connections > 1) return false;
        await client.str();
        write(socket);
        return new Promise(() => {});
      },
    });
    await assert.rejects(store.queryPathInfo(path, signal), { code, message });
    // The next request has a connection of its own.
    assert.equal(await store.queryPathInfo(path, signal), undefined);
    assert.equal(daemon.connections, 2);
  });

test('a very long message is cut as it comes, and what follows it is heard', async (t) => {
  const [length, piece] = [250 << 20, Buffer.alloc(1 << 20, 'm')];
  const { store } = await hostile(t, {
    async answer(op, client, socket) {
      if (op !== Op.QueryPathInfo) return false;
      await client.str();
      socket.write(Buffer.concat([u64(NEXT), u64(length)]));
      for (let left = length; left > 0; left -= piece.length) await new Promise((resolve) => socket.write(piece, resolve));
      socket.write(errorMessage(`so long: ${'e'.repeat(1_000_000)}`));
      return true;
    },
  });
  const before = process.memoryUsage().arrayBuffers;
  await assert.rejects(store.queryPathInfo(path, signal), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'daemon/refused');
    assert.ok(error.message.length < 5000);
    return true;
  });
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < length, `${grown} bytes`);
});

test('after an error that the daemon reports, the connection is used again; after bytes too many, it is not', async (t) => {
  let more = false;
  const { store, daemon } = await hostile(t, {
    async answer(op, client, socket) {
      if (op !== Op.QueryPathInfo) return false;
      const asked = await client.str();
      const answer = asked === path ? errorMessage('no') : Buffer.concat([u64(LAST), u64(0)]);
      socket.write(more ? Buffer.concat([answer, u64(LAST)]) : answer);
      return true;
    },
  });
  await assert.rejects(store.queryPathInfo(path, signal), { code: 'daemon/refused' });
  assert.equal(await store.queryPathInfo(storePath('other'), signal), undefined);
  assert.equal(daemon.connections, 1);
  more = true;
  assert.equal(await store.queryPathInfo(storePath('other'), signal), undefined);
  more = false;
  assert.equal(await store.queryPathInfo(storePath('other'), signal), undefined);
  assert.equal(daemon.connections, 2);
});

test('an archive that stops ends in time; one that takes long does not count as slow', async (t) => {
  const { store } = await hostile(t, {
    async answer(op, client, socket) {
      if (op !== Op.NarFromPath) return false;
      const asked = await client.str();
      socket.write(u64(LAST));
      if (asked === path) socket.write(Buffer.alloc(1000));
      // 100 bytes in 100 ms are more than 256 in a second.
      else for (let i = 0; i < 40; i++) await new Promise((resolve) => setTimeout(() => socket.write(Buffer.alloc(100), resolve), 100));
      return true;
    },
  });
  let size = 0;
  await store.narFromPath(storePath('drip'), 4000, (piece) => void (size += piece.length), signal);
  assert.equal(size, 4000);
  await assert.rejects(
    store.narFromPath(path, 2000, () => {}, signal),
    { code: 'daemon/silent' },
  );
});

test('paths that were not asked for are not believed', async (t) => {
  const { store } = await hostile(t, {
    async answer(op, client, socket) {
      if (op !== Op.QueryValidPaths) return false;
      await client.strs();
      await client.u64();
      socket.write(Buffer.concat([u64(LAST), strs([storePath('other')])]));
      return true;
    },
  });
  assert.deepEqual(await store.queryValidPaths([path], { signal }), new Set());
});
