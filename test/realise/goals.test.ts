import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { writeCanonicalTree } from '../../src/store/physical-tree.ts';
import { narHash } from '../../src/nix-format/nar-writer.ts';
import { sri } from '../../src/nix-format/hash.ts';
import { file } from '../../src/tree/file-tree.ts';
import { planRealise } from '../../src/realise/plan.ts';
import { realise } from '../../src/realise/realise.ts';
import type { Substitute, Substituter } from '../../src/realise/realise-types.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { builders, testStore, writeDerivation, type TestDerivation } from '../store/support.ts';

interface CachedPath {
  references?: string[];
  /** The fetch fails with this. */
  error?: string;
}

/** A binary cache in memory, which notes what it was asked for. */
function cacheOf(paths: Record<string, CachedPath>): Substituter & { asked: string[]; fetched: string[]; most: number } {
  const asked: string[] = [];
  const fetched: string[] = [];
  let running = 0;
  const cache = {
    asked,
    fetched,
    most: 0,
    async find(path: string): Promise<Substitute[]> {
      asked.push(path);
      await new Promise((done) => setImmediate(done));
      const entry = paths[path];
      return entry ? [{ cache: { uri: 'test:cache' }, info: { narSize: 100, fileSize: 10, references: entry.references ?? [] } }] : [];
    },
    async substitute(store: LocalStore, path: string): Promise<void> {
      cache.most = Math.max(cache.most, ++running);
      await new Promise((done) => setTimeout(done, 2));
      running--;
      const { error, references = [] } = paths[path]!;
      if (error !== undefined) throw new BootflakeError({ code: 'store/substitution-failed', message: error });
      fetched.push(path);
      const node = file(new TextEncoder().encode(`fetched ${path}`));
      const place = store.temporary.newPath();
      writeCanonicalTree(place, node);
      const { sha256, size } = narHash(node);
      store.moveIntoPlace(place, path);
      store.registerValidPath({ path, narHash: sri(sha256), narSize: size, references: [...references] });
    },
  };
  return cache;
}

const text = builders({ text: async ({ attrs, outputFiles }) => writeFileSync(outputFiles.out!, String(attrs.text)) });
const nothingToBuild = builders({ text: async () => assert.fail('nothing is to be built') });
const foreign = '/nix/store/00000000000000000000000000000000-foreign';

/** A derivation that caches are asked for. */
function derivation(store: LocalStore, name: string, drvs: TestDerivation[] = [], attrs: Record<string, unknown> = {}): TestDerivation {
  return writeDerivation(store, name, 'builtin:fetchurl', { text: name, ...attrs }, { drvs });
}
const fetchurl = (name: string) => text(name === 'fetchurl' ? 'text' : name);

test('a path that a cache has with all its references is fetched, references first, and nothing below it is looked at', async (t) => {
  const store = testStore(t);
  const input = derivation(store, 'input');
  const top = derivation(store, 'top', [input]);
  const cache = cacheOf({ [top.out]: { references: [foreign, top.out] }, [foreign]: {} });
  const plan = await planRealise(store, [top.drvPath], { substituter: cache });
  assert.deepEqual(
    plan.toFetch.map(({ path }) => path),
    [top.out, foreign].sort(),
  );
  assert.deepEqual([plan.toBuild, plan.downloadBytes, plan.unpackedBytes], [[], 20, 200]);
  const [result] = await realise(store, [top.drvPath], { substituter: cache, findBuilder: nothingToBuild });
  assert.deepEqual(result!.outputs, { out: top.out });
  assert.deepEqual(cache.fetched, [foreign, top.out]);
  assert.ok(!cache.asked.includes(input.out));
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.deepEqual((await planRealise(store, [top.drvPath], { substituter: cache })).toFetch, []);
});

test('what no cache has whole is built, from inputs that are fetched where that is possible', async (t) => {
  const store = testStore(t);
  const fetched = derivation(store, 'fetched');
  const built = derivation(store, 'built');
  const top = derivation(store, 'top', [fetched, built]);
  // The cache has top, but not what top refers to.
  const cache = cacheOf({ [fetched.out]: {}, [top.out]: { references: [foreign] } });
  const plans: string[][] = [];
  await realise(store, [top.drvPath], {
    substituter: cache,
    findBuilder: fetchurl,
    onPlan: ({ toBuild, toFetch }) => plans.push([...toBuild.map(({ name }) => name), ...toFetch.map(({ path }) => path)]),
  });
  assert.deepEqual(plans, [['built', 'top', fetched.out]]);
  assert.deepEqual(cache.fetched, [fetched.out]);
  assert.equal(store.isValidPath(top.out), true);
});

test('caches are not asked for what says allowSubstitutes = false, nor for built-in builders of our own', async (t) => {
  const store = testStore(t);
  const refused = derivation(store, 'refused', [], { allowSubstitutes: false });
  const own = writeDerivation(store, 'own', 'builtin:text', { text: 'own' });
  const cache = cacheOf({ [refused.out]: {}, [own.out]: {} });
  await realise(store, [refused.drvPath, own.drvPath], { substituter: cache, findBuilder: fetchurl });
  assert.deepEqual([cache.asked, cache.fetched], [[], []]);
  const other = testStore(t);
  derivation(other, 'refused', [], { allowSubstitutes: false });
  await realise(other, [refused.drvPath], { substituter: cache, findBuilder: nothingToBuild, alwaysAllowSubstitutes: true });
  assert.deepEqual(cache.fetched, [refused.out]);
});

