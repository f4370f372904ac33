import assert from 'node:assert/strict';
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeTrees } from '../../src/system/remove-trees.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('removes trees with any contents, and reports the freed space', async (t) => {
  const folder = scratchFolder(t);
  const at = (...names: string[]): string => join(folder, ...names);
  mkdirSync(at('a/deep/er'), { recursive: true });
  mkdirSync(at('b'));
  for (let i = 0; i < 100; i++) writeFileSync(at('a/deep/er', `file ${i}`), 'x'.repeat(5000));
  writeFileSync(at('outside'), 'stays');
  symlinkSync(at('outside'), at('a/link'));
  symlinkSync(at('nowhere'), at('a/dangling'));
  linkSync(at('outside'), at('a/other name'));
  // A file with three names in two of the trees counts once.
  const large = Buffer.alloc(1 << 20, 'x');
  writeFileSync(at('a/one'), large);
  linkSync(at('a/one'), at('a/two'));
  linkSync(at('a/one'), at('b/three'));
  writeFileSync(at('single'), 'x');
  chmodSync(at('a/deep'), 0o555);
  const freed = new Map<string, number>();
  await removeTrees(
    ['a', 'b', 'single', 'missing'].map((name) => at(name)),
    { onRemoved: (tree, bytes) => freed.set(tree, bytes) },
  );
  assert.deepEqual(readdirSync(folder), ['outside']);
  assert.deepEqual(
    [...freed.keys()].sort(),
    ['a', 'b', 'missing', 'single'].map((name) => at(name)),
  );
  const all = [...freed.values()].reduce((sum, bytes) => sum + bytes, 0);
  const least = (1 << 20) + 100 * 5000;
  assert.ok(all >= least && all < least + (1 << 20), `${all} bytes`);
});

test('stopping in between leaves the rest', async (t) => {
  const folder = scratchFolder(t);
  const trees = Array.from({ length: 50 }, (_, i) => join(folder, String(i)));
  for (const tree of trees) {
    mkdirSync(tree);
    writeFileSync(join(tree, 'x'), 'x');
  }
  const controller = new AbortController();
  await assert.rejects(removeTrees(trees, { signal: controller.signal, onRemoved: () => controller.abort(new Error('enough')) }), /enough/);
  assert.ok(trees.some((tree) => existsSync(tree)));
  await removeTrees(trees);
  assert.deepEqual(readdirSync(folder), []);
});
