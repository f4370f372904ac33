import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planRealise } from '../../src/realise/plan.ts';
import { realise } from '../../src/realise/realise.ts';
import type { BootflakeError } from '../../src/base/errors.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { builders, testStore, writeDerivation, type TestDerivation } from '../store/support.ts';

const write =
  (text: string) =>
  async ({ outputFiles }: { outputFiles: Record<string, string> }) =>
    writeFileSync(outputFiles.out!, text);

test('builds inputs before their dependents, downloads and builds in parallel', async (t) => {
  const store = testStore(t);
  const downloads = Array.from({ length: 12 }, (_, i) => writeDerivation(store, `package-${i}`, 'builtin:download', { size: i }));
  const merged = writeDerivation(store, 'merged', 'builtin:merge', { debs: downloads.map(({ out }) => out) }, { drvs: downloads });
  let [running, most] = [0, 0];
  const order: number[] = [];
  const findBuilder = builders(
    {
      async download({ attrs, outputFiles }) {
        order.push(attrs.size as number);
        most = Math.max(most, ++running);
        await new Promise((done) => setTimeout(done, 5));
        running--;
        writeFileSync(outputFiles.out!, `package ${String(attrs.size)}`);
      },
      async merge({ attrs, outputFiles, realPath }) {
        writeFileSync(
          outputFiles.out!,
          (attrs.debs as string[]).map((path) => `${path} ${readFileSync(realPath(path), 'utf8')}\n`).join(''),
        );
      },
    },
    { download: 'network' },
  );
  assert.equal((await planRealise(store, [merged.drvPath])).toBuild.length, 13);
  const [result] = await realise(store, [merged.drvPath], { findBuilder, networkJobs: 5 });
  assert.deepEqual(result, { drvPath: merged.drvPath, outputs: { out: merged.out } });
  assert.equal(most, 5);
  assert.deepEqual(order.slice(0, 5), [11, 10, 9, 8, 7]);
  assert.deepEqual(store.queryPathInfo(merged.out)!.references, downloads.map(({ out }) => out).sort());
  assert.equal(store.queryPathInfo(merged.out)!.deriver, merged.drvPath);
  assert.equal(store.computeClosure([merged.out]).length, 13);
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.deepEqual((await planRealise(store, [merged.drvPath])).toBuild, []);
  await realise(store, [merged.drvPath], { findBuilder: async () => assert.fail('nothing is to be built') });
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), []);
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/locks')), []);
});

test('a failed build reports its derivation and log, stops the others and leaves the store intact', async (t) => {
  const store = testStore(t);
  const good = writeDerivation(store, 'good', 'builtin:good', {});
  const bad = writeDerivation(store, 'bad', 'builtin:bad', {}, { drvs: [good] });
  const slow = writeDerivation(store, 'slow', 'builtin:slow', {});
  const all = writeDerivation(store, 'all', 'builtin:good', {}, { drvs: [good, bad, slow] });
  let stopped = false;
  const findBuilder = builders(
    {
      good: write('good'),
      async bad({ log, outputFiles }) {
        mkdirSync(outputFiles.out!);
        writeFileSync(`${outputFiles.out!}/half`, 'half');
        log('reading the entrails');
        await new Promise((done) => setTimeout(done, 10));
        throw new Error('the entrails are unclear');
      },
      slow: ({ signal }) =>
        new Promise((_, fail) =>
          signal.addEventListener('abort', () => {
            stopped = true;
            fail(signal.reason as Error);
          }),
        ),
    },
    { slow: 'network' },
  );
  await assert.rejects(realise(store, [all.drvPath], { findBuilder, cpuJobs: 1 }), (error: BootflakeError) => {
    assert.equal(error.code, 'build/failed');
    assert.match(error.message, /the entrails are unclear/);
    assert.deepEqual(
      error.trace.map(({ message }) => message),
      ['log: reading the entrails', `while building '${bad.drvPath}'`],
    );
    return true;
  });
  assert.equal(stopped, true);
  assert.deepEqual(
    [good, bad, slow, all].map(({ out }) => store.isValidPath(out)),
    [true, false, false, false],
  );
  assert.equal(existsSync(store.realPath(bad.out)), false);
  assert.match(
    readFileSync(`${store.root}/nix/var/log/nix/drvs/${bad.drvPath.slice(11, 13)}/${bad.drvPath.slice(13)}`, 'utf8'),
    /entrails/,
  );
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), []);
});