test('a fetch that fails ends the run with what to do; with fallback it is built', async (t) => {
  const store = testStore(t);
  const top = derivation(store, 'top');
  const above = derivation(store, 'above', [top]);
  const cache = cacheOf({ [top.out]: { references: [foreign] }, [foreign]: { error: 'the link was cut' } });
  await assert.rejects(realise(store, [above.drvPath], { substituter: cache, findBuilder: fetchurl }), (error: BootflakeError) => {
    assert.equal(error.code, 'store/substitution-failed');
    assert.match(error.message, /the link was cut/);
    assert.match(error.hint!, /--fallback/);
    return true;
  });
  assert.equal(store.isValidPath(above.out), false);
  await realise(store, [above.drvPath], { substituter: cache, findBuilder: fetchurl, fallback: true });
  assert.equal(store.isValidPath(top.out), true);
  assert.equal(store.isValidPath(foreign), false);
});

test('with keepGoing, what does not depend on a failure is made, and all failures are reported', async (t) => {
  const store = testStore(t);
  const bad = writeDerivation(store, 'bad', 'builtin:bad', {});
  const worse = writeDerivation(store, 'worse', 'builtin:bad', {});
  const good = writeDerivation(store, 'good', 'builtin:text', { text: 'good' });
  const broken = writeDerivation(store, 'broken', 'builtin:text', { text: 'never' }, { drvs: [bad, good] });
  const findBuilder = builders({
    bad: async () => {
      throw new Error('it broke');
    },
    text: async ({ attrs, outputFiles }) => {
      await new Promise((done) => setTimeout(done, 20));
      writeFileSync(outputFiles.out!, String(attrs.text));
    },
  });
  const reported: unknown[] = [];
  await assert.rejects(
    realise(store, [broken.drvPath, worse.drvPath, good.drvPath], {
      findBuilder,
      keepGoing: true,
      onFailure: (error) => reported.push(error),
    }),
    (error: BootflakeError) => {
      assert.equal(error.code, 'build/several-failed');
      const [heading, ...lines] = error.message.split('\n');
      assert.equal(heading, '2 builds failed:');
      const expected = [bad, worse].map(({ drvPath }) => `  '${drvPath}': builder 'builtin:bad' failed: it broke`);
      assert.deepEqual(lines.sort(), expected.sort());
      return true;
    },
  );
  assert.equal(reported.length, 2);
  assert.deepEqual(
    [bad, worse, good, broken].map(({ out }) => store.isValidPath(out)),
    [false, false, true, false],
  );
});

test('with keepGoing, one failure that was reported already is only named at the end', async (t) => {
  const store = testStore(t);
  const bad = writeDerivation(store, 'bad', 'builtin:bad', {});
  const top = writeDerivation(store, 'top', 'builtin:bad', {}, { drvs: [bad] });
  const findBuilder = builders({
    bad: async () => {
      throw new Error('it broke\nin two lines');
    },
  });
  const reported: unknown[] = [];
  const onFailure = (error: unknown): void => void reported.push(error);
  await assert.rejects(realise(store, [top.drvPath], { findBuilder, keepGoing: true, onFailure }), {
    code: 'build/failed',
    message: `1 build failed:\n  '${bad.drvPath}': builder 'builtin:bad' failed: it broke`,
  });
  assert.equal(reported.length, 1);
  assert.match((reported[0] as Error).message, /in two lines$/);
  await assert.rejects(realise(store, [top.drvPath], { findBuilder, keepGoing: true }), { message: /in two lines$/ });
});

test('paths that refer to each other are refused with their names, whichever is wanted first', async (t) => {
  const store = testStore(t);
  const [a, b] = [derivation(store, 'a'), derivation(store, 'b')];
  const cache = cacheOf({ [a.out]: { references: [b.out] }, [b.out]: { references: [a.out] } });
  await assert.rejects(realise(store, [a.drvPath, b.drvPath], { substituter: cache, findBuilder: fetchurl }), {
    code: 'store/reference-cycle',
    message: /'test:cache' describes paths that refer to each other: \S+ -> \S+ -> \S+$/,
  });
  assert.deepEqual(cache.fetched, []);
});

test('a chain of 10,000 references is not too deep', async (t) => {
  const store = testStore(t);
  const name = (i: number): string => `/nix/store/${String(i).padStart(32, '0')}-link`;
  const top = derivation(store, 'top');
  const length = 10_000;
  const paths: Record<string, CachedPath> = { [top.out]: { references: [name(0)] } };
  for (let i = 0; i < length; i++) paths[name(i)] = { references: i + 1 < length ? [name(i + 1)] : [] };
  const plan = await planRealise(store, [top.drvPath], { substituter: cacheOf(paths) });
  assert.equal(plan.toFetch.length, length + 1);
});

test('an abort while paths are fetched ends the run with its reason', async (t) => {
  const store = testStore(t);
  const tops = Array.from({ length: 30 }, (_, i) => derivation(store, `top${i}`));
  const cache = cacheOf(Object.fromEntries(tops.map(({ out }) => [out, {}])));
  const controller = new AbortController();
  await assert.rejects(
    realise(
      store,
      tops.map(({ drvPath }) => drvPath),
      {
        substituter: cache,
        substitutionJobs: 3,
        signal: controller.signal,
        onFetch: ({ type }) => {
          if (type === 'finished') controller.abort();
        },
      },
    ),
    { name: 'AbortError' },
  );
  assert.ok(cache.most <= 3 && cache.fetched.length < 10, `${cache.most} ${cache.fetched.length}`);
});
