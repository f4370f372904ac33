/** Builds on other machines. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { readBuildSettings } from '../../src/settings/build-settings.ts';
import { readMachines } from '../../src/settings/machines.ts';
import { MachinePool } from '../../src/realise/remote/machine-pool.ts';
import type { ProgressEvent } from '../../src/base/progress.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { realise } from '../../src/realise/realise.ts';
import type { BuildEvent, RealiseOptions } from '../../src/realise/realise-types.ts';
import { file } from '../../src/tree/file-tree.ts';
import { narOf, storePath, testFolder } from '../caches/support.ts';
import { builders, testStore, writeDerivation } from '../store/support.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { startRealDaemon } from './real-daemon.ts';
import {
  errorMessage,
  logLine,
  Op,
  startDaemon,
  str,
  u64,
  unkeyedInfo,
  type BuildRequest,
  type TestDaemon,
  type TestDaemonOptions,
} from './test-daemon.ts';

const FAR = 'riscv64-linux';

interface Run {
  options: RealiseOptions;
  warnings: string[];
  built: BuildEvent[];
  lines: string[];
}

/** What realises with these machines: entries as in the machines file. */
function withMachines(entries: string, settings: Record<string, string> = {}, more: Partial<RealiseOptions> = {}): Run {
  const run: Run = { options: {}, warnings: [], built: [], lines: [] };
  run.options = {
    build: readBuildSettings(new Map(Object.entries(settings))),
    machines: {
      machines: readMachines(entries, 'x86_64-linux'),
      useSubstitutes: false,
      env: process.env,
      connectTimeout: 5,
      stalledAfter: 5,
      onWarning: (message) => void run.warnings.push(message),
    },
    onBuild: (event) => void run.built.push(event),
    onLog: (_, line) => void run.lines.push(line),
    ...more,
  };
  return run;
}

/** A machine that makes of each derivation a file with its name in it, and what `build` adds. */
async function machine(t: TestContext, options: TestDaemonOptions = {}): Promise<TestDaemon & { builds: BuildRequest[] }> {
  const builds: BuildRequest[] = [];
  const daemon: TestDaemon = await startDaemon(t, testFolder(t), {
    ...options,
    build(request, socket) {
      builds.push(request);
      const failure = options.build?.(request, socket);
      if (failure !== undefined) return failure;
      const inputs = request.inputs.filter((path) => !path.endsWith('.drv'));
      for (const path of request.outputs.values())
        if (!daemon.paths.has(path)) daemon.paths.set(path, { nar: narOf(file(`made of ${inputs.join(' ')}\n`)), references: inputs });
    },
  });
  return Object.assign(daemon, { builds });
}

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

/** Each lies about the output; nothing of it may become valid. */
const lies: Record<string, { options: (out: string) => TestDaemonOptions; code: string; settings?: Record<string, string> }> = {
  'another hash': {
    code: 'daemon/hash-mismatch',
    options: (out) => ({
      answer: answering(
        Op.QueryPathInfo,
        () => Buffer.concat([u64(0x616c7473), u64(1), unkeyedInfo({ nar: narOf(file('MADE OF \n')) })]),
        out,
      ),
    }),
  },
  'no output': {
    code: 'build/remote-failed',
    options: (out) => ({ answer: answering(Op.QueryPathInfo, () => Buffer.concat([u64(0x616c7473), u64(0)]), out) }),
  },
  'an archive that is none': {
    code: 'daemon/bad-archive',
    options: (out) => ({ answer: answering(Op.NarFromPath, () => Buffer.concat([u64(0x616c7473), Buffer.alloc(1000, 'x')]), out) }),
  },
  'a file outside': {
    code: 'daemon/bad-archive',
    options: (out) => ({
      answer: answering(
        Op.NarFromPath,
        () =>
          Buffer.concat([
            u64(0x616c7473),
            str('nix-archive-1'),
            ...['(', 'type', 'directory', 'entry', '(', 'name', '../escape', 'node'].map(str),
            Buffer.alloc(500),
          ]),
        out,
      ),
    }),
  },
  'a build refused': {
    code: 'build/remote-failed',
    options: () => ({
      async answer(op, client, socket) {
        if (op !== Op.BuildDerivation) return false;
        socket.write(errorMessage('you are not privileged to build input-addressed derivations'));
        await client.bytes(1 << 20);
        return true;
      },
    }),
  },
  'an end in the middle of a build': { code: 'daemon/closed', options: () => ({ build: (_, socket) => void socket.destroy() }) },
  'a status that is not known': {
    code: 'daemon/protocol',
    options: () => ({ build: (_, socket) => void socket.write(Buffer.concat([u64(0x616c7473), u64(1 << 20)])) }),
  },
  silence: {
    code: 'build/silent',
    settings: { 'max-silent-time': '1' },
    options: () => ({ answer: (op) => (op === Op.BuildDerivation ? new Promise(() => {}) : false) }),
  },
  'a log without an end': {
    code: 'build/log-too-long',
    settings: { 'max-build-log-size': '100000' },
    options: () => ({
      answer(op, _, socket) {
        if (op !== Op.BuildDerivation) return false;
        const line = logLine('x'.repeat(1000));
        const more = (): void => void (socket.destroyed || (socket.write(line) ? setImmediate(more) : socket.once('drain', more)));
        more();
        return new Promise(() => {});
      },
    }),
  },
};

