import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { CodeCacheFile } from '../../src/kept/code-cache.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const text = '(function (a) { return function b(c) { return a + c; }; })';

test('V8 accepts cached code, and only for the same text', () => {
  const path = join(folder, 'kept');
  const script = new Script(text);
  assert.equal((script.runInThisContext() as (a: number) => (c: number) => number)(1)(2), 3);
  assert.equal(new CodeCacheFile(path, Buffer.from(text)).load(), undefined);
  new CodeCacheFile(path, Buffer.from(text)).save({ data: script.createCachedData(), work: 9 });
  const kept = new CodeCacheFile(path, Buffer.from(text)).load();
  assert.equal(kept?.work, 9);
  assert.equal(new Script(text, { cachedData: kept!.data }).cachedDataRejected, false);
  assert.equal(new CodeCacheFile(path, Buffer.from(text.replace('+', '-'))).load(), undefined);
});

test('damaged or truncated code is never passed to V8', () => {
  const path = join(folder, 'flipped');
  new CodeCacheFile(path, Buffer.from(text)).save({ data: new Script(text).createCachedData(), work: 0 });
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(path, bad);
    assert.equal(new CodeCacheFile(path, Buffer.from(text)).load(), undefined, `byte ${at}`);
  }
  for (const length of [0, 31, 64, 65, good.length - 1]) {
    writeFileSync(path, good.subarray(0, length));
    assert.equal(new CodeCacheFile(path, Buffer.from(text)).load(), undefined, `${length} bytes`);
  }
});
