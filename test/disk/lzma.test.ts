import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lzmaEncode } from '../../src/disk/lzma/encoder.ts';
import { patternBytes } from './images.ts';

/** The .lzma file format: properties, dictionary size, uncompressed size, stream. */
function lzmaFile(input: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt8((2 * 5 + 0) * 9 + 3, 0);
  header.writeUInt32LE(1 << 16, 1);
  header.writeBigUInt64LE(BigInt(input.length), 5);
  return Buffer.concat([header, lzmaEncode(input)]);
}

test('xz unpacks what we pack', (t) => {
  if (!existsSync('/usr/bin/xz')) return t.skip('xz is not on this machine');
  const inputs = [
    Buffer.alloc(0),
    Buffer.from('a'),
    Buffer.alloc(100_000),
    patternBytes(70_000, 3),
    readFileSync(process.execPath).subarray(0, 600_000),
    Buffer.from('the quick brown fox '.repeat(5000)),
    Buffer.from(Uint8Array.from({ length: 5000 }, (_, n) => (n * n * 2654435761) >>> 13)),
  ];
  for (const input of inputs) {
    const packed = lzmaFile(input);
    const unpacked = execFileSync('/usr/bin/xz', ['--format=lzma', '-dc'], { input: packed, maxBuffer: 1 << 26 });
    assert.ok(unpacked.equals(input), `${input.length} bytes`);
  }
});
