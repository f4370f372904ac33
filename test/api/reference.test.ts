import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

test('the reference builds without a warning: every public name is documented, every link resolves', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['node_modules/typedoc/bin/typedoc', '--emit', 'none'], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  assert.deepEqual({ status, told: stdout + stderr }, { status: 0, told: '' });
});