function answering(wanted: number, bytes: () => Buffer, path: string): TestDaemonOptions['answer'] {
  return async (op, client, socket) => {
    if (op !== wanted) return false;
    const asked = await client.str();
    socket.write(asked === path ? bytes() : Buffer.concat([u64(0x616c7473), u64(0)]));
    return true;
  };
}

for (const [name, { options, code, settings }] of Object.entries(lies))
  test(`a machine with ${name} gets nothing into the store`, async (t) => {
    const store = testStore(t);
    const { drvPath, out } = writeDerivation(store, 'lied', '/bin/sh', {}, { system: FAR });
    const far = await machine(t, options(out));
    await assert.rejects(realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`, settings).options), { code });
    assert.equal(store.isValidPath(out), false);
    assert.deepEqual(store.verify({ contents: true }), []);
  });

test('a reference that the machine invents is not taken over', async (t) => {
  const store = testStore(t);
  const { drvPath, out } = writeDerivation(store, 'invented', '/bin/sh', {}, { system: FAR });
  const far = await machine(t, {
    build: () => void far.paths.set(out, { nar: narOf(file('plain')), references: [storePath('invented')] }),
  });
  await realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`).options);
  assert.deepEqual(store.queryPathInfo(out)!.references, []);
});

test('a fixed output is compared with its hash', async (t) => {
  const store = testStore(t);
  const sha256 = '0'.repeat(64);
  const { drvPath } = writeDerivation(store, 'fixed', '/bin/sh', {}, { system: FAR, sha256 });
  const far = await machine(t);
  await assert.rejects(realise(store, [drvPath], withMachines(`${far.uri} ${FAR}`).options), { code: 'store/hash-mismatch' });
});

/** Takes over what real nix has written into the folder of our store. */
function adopt(store: LocalStore, path: string): void {
  const address = `local?root=${store.root}`;
  const paths = nix(['path-info', '--store', address, '--recursive', path]).toString().trim().split('\n');
  const infos = JSON.parse(nix(['path-info', '--store', address, '--json', '--json-format', '1', ...paths]).toString());
  store.registerValidPaths(
    paths.map((one) => {
      const { narHash, narSize, references, ca } = infos[one];
      return { path: one, narHash, narSize, references, ...(ca && { ca }) };
    }),
  );
}

/** The path of the derivation that an expression is. */
function instantiate(store: LocalStore, expr: string): string {
  const drvPath = nix(['eval', '--store', `local?root=${store.root}`, '--impure', '--raw', '--expr', `(${expr}).drvPath`]).toString();
  adopt(store, drvPath);
  return drvPath;
}

const function_d = `d = name: script: more: derivation (
  { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; } // more
);`;