test('an abort ends the builds with its reason', async (t) => {
  const store = testStore(t);
  const endless = writeDerivation(store, 'endless', 'builtin:endless', {});
  const controller = new AbortController();
  const findBuilder = builders({
    endless: ({ signal }) =>
      new Promise((_, fail) => {
        signal.addEventListener('abort', () => fail(signal.reason as Error));
        setTimeout(() => controller.abort(), 5);
      }),
  });
  await assert.rejects(realise(store, [endless.drvPath], { findBuilder, signal: controller.signal }), { name: 'AbortError' });
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/locks')), []);
});

test('reports what cannot be built before building anything', async (t) => {
  const store = testStore(t);
  const input = writeDerivation(store, 'input', 'builtin:input', {});
  const foreign = writeDerivation(store, 'hello', '/bin/sh', {}, { drvs: [input], system: 'x86_64-darwin' });
  const unknown = writeDerivation(store, 'odd', 'builtin:odd', {}, { drvs: [input] });
  const findBuilder = builders({ input: async () => assert.fail('it must not be built') });
  await assert.rejects(realise(store, [foreign.drvPath], { findBuilder }), {
    code: 'build/wrong-system',
    message: /required system 'x86_64-darwin'/,
  });
  await assert.rejects(realise(store, [unknown.drvPath], { findBuilder }), { code: 'build/unknown-builder' });
  await assert.rejects(realise(store, ['/nix/store/00000000000000000000000000000000-x.drv']), { code: 'build/no-derivation' });
  await assert.rejects(realise(store, [`${input.drvPath}!dev`]), { code: 'build/no-output', message: /it has 'out'/ });
});

test('refuses a missing output and a reference to something that is not an input', async (t) => {
  const store = testStore(t);
  const nothing = writeDerivation(store, 'nothing', 'builtin:nothing', {});
  await assert.rejects(realise(store, [nothing.drvPath], { findBuilder: builders({ nothing: async () => {} }) }), {
    code: 'build/missing-output',
  });
  const liar = writeDerivation(store, 'liar', 'builtin:liar', {});
  const findBuilder = builders({
    async liar({ outputFiles }) {
      writeFileSync(outputFiles.out!, '');
      return { outputs: { out: { references: ['/nix/store/00000000000000000000000000000000-none'] } } };
    },
  });
  await assert.rejects(realise(store, [liar.drvPath], { findBuilder }), { code: 'store/invalid-path' });
  assert.equal(store.isValidPath(liar.out), false);
});

test('--rebuild names the first file that differs', async (t) => {
  const store = testStore(t);
  const derivation = writeDerivation(store, 'dice', 'builtin:dice', {});
  let throws = 0;
  const findBuilder = builders({
    async dice({ outputFiles }) {
      mkdirSync(`${outputFiles.out!}/sub`, { recursive: true });
      writeFileSync(`${outputFiles.out!}/a`, 'always');
      writeFileSync(`${outputFiles.out!}/sub/b`, throws++ === 1 ? 'throw 0' : 'throw 1');
    },
  });
  await assert.rejects(realise(store, [derivation.drvPath], { findBuilder, rebuild: true }), { code: 'store/rebuild-not-built' });
  await realise(store, [derivation.drvPath], { findBuilder });
  await assert.rejects(realise(store, [derivation.drvPath], { findBuilder, rebuild: true }), {
    code: 'store/not-deterministic',
    message: /'\/sub\/b' differs at byte 6/,
  });
  await realise(store, [derivation.drvPath], { findBuilder, rebuild: true });
  assert.equal(throws, 3);
});

