import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { nixBase32Encode } from '../../src/nix-format/base32.ts';
import { ReferenceScanner } from '../../src/store/reference-scanner.ts';

const path = (i: number) => `/nix/store/${nixBase32Encode(createHash('sha256').update(String(i)).digest().subarray(0, 20))}-p${i}`;
const candidates = Array.from({ length: 50 }, (_, i) => path(i));

test('finds hash parts wherever the stream is split, and nothing else', () => {
  const mentioned = [3, 7, 11, 49].map(path).sort();
  const noise = candidates.map((one) => one.slice(11, 42)).join('!');
  const text = Buffer.from(`${noise}0${mentioned.map((one) => one.slice(11)).join('')}abc${candidates[5]!.slice(12)}`);
  for (const size of [1, 2, 7, 31, 32, 33, 64, 1000, text.length]) {
    const scanner = new ReferenceScanner(candidates);
    for (let at = 0; at < text.length; at += size) scanner.update(text.subarray(at, at + size));
    assert.deepEqual(scanner.references(), mentioned, `pieces of ${size} bytes`);
  }
});

test('finds a hash part inside a longer run of base 32 characters', () => {
  const scanner = new ReferenceScanner([path(1)]);
  scanner.update(Buffer.from(`0123456789${path(1).slice(11, 43)}0123456789`));
  assert.deepEqual(scanner.references(), [path(1)]);
});
