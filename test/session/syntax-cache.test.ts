import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SyntaxCacheFile } from '../../src/session/syntax-cache.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const key = (n: number) => String.fromCharCode(n & 255, n >> 8).padEnd(32, '\xe9');
const numbers = (n: number) => Uint32Array.from([n, n + 400, n + 3, n + 5, n + 70_000, 2 ** 32 - 1]);

test('the next run finds what was added, and nothing else', () => {
  const path = join(folder, 'kept');
  const first = new SyntaxCacheFile(path);
  assert.equal(first.find(key(1)), undefined);
  for (let n = 0; n < 300; n++) first.add(key(n), numbers(n));
  first.save();
  const second = new SyntaxCacheFile(path);
  for (let n = 0; n < 300; n++) assert.deepEqual(second.find(key(n)), numbers(n));
  assert.equal(second.find(key(300)), undefined);
});

test('ignores a file with a flipped bit', () => {
  const path = join(folder, 'flipped');
  const cache = new SyntaxCacheFile(path);
  for (let n = 0; n < 5; n++) cache.add(key(n), numbers(n));
  cache.save();
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(path, bad);
    for (let n = 0; n < 5; n++) assert.equal(new SyntaxCacheFile(path).find(key(n)), undefined, `byte ${at}`);
  }
  for (const length of [0, 1, 20, 51, good.length - 1]) {
    writeFileSync(path, good.subarray(0, length));
    assert.equal(new SyntaxCacheFile(path).find(key(0)), undefined, `${length} bytes`);
  }
  const mended = new SyntaxCacheFile(path);
  mended.add(key(7), numbers(7));
  mended.save();
  assert.deepEqual(new SyntaxCacheFile(path).find(key(7)), numbers(7));
});

test('stays below its limit, and keeps what was used last', () => {
  const path = join(folder, 'bounded');
  for (let run = 0; run < 10; run++) {
    const cache = new SyntaxCacheFile(path, { mostBytes: 2000 });
    cache.find(key(0));
    for (let n = 0; n < 10; n++) cache.add(key(1 + run * 10 + n), numbers(n));
    if (run === 0) cache.add(key(0), numbers(0));
    cache.save();
    assert.ok(statSync(path).size <= 2100, `${statSync(path).size} bytes`);
  }
  const cache = new SyntaxCacheFile(path, { mostBytes: 2000 });
  assert.deepEqual(cache.find(key(0)), numbers(0));
  assert.deepEqual(cache.find(key(100)), numbers(9));
  assert.equal(cache.find(key(1)), undefined);
});

test('concurrent saves leave one valid cache', () => {
  const path = join(folder, 'shared');
  const runs = Array.from({ length: 20 }, () => new SyntaxCacheFile(path));
  runs.forEach((run, n) => run.add(key(n), numbers(n)));
  runs.forEach((run) => run.save());
  assert.deepEqual(new SyntaxCacheFile(path).find(key(19)), numbers(19));
});

test('ignores a place that cannot be written', () => {
  const path = join(folder, 'kept', 'below-a-file');
  const cache = new SyntaxCacheFile(path);
  cache.add(key(1), numbers(1));
  cache.save();
  assert.deepEqual(cache.find(key(1)), numbers(1));
});
