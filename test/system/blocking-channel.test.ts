/** What a thread that waits at a channel gets of the other one: messages, errors, its end, silence. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BootflakeError } from '../../src/base/errors.ts';
import { openChannel, type BlockingChannel } from '../../src/system/blocking-channel.ts';

/** A thread that runs a script with its end of a channel, `channel`. */
function thread<Incoming, Outgoing>(
  context: TestContext,
  script: string,
): { worker: Worker; channel: BlockingChannel<Incoming, Outgoing> } {
  const { near, far } = openChannel<Incoming, Outgoing>({ name: 'the other thread', silenceMs: 20_000 });
  const modules = ['system/blocking-channel.ts', 'base/errors.ts'].map((file) => new URL(`../../src/${file}`, import.meta.url).href);
  const source = `(async () => {
    const { register } = await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}); register();
    const { joinChannel } = await import(${JSON.stringify(modules[0])});
    const { BootflakeError } = await import(${JSON.stringify(modules[1])});
    const channel = joinChannel(require('node:worker_threads').workerData);
    ${script} })().catch((error) => { setImmediate(() => { throw error; }); });`;
  const worker = new Worker(source, { eval: true, workerData: far, transferList: [far.port] });
  worker.on('error', () => {});
  context.after(() => worker.terminate());
  return { worker, channel: near };
}

test('calls have their replies in order, and buffers move both ways', { timeout: 60_000 }, (context) => {
  const { channel } = thread<number | ArrayBuffer, number | ArrayBuffer>(
    context,
    `for (;;) { const got = channel.receive(); if (typeof got === 'number') channel.send(got + 1); else channel.send(got, [got]); }`,
  );
  for (let i = 0; i < 5000; i++) assert.equal(channel.call(i), i + 1);
  for (let i = 0; i < 100; i++) channel.send(i);
  for (let i = 0; i < 100; i++) assert.equal(channel.receive(), i + 1);
  assert.equal(channel.poll(), undefined);
  const buffer = new Uint8Array([1, 2, 3]).buffer;
  channel.send(buffer, [buffer]);
  assert.equal(buffer.byteLength, 0);
  assert.deepEqual(new Uint8Array(channel.receive() as ArrayBuffer), new Uint8Array([1, 2, 3]));
});

test('an error has its code and text, and the channel goes on', { timeout: 60_000 }, (context) => {
  const { channel } = thread<number, number>(
    context,
    `channel.receive(); channel.sendError(new BootflakeError({ code: 'io/disk-full', message: 'no space', hint: 'Free some.' }));
     channel.receive(); channel.sendError(Object.assign(new Error('gone'), { code: 'ENOENT', syscall: 'open' })); channel.send(3);`,
  );
  assert.throws(
    () => channel.call(1),
    (error: BootflakeError) => error instanceof BootflakeError && error.code === 'io/disk-full' && error.hint === 'Free some.',
  );
  assert.throws(() => channel.call(2), { message: 'gone', code: 'ENOENT' });
  assert.equal(channel.receive(), 3);
});

test('the end of the other thread ends a wait, after the messages before it', { timeout: 60_000 }, (context) => {
  const done = thread<number, never>(context, 'channel.send(1);').channel;
  assert.equal(done.receive(), 1);
  for (let i = 0; i < 2; i++) assert.throws(() => done.receive(), /^Error: the other thread has ended$/);
  const exits = thread<number, never>(context, 'process.exit(3);').channel;
  assert.throws(() => exits.receive(), /^Error: the other thread has ended$/);
  const crashes = thread<number, never>(context, "channel.send(1); throw new TypeError('a bug');").channel;
  assert.equal(crashes.receive(), 1);
  assert.throws(() => crashes.receive(), { message: 'a bug' });
  assert.throws(() => crashes.receive(), /^Error: the other thread has ended$/);
});

test('silence ends a wait, steps make it longer', { timeout: 60_000 }, async (context) => {
  const steps = `channel.send('begun'); const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
     for (let i = 0; i < 60; i++) { channel.step(); await sleep(20); }
     channel.send('done'); await sleep(60_000);`;
  const { channel, worker } = thread<string, never>(context, steps);
  assert.equal(channel.receive(), 'begun');
  assert.equal(channel.receive(400), 'done');
  assert.throws(() => channel.receive(100), /^Error: the other thread does not respond$/);
  await worker.terminate();
  assert.throws(() => channel.receive(100), /^Error: the other thread does not respond$/);
});

test('an end may wait with the event loop', { timeout: 60_000 }, async (context) => {
  const { channel } = thread<number, number>(
    context,
    `for (let i = 0; i < 3; i++) channel.send(channel.receive() * 2); channel.sendError(new Error('enough'));`,
  );
  for (let i = 0; i < 3; i++) {
    channel.send(i);
    assert.equal(await channel.receiveAsync(), i * 2);
  }
  const many = thread<number, number>(context, 'for (let i = 0; i < 500; i++) channel.send(i); channel.receive();').channel;
  for (let i = 0; i < 500; i++) assert.equal(i % 7 === 0 ? many.receive() : await many.receiveAsync(), i);
  await assert.rejects(channel.receiveAsync(), { message: 'enough' });
  await assert.rejects(channel.receiveAsync(), { message: 'the other thread has ended' });
});

test('a wait with the event loop has its limit too, and the message after it is not lost', { timeout: 60_000 }, async (context) => {
  const { channel } = thread<string, string>(context, `channel.send('begun'); channel.send(channel.receive()); channel.receive();`);
  assert.equal(await channel.receiveAsync(), 'begun');
  let timers = 0;
  const timer = setInterval(() => (timers += 1), 5);
  await assert.rejects(channel.receiveAsync(100), { message: 'the other thread does not respond' });
  clearInterval(timer);
  assert.ok(timers > 3);
  channel.send('late');
  assert.equal(await channel.receiveAsync(), 'late');
});

test('an end that serves replies to a thread that waits', { timeout: 60_000 }, async (context) => {
  const { channel, worker } = thread<number, number>(
    context,
    `const got = [1, 2, 3].map((n) => { try { return channel.call(n); } catch (error) { return error.message; } });
     require('node:worker_threads').parentPort.postMessage(got);`,
  );
  channel.serve(async (n) => {
    if (n === 2) throw new Error('not two');
    return n * 10;
  });
  assert.deepEqual((await once(worker, 'message'))[0], [10, 'not two', 30]);
});
