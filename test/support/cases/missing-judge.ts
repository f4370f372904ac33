import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../judge.ts';

test('with a judge that does not exist', async (t) => {
  assert.match(await judge(t, 'no-such-judge', []), /fine/);
});

test('with a judge that finds a fault', async (t) => {
  await judge(t, 'false', []);
});

test('without a judge', () => {});