test('--rebuild blames a damaged input rather than the builder', async (t) => {
  const store = testStore(t);
  const source = writeDerivation(store, 'source', 'builtin:source', {});
  const copy = writeDerivation(store, 'copy', 'builtin:copy', { source: source.out }, { drvs: [source] });
  const top = writeDerivation(store, 'top', 'builtin:dice', { copy: copy.out }, { drvs: [copy] });
  let throws = 0;
  const findBuilder = builders({
    source: async ({ outputFiles }) => writeFileSync(outputFiles.out!, 'right'),
    copy: async ({ attrs, outputFiles, realPath }) =>
      writeFileSync(outputFiles.out!, `${readFileSync(realPath(attrs.source as string), 'utf8')} ${attrs.source as string}`),
    dice: async ({ attrs, outputFiles }) => writeFileSync(outputFiles.out!, `${throws++} ${attrs.copy as string}`),
  });
  await realise(store, [top.drvPath], { findBuilder });
  const rebuild = (drvPath: string) => realise(LocalStore.open({ root: store.root }), [drvPath], { findBuilder, rebuild: true });
  const damage = (path: string): void => {
    chmodSync(store.realPath(path), 0o644);
    writeFileSync(store.realPath(path), 'wrong');
  };
  await assert.rejects(rebuild(top.drvPath), { code: 'store/not-deterministic', message: /differs at byte 0/ });
  damage(top.out);
  await assert.rejects(rebuild(top.drvPath), {
    code: 'store/not-deterministic',
    message: /where is not known, as its files in the store were changed/,
  });
  damage(source.out);
  await assert.rejects(rebuild(copy.drvPath), {
    code: 'store/damaged-input',
    message:
      `a second build of '${copy.drvPath}' cannot be compared with the first: its input '${source.out}' has changed on ` +
      'the disk since then',
    hint: new RegExp(`bootflake store delete --ignore-liveness ${source.out} ${copy.out} ${top.out}$`),
  });
  // Also for an input of an input.
  await assert.rejects(rebuild(top.drvPath), { code: 'store/damaged-input', message: new RegExp(`its input '${source.out}' has changed`) });
  // After the damaged path is deleted, everything is built again without faults.
  store.deletePath(source.out);
  await realise(LocalStore.open({ root: store.root }), [top.drvPath], { findBuilder });
  assert.deepEqual(store.verify({ contents: true }), []);
});

test('refuses a disk that is too small for its packages before downloading anything', async (t) => {
  const store = testStore(t);
  const deb = (pname: string, mebibytes: number) =>
    writeDerivation(store, pname, 'builtin:debian-package', { pname, size: mebibytes << 18, installedSize: mebibytes * 1024 });
  const debs = [deb('linux-image', 120), deb('python3.13', 40), deb('libc6', 152)];
  const toplevel = writeDerivation(store, 'system', 'builtin:tree', { entries: [] }, { drvs: debs });
  const image = (diskSize: number | 'auto', rootMaximum?: number): TestDerivation =>
    writeDerivation(
      store,
      'image',
      'builtin:disk-image',
      { diskSize, ...(rootMaximum !== undefined && { rootMaximum }), bootSize: 256, partitionTableType: 'hybrid', toplevel: toplevel.out },
      { drvs: [toplevel] },
    );
  await assert.rejects(planRealise(store, [image(400).drvPath]), {
    code: 'disk/too-small',
    message: /closure 312 MiB.*root partition 14\d MiB.*\n.*\n +152 MiB {2}libc6\n +120 MiB {2}linux-image/,
    hint: /diskSize = 704 or more/,
  });
  await assert.rejects(
    realise(store, [image(400).drvPath], {
      findBuilder: builders({ 'debian-package': async () => assert.fail('fetched'), tree: async () => {}, 'disk-image': async () => {} }),
    }),
    { code: 'disk/too-small' },
  );
  await assert.rejects(planRealise(store, [image('auto', 150).drvPath]), {
    code: 'disk/too-small',
    message: /too small by at least 38 MiB: closure 312 MiB.*root partition 150 MiB \(its SizeMaxBytes\)/,
    hint: /SizeMaxBytes = "448M" or more/,
  });
  const plan = await planRealise(store, [image('auto').drvPath]);
  assert.equal(plan.downloadBytes, 78 << 20);
  assert.equal(plan.unpackedBytes, 312 << 20);
  assert.equal(plan.toBuild.length, 5);
  assert.equal((await planRealise(store, [image(1024).drvPath], { whole: true })).installedSize, 312 << 20);
});

test('realising a closure of 200 paths again takes less than 100 ms', async (t) => {
  const store = testStore(t);
  const inputs = Array.from({ length: 200 }, (_, i) => writeDerivation(store, `p${i}`, 'builtin:text', { i }));
  const top = writeDerivation(store, 'top', 'builtin:top', { inputs: inputs.map(({ out }) => out) }, { drvs: inputs });
  const findBuilder = builders({
    text: write('text'),
    top: async ({ outputFiles, attrs }) => writeFileSync(outputFiles.out!, (attrs.inputs as string[]).join('\n')),
  });
  await realise(store, [top.drvPath], { findBuilder });
  const { LocalStore } = await import('../../src/store/local-store.ts');
  const begun = performance.now();
  const again = LocalStore.open({ root: store.root });
  await realise(again, [top.drvPath], { findBuilder });
  const took = performance.now() - begun;
  t.diagnostic(`${took.toFixed(1)} ms`);
  assert.ok(took < 100);
  assert.equal(again.computeClosure([top.out]).length, 201);
});
