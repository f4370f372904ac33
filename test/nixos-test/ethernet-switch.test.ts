import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { EthernetSwitch } from '../../src/nixos-test/ethernet-switch.ts';

/** A machine's end of a cable: `sent` are the frames that arrive at it. */
class Cable extends Duplex {
  readonly sent: string[] = [];
  slow = false;
  override _read(): void {}
  override _write(bytes: Buffer, _: unknown, done: () => void): void {
    this.sent.push(bytes.subarray(4).toString('latin1'));
    assert.equal(bytes.readUInt32BE(0), bytes.length - 4);
    if (!this.slow) done();
  }
  receive(...frames: string[]): void {
    for (const piece of frames) this.push(framed(piece));
  }
}

function framed(frame: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(frame.length);
  return Buffer.concat([head, Buffer.from(frame, 'latin1')]);
}

const settled = () => new Promise((done) => setTimeout(done, 20));
const everyone = '\xff'.repeat(6);
const [a, b, c] = ['\x52\x54\0\0\0\x01', '\x52\x54\0\0\0\x02', '\x52\x54\0\0\0\x03'];

function cables(count: number): Cable[] {
  const hub = new EthernetSwitch();
  return Array.from({ length: count }, () => {
    const cable = new Cable();
    hub.attach(cable);
    return cable;
  });
}

test('broadcasts reach all others, and then each address only its machine', async () => {
  const [first, second, third] = cables(3) as [Cable, Cable, Cable];
  first.receive(`${everyone}${a}who is b?`);
  await settled();
  assert.deepEqual([first.sent.length, second.sent.length, third.sent.length], [0, 1, 1]);
  second.receive(`${a}${b}I am`);
  await settled();
  assert.deepEqual(first.sent, [`${a}${b}I am`]);
  assert.equal(third.sent.length, 1);
  first.receive(`${c}${a}unknown`);
  await settled();
  assert.deepEqual([second.sent.at(-1), third.sent.at(-1)], [`${c}${a}unknown`, `${c}${a}unknown`]);
});

test('frames in pieces are put together; one that is too short is dropped', async () => {
  const [first, second] = cables(2) as [Cable, Cable];
  const bytes = Buffer.concat([framed('short'), framed(`${everyone}${a}one`), framed(`${everyone}${a}two`)]);
  for (const byte of bytes) first.push(Buffer.from([byte]));
  await settled();
  assert.deepEqual(second.sent, [`${everyone}${a}one`, `${everyone}${a}two`]);
});

test('a machine that does not read is sent no more than a queue; a length without an end closes the cable', async () => {
  const [first, second] = cables(2) as [Cable, Cable];
  second.slow = true;
  const frame = `${everyone}${a}${'x'.repeat(60_000)}`;
  for (let i = 0; i < 40; i += 1) first.receive(frame);
  await settled();
  assert.ok(second.writableLength > 500_000 && second.writableLength < 1_200_000, String(second.writableLength));
  first.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 0]));
  await settled();
  assert.ok(first.destroyed);
});

test('a machine that was unplugged is forgotten', async () => {
  const [first, second, third] = cables(3) as [Cable, Cable, Cable];
  second.receive(`${everyone}${b}hello`);
  await settled();
  second.destroy();
  await settled();
  first.receive(`${b}${a}are you there?`);
  await settled();
  assert.equal(third.sent.at(-1), `${b}${a}are you there?`);
});

test('one machine that sends from many addresses does not get what is for others', async () => {
  const [first, second, third] = cables(3) as [Cable, Cable, Cable];
  for (let i = 0; i < 5000; i += 1) third.receive(`${everyone}\x02\0\0\0${String.fromCharCode(i >> 8, i & 255)}new`);
  await settled();
  second.receive(`${a}${b}I am`);
  await settled();
  first.receive(`${b}${a}secret`);
  await settled();
  assert.equal(second.sent.at(-1), `${b}${a}secret`);
  assert.ok(!third.sent.includes(`${b}${a}secret`));
});
