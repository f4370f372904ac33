import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { nix, withNix } from '../support/nix-oracle.ts';

const bootflake = (args: string[], input = '') => spawnSync(process.execPath, ['dist/bootflake.js', ...args], { input, encoding: 'utf8' });

test('a key of a name, and its public half', () => {
  const { stdout: secret } = bootflake(['key', 'generate-secret', '--key-name', 'cache.example.org-1']);
  assert.match(secret, /^cache\.example\.org-1:[A-Za-z0-9+/]{86}==$/);
  const { stdout: key, status } = bootflake(['key', 'convert-secret-to-public'], `${secret}\n`);
  assert.match(key, /^cache\.example\.org-1:[A-Za-z0-9+/]{43}=$/);
  assert.equal(status, 0);
  assert.notEqual(bootflake(['key', 'generate-secret', '--key-name', 'cache.example.org-1']).stdout, secret);
});

test('what is no key, and a name that a key cannot have', () => {
  for (const input of ['', 'nonsense', 'name:AAAA', ':AAAA', `two words:${'A'.repeat(86)}==`]) {
    const { status, stdout, stderr } = bootflake(['key', 'convert-secret-to-public'], input);
    assert.equal(status, 1, input);
    assert.equal(stdout, '');
    assert.match(stderr, /\[nix-format\/bad-key\]/);
  }
  for (const name of ['', 'a b', 'a:b', 'a\nb']) assert.match(bootflake(['key', 'generate-secret', '--key-name', name]).stderr, /bad-key/);
  assert.match(bootflake(['key', 'generate-secret']).stderr, /--key-name/);
});

test("keys are nix's", withNix, () => {
  const ours = bootflake(['key', 'generate-secret', '--key-name', 'a-1']).stdout;
  assert.equal(
    bootflake(['key', 'convert-secret-to-public'], ours).stdout,
    nix(['key', 'convert-secret-to-public'], { input: ours }).toString(),
  );
  const theirs = nix(['key', 'generate-secret', '--key-name', 'b-1']).toString();
  assert.equal(
    bootflake(['key', 'convert-secret-to-public'], theirs).stdout,
    nix(['key', 'convert-secret-to-public'], { input: theirs }).toString(),
  );
});
