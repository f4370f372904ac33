import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ExpressionPacks } from '../../src/session/expression-cache.ts';
import { evaluate } from './both-evaluators.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const key = (n: number): Buffer => Buffer.from(String.fromCharCode(n & 255, n >> 8).padEnd(32, '\xe9'), 'latin1');
const bytes = (n: number, length = 10 + (n % 30)): Uint8Array => Uint8Array.from({ length }, (_, i) => (n * 7 + i * 13) & 255);
const packs = (path: string): string[] => readdirSync(path).filter((name) => name.endsWith('.pack'));
const total = (path: string): number => packs(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);

/** `found` is the value added under the number, or nothing. */
function assertIs(found: Uint8Array | undefined, n: number, message?: string): void {
  assert.deepEqual(found && Buffer.from(found), Buffer.from(bytes(n)), message);
}

function save(path: string, numbers: readonly number[], ...bounds: number[]): void {
  const cache = new ExpressionPacks(path, ...bounds);
  for (const n of numbers) cache.add(key(n), bytes(n));
  cache.save();
}

test('the next run finds what was added, and nothing else', () => {
  const path = join(folder, 'kept');
  const first = new ExpressionPacks(path);
  assert.equal(first.find(key(1)), undefined);
  for (let n = 0; n < 300; n++) first.add(key(n), bytes(n));
  assertIs(first.find(key(7)), 7);
  first.save();
  // It can still be used after that.
  assertIs(first.find(key(8)), 8);
  first.add(key(301), bytes(301));
  first.save();
  const second = new ExpressionPacks(path);
  for (let n = 0; n < 300; n++) assertIs(second.find(key(n)), n);
  assertIs(second.find(key(301)), 301);
  assert.equal(second.find(key(300)), undefined);
  second.save();
  assert.equal(packs(path).length, 2);
});

test('with any byte of a pack changed, a lookup returns the right value or nothing', () => {
  const path = join(folder, 'flipped');
  save(path, [0, 1, 2, 3, 4]);
  const [name] = packs(path);
  const good = readFileSync(join(path, name!));
  let found = 0;
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(join(path, name!), bad);
    const cache = new ExpressionPacks(path);
    for (let n = 0; n < 6; n++) {
      const answer = cache.find(key(n));
      if (answer === undefined) continue;
      assertIs(answer, n, `byte ${at}`);
      found += 1;
    }
    // A value added in its place counts.
    cache.add(key(2), bytes(2));
    assertIs(cache.find(key(2)), 2);
  }
  // Damage to the data loses only one value; damage to the index loses all.
  const data = [0, 1, 2, 3, 4].reduce((sum, n) => sum + bytes(n).length, 0);
  assert.equal(found, 4 * data);
  for (let length = 0; length < good.length; length++) {
    writeFileSync(join(path, name!), good.subarray(0, length));
    const cache = new ExpressionPacks(path);
    for (let n = 0; n < 5; n++) {
      const answer = cache.find(key(n));
      if (answer !== undefined) assertIs(answer, n, `${length} bytes`);
    }
    assert.equal(cache.find(key(4)), undefined);
  }
});

test('a run that finds a damaged pack repairs it', () => {
  const path = join(folder, 'mended');
  save(path, [0, 1]);
  const file = join(path, packs(path)[0]!);
  for (const at of [0, 30, 70, statSync(file).size - 1]) {
    const bad = readFileSync(file);
    bad[at]! ^= 4;
    writeFileSync(file, bad);
    for (const bounds of [[], [1 << 20, 1]]) {
      copyFileSync(file, `${file}.bad`);
      save(path, [0, 1], ...bounds);
      assert.equal(packs(path).length, 1);
      const cache = new ExpressionPacks(path);
      assertIs(cache.find(key(0)), 0);
      assertIs(cache.find(key(1)), 1);
      if (bounds.length === 0) copyFileSync(`${file}.bad`, file);
    }
  }
});

test('concurrent saves keep the additions of each run', () => {
  const path = join(folder, 'shared');
  save(path, [100, 101]);
  const runs = Array.from({ length: 8 }, () => new ExpressionPacks(path));
  runs.forEach((run, n) => {
    assertIs(run.find(key(100)), 100);
    run.add(key(n), bytes(n));
  });
  runs.forEach((run) => run.save());
  const cache = new ExpressionPacks(path);
  for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 100, 101]) assertIs(cache.find(key(n)), n);
});

