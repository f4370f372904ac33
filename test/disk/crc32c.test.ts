import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, crc32cNumber, crc32cZeros } from '../../src/disk/crc32c.ts';

test('computes the check value of CRC-32C', () => {
  assert.equal(~crc32c(~0, Buffer.from('123456789')) >>> 0, 0xe3069283);
});

test('continues a checksum over pieces of any size', () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 1000 }, (_, n) => (n * 7) & 0xff));
  const whole = crc32c(~0, bytes);
  for (const cut of [1, 7, 8, 9, 500]) assert.equal(crc32c(crc32c(~0, bytes, 0, cut), bytes, cut), whole);
  assert.equal(crc32cNumber(5, 0x04030201), crc32c(5, Buffer.from([1, 2, 3, 4])));
});

test('continues a checksum over zeros', () => {
  for (const count of [0, 1, 2, 3, 96, 255, 4084, 32767, 32768, 70_001])
    for (const seed of [0, 1, 0x80000001, ~0 >>> 0]) assert.equal(crc32cZeros(seed, count), crc32c(seed, Buffer.alloc(count)), `${count}`);
});
