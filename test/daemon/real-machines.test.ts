/** Builds by real daemons of nix. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import type { ProgressEvent } from '../../src/base/progress.ts';
import { realise } from '../../src/realise/realise.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { testFolder } from '../caches/support.ts';
import { testStore } from '../store/support.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { withMachines } from './machines.ts';
import { startRealDaemon } from './real-daemon.ts';

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

/** Begins a `let` that has a function for derivations of a shell script. */
const functionD = `d = name: script: more: derivation (
  { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; } // more
);`;

test('a real daemon that does not trust us builds several outputs from the derivation itself', withNix, async (t) => {
  const folder = testFolder(t);
  const { command, store: address } = await startRealDaemon(t, folder);
  const store = testStore(t);
  const drvPath = instantiate(
    store,
    `let ${functionD}
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
  const here = instantiate(store, `let ${functionD} in d "here" "echo here > $out" { }`);
  nix(['build', '--store', `local?root=${store.root}`, '--no-link', `${here}^out`]);
  adopt(
    store,
    nix(['path-info', '--store', `local?root=${store.root}`, `${here}^out`])
      .toString()
      .trim(),
  );
  const there = instantiate(
    store,
    `let ${functionD} here = d "here" "echo here > $out" { }; in d "there" "read x < ${'$'}{here}; echo $x > $out" { }`,
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
    `let ${functionD} one = d "one" "echo one > $out" { }; in d "two" "read x < ${'$'}{one}; echo two of $x > $out" { }`,
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
  const drvPath = instantiate(store, expr);
  const oracle = ['--store', `local?root=${folder}/oracle`];
  const built = nix(['build', ...oracle, '--option', 'sandbox', 'false', '--impure', '--no-link', '--print-out-paths', '--expr', expr]);
  const closure = nix(['path-info', ...oracle, '--recursive', '--json', '--json-format', '1', built.toString().trim()]);
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
  const bad = instantiate(store, `let ${functionD} in d "bad" "echo oh no; exit 7" { }`);
  await assert.rejects(realise(store, [bad], withMachines(`${uri} x86_64-linux`, {}, { cpuJobs: 0 }).options), (error: BootflakeError) => {
    assert.equal(error.code, 'build/remote-failed');
    assert.match(error.message, /^build of '.*-bad\.drv' on 'unix:.*' failed: .*exit code 7/s);
    assert.ok(error.trace.some(({ message }) => message === 'log: oh no'));
    return true;
  });
});
