import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digest, digestHex, formatHash, parseHash, type HashFormat } from '../../src/nix-format/hash.ts';
import { checkStoreName, makeFixedOutputPath, makeTextPath, parseStorePath, splitStorePath } from '../../src/nix-format/store-path.ts';

const hello = digest('sha256', 'hello');

// Expected values: printed by nix 2.8 (`nix-hash --to-*`, `nix-store --print-fixed-path`, builtins.toFile).
test('parses and prints hashes in every notation', () => {
  const texts: [HashFormat, string][] = [
    ['base16', '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'],
    ['nix32', '094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic'],
    ['base64', 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='],
    ['sri', 'sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ='],
  ];
  for (const [format, text] of texts) {
    assert.equal(formatHash({ algorithm: 'sha256', bytes: hello }, format), text);
    assert.deepEqual(parseHash(text, 'sha256').bytes, new Uint8Array(hello));
    const prefixed = formatHash({ algorithm: 'sha256', bytes: hello }, format, true);
    assert.deepEqual(parseHash(prefixed).bytes, new Uint8Array(hello));
  }
  assert.throws(() => parseHash('00', 'sha256'), /wrong length for hash algorithm 'sha256'/);
  assert.throws(() => parseHash(texts[0]![1]), /does not include a type/);
  assert.throws(() => parseHash('crc:00'), /unknown hash algorithm 'crc'/);
  assert.throws(() => parseHash(texts[3]![1], 'sha1'), /should have type 'sha1'/);
});

test('computes store paths of contents', () => {
  const sha256 = { algorithm: 'sha256', bytes: hello } as const;
  assert.equal(makeFixedOutputPath('x', 'nar', sha256), '/nix/store/wyxjijqidjp72jk3808gm53x0m41hbw4-x');
  assert.equal(makeFixedOutputPath('x', 'flat', sha256), '/nix/store/62iir8mnhn874ykvq16v9l3kvx1010qs-x');
  const sha1 = { algorithm: 'sha1', bytes: digest('sha1', 'hello') } as const;
  assert.equal(makeFixedOutputPath('x', 'nar', sha1), '/nix/store/3k11cm6bm724fzmgiz4s73zdgk7ia83b-x');
  assert.equal(makeTextPath('foo', digestHex('sha256', 'hello'), []), '/nix/store/310sbjjj0kkf5zpszk81r054z76hsrww-foo');
});

test('checks store names and paths', () => {
  for (const name of ['a', '.hidden', 'a.b+c-d_e?f=g', 'x'.repeat(211)]) checkStoreName(name);
  for (const name of ['', '.', '..', '.-a', '..-a', 'a b', 'a/b', 'é', 'x'.repeat(212)]) {
    assert.throws(() => checkStoreName(name), { code: 'store/bad-name' });
  }
  const path = '/nix/store/r1qz0d3ynfj5ipqhl9vpxzwpz5wbnqjm-foo';
  assert.deepEqual(parseStorePath(path), { hash: 'r1qz0d3ynfj5ipqhl9vpxzwpz5wbnqjm', name: 'foo' });
  assert.equal(parseStorePath(`${path}/bar`), undefined);
  assert.deepEqual(splitStorePath(`${path}/bar`), { storePath: path, rest: '/bar' });
  assert.equal(splitStorePath('/nix/store/e1qz0d3ynfj5ipqhl9vpxzwpz5wbnqjm-foo'), undefined);
});
