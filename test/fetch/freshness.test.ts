/** How old something may be that is not asked for again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFresh } from '../../src/fetch/freshness.ts';

test('what was fetched within the time is fresh, also when the clock was set back a little', () => {
  const ages = { 0: true, 59.5: true, 60: false, [-0.7]: true, [-59]: true, [-3600]: false };
  for (const [age, fresh] of Object.entries(ages)) assert.equal(isFresh(Number(age), 60), fresh, age);
  assert.ok(!isFresh(0, 0));
  assert.ok(!isFresh(-0.5, 0));
});
