import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('a missing judge skips the test; a fault that a judge finds fails it', () => {
  const environment = { ...process.env, NODE_TEST_CONTEXT: undefined, BOOTFLAKE_ROOT: '/proc/nowhere' };
  const { status, stdout } = spawnSync(process.execPath, ['scripts/test.mjs', 'test/support/cases/missing-judge.ts'], {
    encoding: 'utf8',
    env: environment,
    timeout: 60_000,
  });
  assert.match(stdout, /^skipped: .*missing-judge\.ts: with a judge that does not exist: no-such-judge is not on this machine/m);
  assert.match(stdout, /^failed: .*missing-judge\.ts: with a judge that finds a fault$/m);
  assert.match(stdout, /^1 passed, 1 failed, 1 skipped$/m);
  assert.equal(status, 1);
});
