/** The garbage collector, in processes of its own next to others that use the store. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LocalStore } from '../../src/store/local-store.ts';
import { findLiveness } from '../../src/store/garbage.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { workplace, type Workplace } from '../support/bootflake.ts';
import { testStore } from './support.ts';

const tree =
  'name: text: derivation { inherit name; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; ' +
  'entries = [ { path = "data"; inherit text; mode = "0444"; } ]; }';
const flake =
  `{ outputs = _: let tree = ${tree}; in { packages.x86_64-linux = rec { one = tree "one" "1"; two = tree "two" ` +
  `"\${one}/data"; big = tree "big" (builtins.concatStringsSep "" (builtins.genList (_: "0123456789") 50000)); }; ` +
  '}; }';

interface Store {
  place: Workplace;
  root: string;
  run(...args: string[]): Promise<string>;
  build(name: string, ...args: string[]): Promise<string>;
  logical(path: string): string;
}

async function store(t: TestContext): Promise<Store> {
  const place = workplace('gc');
  t.after(() => place.remove());
  mkdirSync(join(place.folder, 'f'));
  writeFileSync(join(place.folder, 'f/flake.nix'), flake);
  const root = join(place.folder, 'home/.local/share/bootflake');
  const run = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await place.bootflake(args);
    assert.equal(status, 0, stderr);
    return stdout + stderr;
  };
  return {
    place,
    root,
    run,
    build: async (name, ...args) => (await run('build', `path:./f#${name}`, '--print-out-paths', '--quiet', ...args)).trim(),
    // Prints the physical location; in the store's own texts a path is /nix/store/...
    logical: (path) => path.slice(root.length),
  };
}

test('keeps what result links need, deletes the rest and reports it', async (t) => {
  const { place, run, build } = await store(t);
  const one = await build('one', '--no-link');
  const two = await build('two', '-o', 'kept');
  const big = await build('big', '--no-link');
  const roots = await run('store', 'gc', '--print-roots');
  assert.equal(roots, `${join(place.folder, 'kept')} -> ${two}\n`);
  const live = await run('store', 'gc', '--print-live');
  assert.ok(live.includes(two) && live.includes(one), 'two refers to one');
  assert.match(live, /-two\.drv\n/, 'and keeps what it was made by');
  const dead = await run('store', 'gc', '--print-dead');
  assert.ok(dead.includes(big) && !dead.includes(one));
  assert.match(await run('store', 'gc', '--dry-run'), /^\d+ store paths would be deleted, 9\d\d\.\d KiB in all\n$/);
  assert.ok(existsSync(big), 'nothing was deleted so far');
  assert.match(await run('store', 'gc'), /^\d+ store paths deleted, 9\d\d\.\d KiB freed\n$/);
  assert.deepEqual(
    [one, two, big].map((path) => existsSync(path)),
    [true, true, false],
  );
  assert.match(await run('store', 'verify', '--check-contents'), / 0 problems/);
  rmSync(join(place.folder, 'kept'));
  assert.equal(await run('store', 'gc', '--print-roots'), '');
  await run('store', 'gc');
  assert.deepEqual(
    [one, two].map((path) => existsSync(path)),
    [false, false],
  );
  // All of it can be built again.
  assert.equal(await build('two', '--no-link'), two);
  assert.ok(existsSync(two));
});

test('does not delete more than requested', async (t) => {
  const { run, build } = await store(t);
  const paths = [await build('one', '--no-link'), await build('two', '--no-link'), await build('big', '--no-link')];
  assert.match(await run('store', 'gc', '--max-freed', '1'), /^1 store paths deleted/);
  await run('store', 'gc', '--max-freed', '100');
  assert.ok(paths.some((path) => existsSync(path)));
  assert.match(await run('store', 'verify'), / 0 problems/);
});

test('files without a record are garbage', async (t) => {
  const { root, run, build } = await store(t);
  await build('one', '--no-link');
  const left = join(root, 'nix/store', `${'0'.repeat(32)}-left`);
  mkdirSync(left);
  writeFileSync(join(left, 'x'), 'x');
  await run('store', 'gc');
  assert.ok(!existsSync(left));
});

test('store delete deletes what is unused, and reports what uses the rest', async (t) => {
  const { place, run, build } = await store(t);
  const two = await build('two', '-o', 'kept');
  const one = await build('one', '--no-link');
  const refused = async (...args: string[]): Promise<string> => {
    const { status, stderr } = await place.bootflake(['store', 'delete', ...args]);
    assert.equal(status, 1);
    return stderr;
  };
  assert.match(await refused(one), /Cannot delete path '\S+-one' since it is still alive: '\S+-two' refers to it/);
  assert.match(await refused('./kept'), /still alive: the root '\S+kept' is this path\n\s+hint: Run: rm /);
  assert.match(await refused('--ignore-liveness', one), /refers to it/);
  assert.match(await refused('/nix/store/00000000000000000000000000000000-no'), /is not in the Nix store/);
  assert.match(await run('store', 'delete', '--ignore-liveness', './kept', one), /^2 store paths deleted/);
  assert.deepEqual(
    [one, two].map((path) => existsSync(path)),
    [false, false],
  );
});

test('keeps the image under a kept disk as long as the disk exists', async (t) => {
  const { place, root, run, build } = await store(t);
  const image = await build('big', '--no-link');
  const disk = join(place.folder, 'state.qcow2');
  const backing = join(image, 'data');
  writeFileSync(
    disk,
    encodeOverlay({ backing, backingFormat: 'raw', virtualSize: 1 << 20, image: { path: backing, size: 1, modified: 1 } }),
  );
  LocalStore.open({ root }).addDiskRoot(disk);
  await run('store', 'gc');
  assert.ok(existsSync(image));
  assert.equal(await run('store', 'gc', '--print-roots'), `${disk} -> ${image}\n`);
  rmSync(disk);
  await run('store', 'gc');
  assert.ok(!existsSync(image));
  assert.deepEqual(readdirSync(join(root, 'nix/var/nix/gcroots/auto')), []);
});

test('a process keeps what it looked up, and can build during a collection', async (t) => {
  const { place, root, run } = await store(t);
  const repl = spawn(process.execPath, [resolve('dist/bootflake.js'), 'repl'], { cwd: place.folder, env: place.environment });
  let [out, notes] = ['', ''];
  repl.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  repl.stderr.setEncoding('utf8').on('data', (text: string) => {
    notes += text;
  });
  const ended = new Promise<number | null>((done) => repl.on('close', done));
  repl.stdin.write(`tree = ${tree}\nd0 = tree "d0" "begin"\n`);
  for (let i = 1; i <= 60; i++) repl.stdin.write(`d${i} = tree "d${i}" "\${d${i - 1}}/data"\n:b d${i}\n`);
  repl.stdin.write(':p builtins.readFile "${d1}/data"\n');
  let running = true;
  void ended.then(() => {
    running = false;
  });
  let collections = 0;
  while (running && collections < 40) {
    await run('store', 'gc');
    collections += 1;
    if (out.includes('-d60\n')) repl.stdin.end();
  }
  repl.stdin.end();
  assert.equal(await ended, 0, notes);
  assert.equal((out.match(/out -> /g) ?? []).length, 60);
  assert.match(out, /-d0\/data\n$/);
  assert.match(await run('store', 'verify', '--check-contents'), / 0 problems/);
  // Its exit releases everything.
  await run('store', 'gc');
  assert.deepEqual(readdirSync(join(root, 'nix/store')), []);
  t.diagnostic(`${collections} collections`);
});

test('a killed collection leaves an intact store, and the next one completes its work', async (t) => {
  const { place, root, run } = await store(t);
  const lines = Array.from({ length: 80 }, (_, i) => `d${i} = tree "d${i}" ${i === 0 ? '"begin"' : `"\${d${i - 1}}/data"`}`);
  const fill = (): Promise<number | null> =>
    new Promise((done) => {
      const repl = spawn(process.execPath, [resolve('dist/bootflake.js'), 'repl'], {
        cwd: place.folder,
        env: place.environment,
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      repl.on('close', done);
      repl.stdin.end(`tree = ${tree}\n${lines.join('\n')}\n:b d79\n`);
    });
  assert.equal(await fill(), 0);
  let killed = 0;
  for (let milliseconds = 100; milliseconds < 800; milliseconds += 70) {
    const { status } = await place.bootflake(['store', 'gc'], { signalAfter: { milliseconds, signal: 'SIGKILL' } });
    if (status === null) killed += 1;
    assert.match(await run('store', 'verify', '--check-contents'), / 0 problems/);
  }
  assert.ok(killed > 0);
  t.diagnostic(`${killed} of 10 were killed in time`);
  assert.equal(await fill(), 0);
  await run('store', 'gc');
  assert.deepEqual(readdirSync(join(root, 'nix/store')), []);
  assert.deepEqual(readdirSync(join(root, 'nix/var/bootflake/tmp')), []);
});

test('ls, cat and path-info print what Nix prints', async (t) => {
  const { place, root, run, build, logical } = await store(t);
  const two = await build('two', '-o', 'kept');
  const one = await build('one', '--no-link');
  assert.equal(await run('store', 'ls', './kept'), './data\n');
  assert.equal(await run('store', 'ls', '-l', two), `-r--r--r--                   ${String(logical(one).length + 5)} ./data\n`);
  assert.equal(
    await run('store', 'ls', '--json', '-R', two),
    `{"entries":{"data":{"size":${logical(one).length + 5},"type":"regular"}},"type":"directory"}\n`,
  );
  assert.equal(await run('store', 'cat', `${two}/data`), `${logical(one)}/data`);
  assert.equal(await run('store', 'cat', `${logical(two)}/data`), `${logical(one)}/data`);
  assert.equal((await place.bootflake(['store', 'cat', two])).status, 1);
  assert.match((await place.bootflake(['store', 'cat', two])).stderr, /is not a regular file/);
  assert.match((await place.bootflake(['store', 'ls', `${two}/nope`])).stderr, /path '\S+\/nope' does not exist/);
  assert.equal(await run('path-info', 'path:./f#two'), `${two}\n`);
  const sizes = await run('path-info', '-rs', './kept');
  assert.deepEqual(
    sizes
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]!.trim())
      .sort(),
    [one, two].sort(),
  );
  const { narHash, narSize, references, deriver } = (
    JSON.parse(await run('path-info', '--json', '-S', two)) as Record<
      string,
      { narHash: string; narSize: number; references: string[]; deriver: string }
    >
  )[logical(two)]!;
  assert.match(narHash, /^sha256-/);
  assert.deepEqual(references, [logical(one)]);
  assert.match(deriver, /-two\.drv$/);
  assert.ok(narSize > 100);
  assert.match((await place.bootflake(['path-info', 'path:./f#big'])).stderr, /path '\S+-big' is not in the store/);
  assert.ok(lstatSync(join(place.folder, 'kept')).isSymbolicLink() && readlinkSync(join(place.folder, 'kept')).startsWith(root));
});

test('keep-outputs and keep-derivations', async (t) => {
  const { place, run } = await store(t);
  writeFileSync(
    join(place.folder, 'default.nix'),
    `let tree = ${tree}; in rec { input = tree "input" "1"; made = derivation { name = "made"; system = "builtin"; builder = "builtin:tree";
      __structuredAttrs = true; entries = [ { path = "data"; text = "2"; } ]; inherit input; }; }`,
  );
  await run('build', '--file', '.', 'input', '--no-link');
  await run('build', '--file', '.', 'made', '-o', 'made');
  const names = async (...args: string[]): Promise<string[]> =>
    (await run('store', 'gc', '--print-live', ...args))
      .split('\n')
      .filter(Boolean)
      .map((path) => path.replace(/.*\/[0-9a-z]{32}-/, ''))
      .sort();
  assert.deepEqual(await names(), ['input.drv', 'made', 'made.drv']);
  assert.deepEqual(await names('--option', 'keep-outputs', 'true'), ['input', 'input.drv', 'made', 'made.drv']);
  assert.deepEqual(await names('--option', 'keep-derivations', 'false'), ['made']);
  assert.deepEqual(await names('--option', 'gc-keep-derivations', 'false', '--option', 'keep-outputs', 'true'), ['made']);
  const environment = { NIX_CONFIG: 'keep-outputs = true' };
  assert.match((await place.bootflake(['store', 'gc'], { environment })).stderr, /^0 store paths deleted/m);
  assert.match(await run('store', 'gc', '--option', 'keep-derivations', 'false'), /^3 store paths deleted/m);
  assert.match((await place.bootflake(['store', 'gc', '--option', 'keep-outputs', 'perhaps'])).stderr, /Boolean setting 'keep-outputs'/);
});

test('a chain of dead paths longer than the stack', (t) => {
  const store = testStore(t);
  const name = (i: number): string => `/nix/store/${String(i).padStart(32, '0')}-x`;
  const all = Array.from({ length: 15_000 }, (_, i) => name(i));
  for (const [i, path] of all.entries())
    store.records.write({ path, narHash: 'sha256-', narSize: 1, references: i + 1 < all.length ? [name(i + 1)] : [] });
  const { dead } = findLiveness(store, { backingOf: () => undefined, moreRoots: [], dryRun: true });
  assert.deepEqual(dead, all);
});
