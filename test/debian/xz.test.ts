/** .xz data as a stream: its memory use, and streams that are not read to the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { xz } from '@napi-rs/lzma';
import { xzSamples } from '../../scripts/fuzz/formats/xz-samples.ts';
import { readTar } from '../../src/archive/tar.ts';
import { isXz, unxzPieces } from '../../src/archive/xz.ts';
import { compressionOf, unpackedPieces } from '../../src/archive/compression.ts';
import { unxz } from '../../src/debian/xz.ts';
import { bytesSource } from '../../src/tree/file-tree.ts';
import { makeTar } from './support/deb-maker.ts';
import { storedXz } from './support/xz-maker.ts';

const MiB = 2 ** 20;
const ignore = (): void => {};

test('unpacks a block of 375 MiB in little memory', () => {
  const before = process.memoryUsage().rss;
  let [size, most] = [0, 0];
  for (const piece of unxzPieces(storedXz(6000), ignore)) {
    size += piece.length;
    most = Math.max(most, process.memoryUsage().rss);
  }
  assert.equal(size, 6000 * (64 << 10));
  // Includes the thread and its dictionary.
  assert.ok(most - before < 200 * MiB, `${Math.round((most - before) / MiB)} MiB more`);
});

test('abandoned, truncated or damaged streams release their thread', () => {
  const bytes = Buffer.alloc(5 * MiB, 'words ');
  const packed = xz.compressSync(bytes);
  const damaged = Buffer.from(xzSamples()[0]!);
  damaged[damaged.length >> 1]! ^= 1;
  const begun = process.memoryUsage().rss;
  for (let i = 0; i < 100; i++) {
    for (const piece of unxzPieces(bytesSource(packed), ignore)) {
      assert.ok(piece.length > 0);
      break;
    }
    assert.throws(() => unxz(damaged), { code: 'debian/bad-xz' });
  }
  assert.ok(unxz(packed).equals(bytes));
  assert.ok(process.memoryUsage().rss - begun < 200 * MiB, 'a hundred threads would take a gigabyte');
});

test('two streams can be read alternately', () => {
  const [a, b] = ['a', 'b'].map((letter) => Buffer.alloc(3 * MiB, letter));
  const [first, second] = [a!, b!].map((bytes) => unxzPieces(bytesSource(xz.compressSync(bytes)), ignore));
  const read: Buffer[][] = [[], []];
  for (let more = true; more; ) {
    more = false;
    for (const [i, pieces] of [first!, second!].entries()) {
      const { done, value } = pieces.next();
      if (done) continue;
      read[i]!.push(Buffer.from(value));
      more = true;
    }
  }
  assert.ok(Buffer.concat(read[0]!).equals(a!) && Buffer.concat(read[1]!).equals(b!));
});

test('a finished or broken tar releases its decompressor', () => {
  const good = makeTar([{ path: 'x', contents: 'y' }]);
  let closed = 0;
  function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
    try {
      yield bytes;
      yield new Uint8Array(100);
    } finally {
      closed += 1;
    }
  }
  assert.equal([...readTar(pieces(good))].length, 1);
  assert.throws(() => [...readTar(pieces(Buffer.alloc(600, 'x')))]);
  for (const _ of readTar(pieces(good))) break;
  assert.equal(closed, 3);
});

test('refuses an archive that is damaged after the end of its tar', () => {
  const packed = gzipSync(Buffer.concat([makeTar([{ path: 'x', contents: 'y' }]), Buffer.alloc(100_000)]));
  const count = (bytes: Uint8Array): number => [...readTar(unpackedPieces(bytesSource(bytes), 'gzip', ignore))].length;
  assert.equal(count(packed), 1);
  assert.throws(() => count(packed.subarray(0, packed.length - 10)), { format: 'gzip' });
});

test('refuses data shorter than the magic number', () => {
  const magic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
  for (let length = 0; length <= 6; length++) assert.equal(isXz(magic.subarray(0, length)), length === 6);
  for (let length = 1; length < 6; length++) assert.equal(compressionOf(bytesSource(magic.subarray(0, length))), 'none');
});
