/** Pieces of a download on their way to the thread that unpacks them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { MOST_WAITING, NarStream } from '../../src/caches/unpack/nar-stream.ts';

/** Writes `bytes` in chunks of 1,000 and returns the pieces; `announced` is what the server says of their number. */
function piecesOf(bytes: Uint8Array, announced?: number): Uint8Array[] {
  const stream = new NarStream(() => {});
  const pieces: Uint8Array[] = [];
  stream.connect((piece) => pieces.push(piece));
  if (announced !== undefined) stream.reserve(announced);
  for (let at = 0; at < bytes.length; at += 1000) void stream.write(bytes.subarray(at, at + 1000));
  stream.end();
  return pieces;
}

test('all bytes arrive in order, whatever length the server announced', () => {
  const bytes = randomBytes(700_123);
  for (const announced of [undefined, bytes.length, 1, 0, bytes.length - 1, bytes.length + 1, 2 ** 40])
    assert.deepEqual(Buffer.concat(piecesOf(bytes, announced)), bytes, String(announced));
});

test('a small archive of known length is one piece with no memory besides', () => {
  const [piece, ...others] = piecesOf(randomBytes(5000), 5000);
  assert.deepEqual([others.length, piece!.length, piece!.buffer.byteLength], [0, 5000, 5000]);
});

test('what comes again after a restart is passed over', () => {
  const bytes = randomBytes(300_000);
  const pieces: Uint8Array[] = [];
  const stream = new NarStream(() => {});
  stream.connect((piece) => pieces.push(piece));
  stream.reserve(bytes.length);
  void stream.write(bytes.subarray(0, 270_000));
  stream.reset();
  for (let at = 0; at < bytes.length; at += 40_000) void stream.write(bytes.subarray(at, at + 40_000));
  stream.end();
  assert.deepEqual(Buffer.concat(pieces), bytes);
});

test('a download that is ahead is held back until half of it was taken', async () => {
  const stream = new NarStream(() => {});
  stream.connect(() => {});
  let held = true;
  const written = stream.write(new Uint8Array(MOST_WAITING)) as Promise<void>;
  void written.then(() => {
    held = false;
  });
  await new Promise(setImmediate);
  assert.equal(held, true);
  stream.taken(MOST_WAITING / 2);
  await written;
});
