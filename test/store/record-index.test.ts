/** The index of the records of valid paths: faster, and never different from the records. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { LocalStore } from '../../src/store/local-store.ts';
import { testStore } from './support.ts';

const COUNT = 300;

test('many records are read from an index until one is written or removed', async (t) => {
  const store = testStore(t);
  const paths = Array.from({ length: COUNT }, (_, i) => store.addTextToStore(`text-${i}`, `text ${i}`, []));
  const records = paths.map((path) => store.queryPathInfo(path));
  const index = `${store.state}/valid.index`;
  const recordOf = (path: string): string => `${store.state}/valid/${path.slice('/nix/store/'.length, '/nix/store/'.length + 32)}.valid`;
  /** As a new process sees the store. */
  const fresh = (asked = paths): LocalStore => {
    const opened = LocalStore.open({ root: store.root });
    opened.holdAll(asked);
    return opened;
  };
  const isIndexed = (path: string): boolean => {
    // Only who has it from the index does not notice that the record cannot be read.
    const bytes = readFileSync(recordOf(path));
    writeFileSync(recordOf(path), 'damaged');
    const found = fresh().isValidPath(path);
    writeFileSync(recordOf(path), bytes);
    return found;
  };

  fresh();
  assert.equal(existsSync(index), false, 'a folder that has just changed may change again at the same time');
  await setTimeout(4000);
  fresh(paths.slice(0, 100));
  assert.equal(existsSync(index), false, 'a hundred paths need none');
  fresh();
  assert.equal(existsSync(index), true);
  assert.deepEqual(
    paths.map((path) => fresh().queryPathInfo(path)),
    records,
  );
  assert.equal(isIndexed(paths[7]!), true);
  assert.equal(fresh([...paths.slice(1), '/nix/store/00000000000000000000000000000000-missing']).isValidPath(paths[0]!), true);

  const intact = readFileSync(index);
  for (let at = 0; at < intact.length; at += Math.ceil(intact.length / 50)) {
    const damaged = Buffer.from(intact);
    damaged[at]! ^= 1;
    writeFileSync(index, damaged);
    assert.deepEqual(fresh().queryPathInfo(paths[9]!), records[9]);
  }
  writeFileSync(index, intact);
  assert.equal(isIndexed(paths[7]!), true);

  // Files that are gone although the record is there.
  rmSync(store.realPath(paths[1]!));
  assert.equal(fresh().isValidPath(paths[1]!), false);

  store.deletePath(paths[2]!);
  assert.equal(fresh().isValidPath(paths[2]!), false);
  assert.equal(isIndexed(paths[7]!), false);
  assert.equal(fresh().isValidPath(paths[7]!), true);
});
