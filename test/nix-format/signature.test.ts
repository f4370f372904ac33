import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  generateKey,
  parsePublicKey,
  parseSecretKey,
  printKey,
  publicKeyOf,
  signText,
  verifyText,
} from '../../src/nix-format/signature.ts';
import { nix, withNix } from '../support/nix-oracle.ts';

test('RFC 8032 section 7.1, test 1', () => {
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const point = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
  const key = parseSecretKey(`a:${Buffer.from(seed + point, 'hex').toString('base64')}`);
  const expected =
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';
  assert.equal(signText(key, ''), `a:${Buffer.from(expected, 'hex').toString('base64')}`);
});

test('a generated key signs, and only its own texts', () => {
  const key = generateKey('cache.example.org-1');
  const text = printKey(key);
  assert.deepEqual(parseSecretKey(`${text}\n`), key);
  const shown = publicKeyOf(key);
  const signature = signText(key, 'text');
  assert.ok(verifyText(shown, 'text', signature));
  assert.ok(!verifyText(shown, 'texts', signature));
  assert.ok(!verifyText(publicKeyOf(generateKey(key.name)), 'text', signature));
  for (const bad of [
    '',
    ':',
    key.name,
    `${key.name}:`,
    `${key.name}:AAAA`,
    `x${signature}`,
    signature.slice(0, -4),
    `${signature}AAAA`,
    '\0',
  ])
    assert.ok(!verifyText(shown, 'text', bad), bad);
});

test('what is no key is refused, and a secret is not repeated', () => {
  for (const bad of ['', 'x', ':AAAA', 'x:AAAA', 'x:!', `x y:${'A'.repeat(44)}`, `\x1b[2J:${'A'.repeat(44)}`])
    assert.throws(() => parsePublicKey(bad), { code: 'nix-format/bad-key' }, bad);
  const secret = 'U0VDUkVU'.repeat(4);
  assert.throws(
    () => parseSecretKey(secret),
    (error: Error) => !error.message.includes(secret),
  );
  assert.throws(
    () => parseSecretKey(`n:${secret}`),
    (error: Error) => !error.message.includes(secret),
  );
});

test('nix reads our keys', withNix, () => {
  const key = generateKey('ours-1');
  assert.equal(nix(['key', 'convert-secret-to-public'], { input: printKey(key) }).toString(), printKey(publicKeyOf(key)));
});