test('concurrent merges of packs lose nothing', () => {
  const path = join(folder, 'merging');
  for (let n = 0; n < 6; n++) save(path, [n]);
  const runs = Array.from({ length: 3 }, () => new ExpressionPacks(path, 1 << 20, 5));
  runs.forEach((run, n) => {
    assertIs(run.find(key(n)), n);
    run.add(key(10 + n), bytes(10 + n));
  });
  runs.forEach((run) => run.save());
  const cache = new ExpressionPacks(path);
  for (const n of [0, 1, 2, 3, 4, 5, 10, 11, 12]) assertIs(cache.find(key(n)), n);
  assert.equal(packs(path).length, 3);
});

test('reads a pack that is removed or replaced while it is open', () => {
  const path = join(folder, 'removed');
  save(path, [0, 1]);
  const cache = new ExpressionPacks(path);
  assertIs(cache.find(key(0)), 0);
  rmSync(path, { recursive: true });
  assertIs(cache.find(key(1)), 1);
  cache.add(key(2), bytes(2));
  cache.save();
  assertIs(new ExpressionPacks(path).find(key(2)), 2);
  assert.equal(new ExpressionPacks(path).find(key(0)), undefined);
});

test('merges too many packs into one', () => {
  const path = join(folder, 'many');
  for (let n = 0; n < 40; n++) {
    save(path, [n], 1 << 20, 4);
    assert.ok(packs(path).length <= 4, `${packs(path).length} packs`);
  }
  const cache = new ExpressionPacks(path);
  for (let n = 0; n < 40; n++) assertIs(cache.find(key(n)), n);
});

test('shrinks to its limit and keeps what was used', () => {
  const path = join(folder, 'bounded');
  save(path, [0, 1]);
  for (let run = 1; run < 20; run++) {
    const cache = new ExpressionPacks(path, 600, 100);
    assertIs(cache.find(key(0)), 0);
    assertIs(cache.find(key(1)), 1);
    for (let n = 0; n < 5; n++) cache.add(key(run * 5 + n), bytes(run * 5 + n));
    cache.save();
    // Each record has 72 bytes in the index; what one run adds may come on top.
    assert.ok(total(path) <= (600 + 5 * 40) * 8, `${total(path)} bytes`);
  }
  const cache = new ExpressionPacks(path);
  for (const n of [0, 1, 95, 99]) assertIs(cache.find(key(n)), n);
  assert.equal(cache.find(key(10)), undefined);
});

test('a value that is too large does not evict small ones', () => {
  const path = join(folder, 'large');
  save(path, [1, 2]);
  const large = new ExpressionPacks(path);
  large.add(key(50), bytes(50, 5000));
  large.save();
  const cache = new ExpressionPacks(path, 400, 10);
  assert.ok(cache.find(key(50)));
  cache.add(key(3), bytes(3));
  cache.save();
  const next = new ExpressionPacks(path);
  assert.equal(next.find(key(50)), undefined);
  for (const n of [1, 2, 3]) assertIs(next.find(key(n)), n);
});

test('ignores a place that cannot be written or is not a folder', () => {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  for (const place of [path, join(path, 'below')]) {
    const cache = new ExpressionPacks(place);
    cache.add(key(1), bytes(1));
    assertIs(cache.find(key(1)), 1);
    cache.save();
  }
  mkdirSync(join(folder, 'strange/x.pack'), { recursive: true });
  const cache = new ExpressionPacks(join(folder, 'strange'));
  assert.equal(cache.find(key(1)), undefined);
  save(join(folder, 'strange'), [1]);
  assertIs(new ExpressionPacks(join(folder, 'strange')).find(key(1)), 1);
});

test('an evaluation with a damaged pack has the same value', () => {
  const path = join(folder, 'whole');
  const program = join(folder, 'program');
  mkdirSync(program);
  writeFileSync(join(program, 'a.nix'), '{ x ? 1, ... }: rec { y = x + 1; p = ./b.nix; z = import p "s${toString y}"; }');
  writeFileSync(join(program, 'b.nix'), 's: [ s (builtins.stringLength s) ./. ]');
  const run = (): string | undefined => {
    const cache = new ExpressionPacks(path);
    const { value, counts, error } = evaluate('import ./a.nix { x = 2; }', program, { cache });
    assert.ok(counts, String(error));
    cache.save();
    return value;
  };
  const expected = evaluate('import ./a.nix { x = 2; }', program, { plain: true }).value;
  assert.equal(run(), expected);
  const [name] = packs(path);
  const good = readFileSync(join(path, name!));
  for (let at = 0; at < good.length; at += 3) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    rmSync(path, { recursive: true });
    mkdirSync(path);
    writeFileSync(join(path, name!), bad);
    assert.equal(run(), expected, `byte ${at}`);
    assert.equal(run(), expected, `byte ${at}, again`);
  }
});