test('a real daemon that does not trust us builds several outputs from the derivation itself', withNix, async (t) => {
  const folder = testFolder(t);
  const { command, store: address } = await startRealDaemon(t, folder);
  const store = testStore(t);
  const drvPath = instantiate(
    store,
    `let ${function_d}
      one = d "one" "read x < ${'$'}{builtins.toFile "source" "source"}; echo one > $out" { };
    in d "two" "echo $dev ${'$'}{one} > $out; echo two > $dev" { outputs = [ "out" "dev" ]; }`,
  );
  const program = join(folder, 'distrustful');
  const config = 'extra-experimental-features = daemon-trust-override';
  writeFileSync(program, `#!/bin/sh\nNIX_CONFIG_X='${config}' exec ${command} --force-untrusted "$@"\n`, { mode: 0o755 });
  const remote = `remote-program=${program}&remote-store=${encodeURIComponent(address)}`;
  const run = withMachines(`ssh-ng://localhost?${remote} x86_64-linux`, {}, { cpuJobs: 0 });
  const [result] = await realise(store, [drvPath], run.options);
  const { out, dev } = result!.outputs as { out: string; dev: string };
  assert.ok(store.queryPathInfo(out)!.references.includes(dev));
  assert.equal(readFileSync(store.realPath(dev), 'utf8'), 'two\n');
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.deepEqual(run.warnings, []);
  // What it has neither built nor can check, it does not take from us.
  const here = instantiate(store, `let ${function_d} in d "here" "echo here > $out" { }`);
  nix(['build', '--store', `local?root=${store.root}`, '--no-link', `${here}^out`]);
  adopt(
    store,
    nix(['path-info', '--store', `local?root=${store.root}`, `${here}^out`])
      .toString()
      .trim(),
  );
  const there = instantiate(
    store,
    `let ${function_d} here = d "here" "echo here > $out" { }; in d "there" "read x < ${'$'}{here}; echo $x > $out" { }`,
  );
  await assert.rejects(realise(store, [there], run.options), (error: BootflakeError) => {
    assert.match(
      error.message,
      /^build of '.*-there\.drv' on 'ssh-ng:\/\/localhost' failed: inputs cannot be copied to it: .*-here.*signature/s,
    );
    assert.match(error.hint!, /trusted-users/);
    return error.code === 'build/remote-failed';
  });
});

test('a real machine fetches from its own caches what it can', withNix, async (t) => {
  const folder = testFolder(t);
  const store = testStore(t);
  const cache = `file://${folder}/cache`;
  const drvPath = instantiate(
    store,
    `let ${function_d} one = d "one" "echo one > $out" { }; in d "two" "read x < ${'$'}{one}; echo two of $x > $out" { }`,
  );
  const one = nix(['derivation', 'show', '--store', `local?root=${store.root}`, '--recursive', drvPath]).toString();
  const oneDrv = `/nix/store/${/[0-9a-z]{32}-one\.drv/.exec(one)![0]}`;
  nix(['build', '--store', `local?root=${store.root}`, '--no-link', `${oneDrv}^out`]);
  const out = nix(['path-info', '--store', `local?root=${store.root}`, `${oneDrv}^out`])
    .toString()
    .trim();
  adopt(store, out);
  nix(['copy', '--store', `local?root=${store.root}`, '--to', cache, out]);
  const { command, store: address } = await startRealDaemon(t, folder, `substituters = ${cache}\nrequire-sigs = false`);
  const program = join(folder, 'with-cache');
  writeFileSync(program, `#!/bin/sh\nNIX_CONFIG_X='substituters = ${cache}\nrequire-sigs = false' exec ${command} "$@"\n`, { mode: 0o755 });
  for (const useSubstitutes of [true, false]) {
    const remote = `${address}${useSubstitutes ? '' : '2'}`;
    const copied: string[] = [];
    const run = withMachines(
      `ssh-ng://localhost?remote-program=${program}&remote-store=${encodeURIComponent(remote)} x86_64-linux`,
      {},
      { cpuJobs: 0 },
    );
    const options = {
      ...run.options,
      machines: { ...run.options.machines!, useSubstitutes },
      onProgress: (event: ProgressEvent) => void (event.type === 'start' && copied.push(event.activity)),
    };
    const [result] = await realise(store, [drvPath], options);
    assert.equal(readFileSync(store.realPath(result!.outputs.out!), 'utf8'), 'two of one\n');
    assert.deepEqual(copied, [...(useSubstitutes ? [] : ['copying one']), `copying two from 'ssh-ng://localhost'`]);
    store.deletePath(result!.outputs.out!);
  }
});

