/** The host's end of the ports for commands, with guests that do not keep to the protocol. */
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { endWithin, GuestChannel } from '../../src/vm/guest-channel.ts';

const frame = (type: number, payload: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(payload as string);
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

/** The guest's end: what it received, and a way to send. */
class Guest extends Duplex {
  received = Buffer.alloc(0);
  onReceived: () => void = () => {};

  override _read(): void {}

  override _write(bytes: Buffer, _: string, done: () => void): void {
    this.received = Buffer.concat([this.received, bytes]);
    this.onReceived();
    done();
  }

  say(...frames: Buffer[]): void {
    this.push(Buffer.concat(frames));
  }

  /** Replies to the first greeting. */
  greets(before = Buffer.alloc(0)): this {
    this.onReceived = () => {
      const digits = /\0BFSH1\n([0-9a-f]{16})/.exec(this.received.toString('latin1'))?.[1];
      if (digits === undefined) return;
      this.onReceived = () => {};
      this.received = Buffer.alloc(0);
      this.say(before, frame(16, digits));
    };
    return this;
  }
}

const command = (words: string[] = ['true']) => {
  const output: Buffer[] = [];
  return { words, output, onOutput: (bytes: Uint8Array) => void output.push(Buffer.from(bytes)), onErrorOutput: () => {} };
};

test('what is left of an earlier conversation is skipped', async () => {
  const rest = Buffer.concat([frame(17, 'old output').subarray(3), Buffer.from('\xff\0\x01text'), frame(16, '0123456789abcdef')]);
  const channel = await GuestChannel.open(new Guest().greets(rest), { timeout: 5000 });
  channel.close();
});

test('a guest that does not reply is given up, and the greeting repeated until then', async () => {
  const guest = new Guest();
  await assert.rejects(GuestChannel.open(guest, { timeout: 1400 }), { code: 'vm/guest-silent' });
  assert.ok(guest.received.toString('latin1').split('BFSH1').length > 2);
  const controller = new AbortController();
  const opening = GuestChannel.open(new Guest(), { timeout: 60_000, signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(opening, /enough/);
});

test("output arrives as bytes, in pieces of any size; the status is the command's or 128 and the signal", async () => {
  const guest = new Guest().greets();
  const channel = await GuestChannel.open(guest, { timeout: 5000 });
  const first = command(['printf', 'a b']);
  const running = channel.run(first);
  assert.equal(guest.received.toString('latin1'), frame(1, 'pipe\0\0\0\0printf\0a b\0').toString('latin1'));
  for (const byte of Buffer.concat([frame(17, Buffer.from([0, 255, 16, 10])), frame(19, 'exit\x003')])) guest.push(Buffer.from([byte]));
  assert.deepEqual(await running.ended, { status: 3 });
  assert.deepEqual(Buffer.concat(first.output), Buffer.from([0, 255, 16, 10]));
  const second = channel.run(command());
  guest.say(frame(19, 'signal\x009'));
  assert.deepEqual(await second.ended, { status: 137, signal: 9 });
});

test('a status that is no number is one all the same', async () => {
  for (const [text, status] of [
    ['exit\x00abc', 0],
    ['exit\x0099999999999999999999', 0],
    ['nonsense', 0],
  ] as const) {
    const guest = new Guest().greets();
    const running = (await GuestChannel.open(guest, { timeout: 5000 })).run(command());
    guest.say(frame(19, text));
    assert.equal((await running.ended).status, status, text);
  }
});

test('a frame of another type or length ends the conversation', async () => {
  for (const wrong of [frame(99, ''), Buffer.from([17, 255, 255, 255, 255]), Buffer.from([17, 0, 1, 0, 1])]) {
    const guest = new Guest().greets();
    const running = (await GuestChannel.open(guest, { timeout: 5000 })).run(command());
    guest.say(wrong);
    await assert.rejects(running.ended, { code: 'vm/guest-garbled' });
  }
});

test('at most 256 KiB of input are on their way', async () => {
  const guest = new Guest().greets();
  const running = (await GuestChannel.open(guest, { timeout: 5000 })).run(command(['cat']));
  const writing = running.write(Buffer.alloc(1_000_000));
  await new Promise((done) => setTimeout(done, 50));
  const sent = guest.received.length;
  assert.ok(sent < 270_000, String(sent));
  // A guest that claims more than it was given gains nothing.
  guest.say(frame(20, '99999999'));
  await new Promise((done) => setTimeout(done, 50));
  assert.ok(guest.received.length < 2 * 270_000);
  guest.say(frame(20, 'x'), frame(19, 'exit\x000'));
  await writing;
  await running.ended;
});

test('a guest that accepts less than nothing, or parts of bytes, does not keep its host busy', async () => {
  for (const lie of ['-Infinity', '-300000', '0.5', '1e3', 'NaN', '']) {
    const guest = new Guest().greets();
    const running = (await GuestChannel.open(guest, { timeout: 5000 })).run(command(['cat']));
    const writing = running.write(Buffer.alloc(1_000_000));
    guest.say(frame(20, lie));
    await new Promise((done) => setTimeout(done, 20));
    assert.ok(guest.received.length < 270_000, `${lie}: ${guest.received.length} bytes`);
    guest.say(frame(20, '262144'));
    await new Promise((done) => setTimeout(done, 20));
    assert.ok(guest.received.length > 500_000, `${lie}: ${guest.received.length} bytes`);
    guest.say(frame(19, 'exit\x000'));
    await writing;
  }
});

test('the end of a command that is never reported is not waited for', async () => {
  const guest = new Guest().greets();
  const running = (await GuestChannel.open(guest, { timeout: 5000 })).run(command());
  const flood = setInterval(() => guest.say(frame(17, Buffer.alloc(60_000))), 1);
  try {
    await assert.rejects(endWithin(running, 200, undefined), { code: 'vm/guest-silent' });
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await assert.rejects(endWithin(running, 60_000, abort.signal), /enough/);
    guest.say(frame(19, 'exit\x004'));
    assert.deepEqual(await endWithin(running, 5000, undefined), { status: 4 });
  } finally {
    clearInterval(flood);
  }
});

test('the end of the machine ends its commands', async () => {
  const guest = new Guest().greets();
  const running = (await GuestChannel.open(guest, { timeout: 5000 })).run(command());
  guest.push(null);
  await assert.rejects(running.ended, { code: 'vm/guest-gone' });
});

test('refuses words that no command line can have', async () => {
  const channel = await GuestChannel.open(new Guest().greets(), { timeout: 5000 });
  assert.throws(() => channel.run(command(['a\0b'])), { code: 'vm/guest-command' });
  assert.throws(() => channel.run(command(['x'.repeat(70_000)])), { code: 'vm/guest-command' });
});
