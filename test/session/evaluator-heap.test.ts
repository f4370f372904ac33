import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { evaluatorFlags } from '../../src/session/evaluator-heap.ts';

test('V8 accepts each flag that is set for its version', () => {
  const flags = evaluatorFlags(process.versions.v8);
  assert.ok(flags.length > 0, `no flags for V8 ${process.versions.v8}: measure and add it`);
  const { stderr, status } = spawnSync(process.execPath, [...flags, '--heap-growing-percent=0', '--expose-gc', '--eval', ''], {
    encoding: 'utf8',
  });
  assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
});

test('sets no flags for a version without measurements', () => {
  assert.deepEqual(evaluatorFlags('99.0.1-node.1'), []);
});