test('real nix builds for us, over ssh and its socket, what its own evaluation says', withNix, async (t) => {
  const folder = testFolder(t);
  const { uri, command, store: address } = await startRealDaemon(t, folder, 'sandbox = false\nbuilders-use-substitutes = false');
  const store = testStore(t);
  const expr = `let
    d = name: script: inputs: derivation { inherit name inputs; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; };
    source = builtins.toFile "source" "a source\\n";
    one = d "one" "read x < \${source}; echo one of $x > $out; echo $out >> $out; echo \${source} >> $out; echo a line of one" [ ];
  in d "two" "echo two $inputs > $out; read x < \${one}; echo $x >> $out; echo a line of two >&2" [ one ]`;
  const drvPath = nix(['eval', '--store', `local?root=${store.root}`, '--impure', '--raw', '--expr', `(${expr}).drvPath`]).toString();
  const theirs = nix([
    'build',
    '--store',
    `local?root=${folder}/oracle`,
    '--option',
    'sandbox',
    'false',
    '--impure',
    '--no-link',
    '--print-out-paths',
    '--expr',
    expr,
  ]);
  const out = theirs.toString().trim();
  const closure = nix(['path-info', '--store', `local?root=${folder}/oracle`, '--recursive', '--json', '--json-format', '1', out]);
  // Nix has written the derivations into our folder; our own records are made here.
  const derivations = nix(['path-info', '--store', `local?root=${store.root}`, '--recursive', drvPath])
    .toString()
    .trim()
    .split('\n');
  const known = JSON.parse(
    nix(['path-info', '--store', `local?root=${store.root}`, '--json', '--json-format', '1', ...derivations]).toString(),
  );
  store.registerValidPaths(
    Object.entries(known as Record<string, { narHash: string; narSize: number; references: string[]; ca?: string }>).map(
      ([path, info]) => ({
        path,
        narHash: info.narHash,
        narSize: info.narSize,
        references: info.references,
        ...(info.ca && { ca: info.ca }),
      }),
    ),
  );
  const ssh = `ssh-ng://localhost?remote-program=${command}&remote-store=${encodeURIComponent(address)}`;
  for (const machineUri of [ssh, uri]) {
    const run = withMachines(`${machineUri} x86_64-linux - 2`, {}, { cpuJobs: 0 });
    await realise(store, [drvPath], run.options);
    assert.deepEqual(run.warnings, []);
    assert.deepEqual(
      run.lines.filter((line) => line.startsWith('a line')),
      ['a line of one', 'a line of two'],
    );
    const expected = JSON.parse(closure.toString()) as Record<string, { narHash: string; narSize: number; references: string[] }>;
    for (const path of Object.keys(expected)) {
      const { narHash, narSize, references } = store.queryPathInfo(path)!;
      const { narHash: hash, narSize: size, references: wanted } = expected[path]!;
      assert.deepEqual({ narHash, narSize, references }, { narHash: hash, narSize: size, references: [...wanted].sort() });
    }
    for (const path of Object.keys(expected)) if (store.isValidPath(path) && !path.endsWith('-source')) store.deletePath(path);
    nix(['store', 'delete', '--store', address, '--ignore-liveness', ...Object.keys(expected).filter((path) => !path.endsWith('-source'))]);
  }
  const bad = nix([
    'eval',
    '--store',
    `local?root=${store.root}`,
    '--impure',
    '--raw',
    '--expr',
    `(derivation { name = "bad"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo oh no; exit 7" ]; }).drvPath`,
  ]).toString();
  const info = JSON.parse(nix(['path-info', '--store', `local?root=${store.root}`, '--json', '--json-format', '1', bad]).toString())[bad];
  store.registerValidPath({ path: bad, narHash: info.narHash, narSize: info.narSize, references: info.references, ca: info.ca });
  await assert.rejects(realise(store, [bad], withMachines(`${uri} x86_64-linux`, {}, { cpuJobs: 0 }).options), (error: BootflakeError) => {
    assert.equal(error.code, 'build/remote-failed');
    assert.match(error.message, /^build of '.*-bad\.drv' on 'unix:.*' failed: .*exit code 7/s);
    assert.ok(error.trace.some(({ message }) => message === 'log: oh no'));
    return true;
  });
});
