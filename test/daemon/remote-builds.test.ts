/** Builds on other machines. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { MachinePool } from '../../src/realise/remote/machine-pool.ts';
import { realise } from '../../src/realise/realise.ts';
import { file } from '../../src/tree/file-tree.ts';
import { narOf, testFolder } from '../caches/support.ts';
import { builders, testStore, writeDerivation } from '../store/support.ts';
import { FAR, machine, withMachines } from './machines.ts';
import { logLine, Op, startDaemon } from './test-daemon.ts';

test('inputs are copied to the machine, the derivation is built there, its outputs come back', async (t) => {
  const store = testStore(t);
  const source = store.addTextToStore('source', 'source\n', []);
  const first = writeDerivation(store, 'first', '/bin/sh', {}, { sources: [source], system: FAR });
  const second = writeDerivation(store, 'second', '/bin/sh', { wants: first.out }, { drvs: [first], system: FAR });
  const far = await machine(t, {
    build: ({ drvPath }, socket) =>
      void socket.write(Buffer.concat([logLine(`building ${drvPath.slice(44)}`), logLine('\x1b]52;c;x\x07')])),
  });
  const { options, warnings, built, lines } = withMachines(`${far.uri} ${FAR}`);
  await realise(store, [second.drvPath], options);
  assert.equal(readFileSync(store.realPath(second.out), 'utf8'), `made of ${[first.out, source].sort().join(' ')}\n`);
  assert.deepEqual(store.queryPathInfo(second.out)!.references, [first.out, source].sort());
  assert.equal(store.queryPathInfo(second.out)!.deriver, second.drvPath);
  assert.deepEqual(store.verify({ contents: true }), []);
  const [one, two] = far.builds;
  assert.deepEqual([one!.system, one!.builder, one!.inputs], [FAR, '/bin/sh', [source]]);
  assert.deepEqual(two!.inputs, [first.out, source].sort());
  assert.equal(two!.env.get('__json'), JSON.stringify({ name: 'second', builder: '/bin/sh', wants: first.out }));
  assert.deepEqual(
    built.map(({ type, name, machine: where }) => `${type} ${name} ${where}`),
    ['first', 'second'].flatMap((name) => ['started', 'finished'].map((type) => `${type} ${name} ${far.uri}`)),
  );
  assert.equal(lines.filter((line) => line.startsWith('building')).length, 2);
  assert.deepEqual(warnings, []);
  assert.deepEqual([...far.roots].sort(), [first.out, source].sort());
  // The source was sent once; what the machine made itself was not sent at all.
  assert.equal(far.requests.filter((op) => op === Op.AddMultipleToStore).length, 1);
  assert.equal(far.connections, 1);
});

test("a failure has the machine's name and its words, and the last lines of the log", async (t) => {
  const store = testStore(t);
  const { drvPath } = writeDerivation(store, 'bad', '/bin/sh', {}, { system: FAR });
  const far = await machine(t, {
    build(_, socket) {
      socket.write(logLine('about to fail'));
      return "builder for '\x1b[35;1mbad\x1b[0m' failed with exit code 3";
    },
  });
  await assert.rejects(realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`).options), (error: BootflakeError) => {
    assert.equal(error.code, 'build/remote-failed');
    assert.equal(error.message, `build of '${drvPath}' on '${far.uri}' failed: builder for 'bad' failed with exit code 3`);
    assert.deepEqual(
      error.trace.map(({ message }) => message),
      ['log: about to fail', `while building '${drvPath}'`],
    );
    return true;
  });
});

test('a machine that cannot be reached is left out: the next one builds, else this host', async (t) => {
  const store = testStore(t);
  const one = writeDerivation(store, 'one', 'builtin:fetchurl', {});
  const two = writeDerivation(store, 'two', 'builtin:fetchurl', {});
  const refusing = await startDaemon(t, testFolder(t), { greet: (socket) => void socket.end('Sorry, this host is for members.\n') });
  const good = await machine(t);
  const local: string[] = [];
  const findBuilder = builders({
    async fetchurl({ outputFiles, drvPath }) {
      local.push(drvPath);
      writeFileSync(outputFiles.out!, 'made here');
    },
  });
  const gone = 'unix:///nonexistent/socket builtin - 1 99';
  const run = withMachines(`${gone}; ${refusing.uri} builtin - 1 50; ${good.uri} builtin`, {}, { findBuilder });
  await realise(store, [one.drvPath], run.options);
  assert.equal(good.builds.length, 1);
  assert.deepEqual(local, []);
  assert.match(run.warnings[0]!, /^cannot build on 'unix:\/\/\/nonexistent\/socket': cannot connect .*: there is no such socket$/);
  assert.match(run.warnings[1]!, /^cannot build on 'unix:.*': .*protocol mismatch, got "Sorry, this host/);
  const alone = withMachines(gone, {}, { findBuilder });
  await realise(store, [two.drvPath], alone.options);
  assert.deepEqual(local, [two.drvPath]);
  assert.equal(alone.warnings.length, 1);
});

test('without a place to build, the error says what was needed and what there is', async (t) => {
  const store = testStore(t);
  const far = writeDerivation(store, 'far', '/bin/sh', { requiredSystemFeatures: ['kvm'] }, { system: FAR });
  const here = writeDerivation(store, 'here', 'builtin:fetchurl', {});
  const near = await machine(t);
  const { options } = withMachines(`${near.uri} x86_64-linux,${FAR} - 3 1 big`);
  await assert.rejects(realise(store, [far.drvPath], options), { code: 'build/wrong-system' });
  await assert.rejects(realise(store, [far.drvPath], { ...options, cpuJobs: 0 }), {
    code: 'build/no-machine',
    message: new RegExp(
      `requires \\(${FAR}, \\[kvm\\]\\); machines .*\n  ${near.uri}: \\(\\[x86_64-linux, ${FAR}\\], 3, \\[big\\], \\[\\]\\)$`,
    ),
  });
  await assert.rejects(realise(store, [here.drvPath], { cpuJobs: 0 }), {
    code: 'build/no-machine',
    message: /builders names no other machine/,
  });
  const gone = withMachines(`unix:///nonexistent/socket ${FAR} - - - kvm`);
  await assert.rejects(realise(store, [far.drvPath], gone.options), { code: 'build/no-machine', message: /which cannot be reached/ });
});

test("bootflake's own builders never leave this host, even with no jobs for it", async (t) => {
  const store = testStore(t);
  const own = writeDerivation(store, 'own', 'builtin:tree', {});
  const far = await machine(t);
  const findBuilder = builders({ tree: async ({ outputFiles }) => writeFileSync(outputFiles.out!, 'own') });
  await realise(store, [own.drvPath], withMachines(`${far.uri} builtin`, {}, { findBuilder, cpuJobs: 0 }).options);
  assert.deepEqual([far.builds.length, readFileSync(store.realPath(own.out), 'utf8')], [0, 'own']);
});

test('the machine with the least load for its speed is chosen, by features, up to its number of jobs', async (t) => {
  const store = testStore(t);
  const slow = await machine(t);
  const fast = await machine(t);
  const special = await machine(t);
  const plain = Array.from({ length: 6 }, (_, i) => writeDerivation(store, `plain-${i}`, '/bin/sh', {}, { system: FAR }));
  const kvm = writeDerivation(store, 'kvm', '/bin/sh', { requiredSystemFeatures: ['kvm'] }, { system: FAR });
  const { options } = withMachines(
    `${slow.uri} ${FAR} - 1 1\n${fast.uri} ${FAR} - 2 4 big # the fast one\n\n${special.uri} ${FAR} - 8 100 - kvm`,
  );
  await realise(
    store,
    [...plain, kvm].map(({ drvPath }) => drvPath),
    options,
  );
  assert.deepEqual(
    special.builds.map(({ drvPath }) => drvPath),
    [kvm.drvPath],
  );
  assert.equal(slow.builds.length + fast.builds.length, 6);
  assert.ok(fast.builds.length >= 3, `${fast.builds.length}`);
  assert.ok(slow.builds.length >= 1);
  assert.ok(fast.connections <= 2);
});

test('an aborted build ends at once, and with it the connection, so that the machine stops', async (t) => {
  const store = testStore(t);
  const { drvPath } = writeDerivation(store, 'long', '/bin/sh', {}, { system: FAR });
  const controller = new AbortController();
  let gone: Promise<unknown> | undefined;
  const far = await machine(t, {
    answer(op, _, socket) {
      if (op !== Op.BuildDerivation) return false;
      gone = new Promise((resolve) => socket.once('close', resolve));
      setTimeout(() => controller.abort(new Error('enough')), 20);
      return new Promise(() => {});
    },
  });
  await assert.rejects(realise(store, [drvPath], { ...withMachines(`${far.uri} ${FAR}`).options, signal: controller.signal }), {
    message: 'enough',
  });
  await gone;
});

test('many derivations wait for few places, without a warning of Node', async (t) => {
  const store = testStore(t);
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const all = Array.from({ length: 40 }, (_, i) => writeDerivation(store, `many-${i}`, '/bin/sh', {}, { system: FAR }));
  const far = await machine(t);
  await realise(
    store,
    all.map(({ drvPath }) => drvPath),
    withMachines(`${far.uri} ${FAR} - 3`).options,
  );
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
  assert.equal(far.builds.length, 40);
  assert.ok(far.connections <= 3);
});

test('places are counted over all processes of a store', async (t) => {
  const { options } = withMachines(`unix:///a ${FAR} - 2 1; unix:///b ${FAR} - 1 1`);
  const folder = `${testFolder(t)}/current-load`;
  const pool = (): MachinePool => new MachinePool(options.machines!, folder, options.build!);
  const [one, two] = [pool(), pool()];
  const needs = { system: FAR, features: [] };
  const taken = [one.take(needs)!, two.take(needs)!, two.take(needs)!];
  assert.deepEqual(
    taken.map(({ machine: { name } }) => name),
    ['unix:///a', 'unix:///b', 'unix:///a'],
  );
  assert.deepEqual([one.take(needs), two.take(needs)], [undefined, undefined]);
  taken[1]!.release();
  assert.equal(one.take(needs)!.machine.name, 'unix:///b');
  assert.equal(one.fits({ system: 'builtin', features: [] }), true);
  assert.equal(one.fits({ system: FAR, features: ['kvm'] }), false);
});

test('a machine that does not trust us gets the derivation itself', async (t) => {
  const store = testStore(t);
  const source = store.addTextToStore('source', 'source\n', []);
  const { drvPath, out } = writeDerivation(store, 'distrusted', '/bin/sh', {}, { sources: [source], system: FAR });
  const far = await machine(t, {
    trust: 2,
    build: () => void far.paths.set(out, { nar: narOf(file(`made of ${source}`)), references: [source] }),
  });
  await realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`).options);
  assert.ok(far.paths.has(drvPath));
  assert.deepEqual(far.requests.slice(-3), [Op.BuildPathsWithResults, Op.QueryPathInfo, Op.NarFromPath]);
  assert.equal(far.requests.includes(Op.BuildDerivation), false);
  assert.deepEqual(store.queryPathInfo(out)!.references, [source]);
});
