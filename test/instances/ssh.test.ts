import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostKeysIn } from '../../src/api/ssh-machine.ts';

test('of what a guest says are its host keys, only keys become lines of known_hosts', () => {
  const key = 'A'.repeat(68);
  assert.deepEqual(
    hostKeysIn(
      [
        `ssh-ed25519 ${key} root@web`,
        `ecdsa-sha2-nistp256 ${key}==`,
        `ssh-ed25519 ${key}\r* ssh-rsa ${key}`,
        `* ssh-ed25519 ${key}`,
        `@cert-authority * ssh-ed25519 ${key}`,
        `ssh-ed25519 short`,
        `ssh-ed25519 ${key}, more`,
        `ssh-rsa ${'A'.repeat(5000)}`,
        '\u001b[2J',
      ].join('\n'),
    ),
    [`ssh-ed25519 ${key}`, `ecdsa-sha2-nistp256 ${key}==`],
  );
  assert.equal(hostKeysIn(`ssh-rsa ${key}\n`.repeat(100)).length, 16);
});
