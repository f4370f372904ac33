/** Paths that a running process protects from the garbage collector. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalStore } from '../../src/store/local-store.ts';
import { readTempRoots } from '../../src/store/temp-roots.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('paths that are held together are held as each on its own, once', (t) => {
  const store = LocalStore.open({ root: scratchFolder(t) });
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `/nix/store/${'0'.repeat(32)}-${name}`) as [string, string, string];
  const held = (): string[] => readTempRoots(`${store.state}/temproots`).map(({ path }) => path);
  store.queryPathInfo(a);
  store.holdAll([a, b]);
  assert.deepEqual(held(), [a, b]);
  store.holdAll([b, c, c]);
  store.queryPathInfo(c);
  assert.deepEqual(held(), [a, b, c]);
});
