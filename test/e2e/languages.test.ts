/** Software of the user's own in Python, JavaScript, Go and Rust: nixpkgs' functions over Debian's compilers. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { cargoLock, crateRegistry } from '../support/crate-registry.ts';
import { goProxy } from '../support/go-proxy.ts';
import { lockFile, npmRegistry } from '../support/npm-registry.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('languages', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'flake');
before(() => cpSync('test/e2e/languages', flake, { recursive: true }));

// The registries of these tests are on the host's loopback interface, which builds in a closed sandbox cannot reach.
const options = ['--no-link', '--option', 'sandbox', 'relaxed'];
const build = async (name: string): Promise<string> => {
  const { status, stdout, stderr, seconds } = await place.bootflake(['build', `path:${flake}#${name}`, '--print-out-paths', ...options], {
    timeoutSeconds: 900,
  });
  assert.equal(status, 0, stderr);
  console.log(`# ${name}: ${seconds.toFixed(0)} s`);
  return stdout.trim();
};
/** Of tests whose compilers are too large for CI. */
const long = { skip: !thorough && 'npm run test:all does this' };

/** The errors of several at once. */
const failures = async (...names: string[]): Promise<string> => {
  const installables = names.map((name) => `path:${flake}#${name}`);
  const { status, stderr, seconds } = await place.bootflake(['build', '--keep-going', ...options, ...installables], {
    timeoutSeconds: 900,
  });
  assert.equal(status, 1, stderr);
  console.log(`# ${names.join(', ')}: ${seconds.toFixed(0)} s`);
  return stderr;
};

/** What a user does: lib.fakeHash, then the hash from the error. */
const takeHash = async (name: string, file: string): Promise<void> => {
  const [, hash] = /got: +(sha256-\S+)/.exec(await failures(name)) ?? [];
  assert.ok(hash);
  writeFileSync(join(flake, file), `${hash}\n`);
};

test('Python: libraries and programs find their modules, and have their tests run', async () => {
  assert.deepEqual(readFileSync(await build('pythonRan'), 'utf8').split('\n'), [
    "greeting over packaging ['a', 'b'] greeter in PATH: True",
    "the answer is 42 ['c'] of the answer",
    'greeting over packaging, in an environment',
    'no compiler',
    '',
  ]);
  const closure = await place.bootflake(['path-info', '-r', await build('hello')]);
  assert.match(closure.stdout, /-python3\.13-greet-0\.3\n/);
  assert.match(closure.stdout, /-python3-packaging_/);
  assert.doesNotMatch(closure.stdout, /-gcc-\d+_|-python3-hatchling_|-python3-pytest_|-libpython3-dev_/);
});

test('Python: what a package requires, imports and tests is compared with what the machine will have', async () => {
  const errors = await failures('notRelaxed', 'notThere', 'notDisabled');
  assert.match(errors, /packaging>=999 is needed, but it is [\d.]+: change it, or set pythonRelaxDeps = \[ "packaging" \]/);
  assert.match(errors, /greet cannot be imported with what the machine will have: No module named 'packaging'/);
  assert.match(errors, /1 failed, 1 passed/);
});

test('Python: flit and poetry as build systems', long, async () => {
  assert.equal(readFileSync(await build('otherBuildSystems'), 'utf8'), 'flit poetry\n');
});

test('npm: the dependencies of a lock file come from a registry, by npmDepsHash or by the hashes of the lock file', async (t) => {
  const registry = await npmRegistry(join(flake, 'npm/registry'));
  t.after(() => registry.close());
  const source = join(flake, 'npm/shout');
  writeFileSync(join(source, 'package-lock.json'), lockFile(registry, JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))));
  await takeHash('shout', 'npm/hash');
  assert.deepEqual(readFileSync(await build('npmRan'), 'utf8').split('\n'), [
    'HELLO THERE!! without the tool',
    'HELLO TOO!! without the tool',
    'no npm',
    '',
  ]);
  assert.deepEqual([...new Set(registry.requests)].sort(), ['/@example/tool/-/tool-1.0.0.tgz', '/loud/-/loud-1.0.0.tgz']);
  const closure = await place.bootflake(['path-info', '-r', await build('shout')]);
  assert.match(closure.stdout, /-nodejs_/);
  assert.doesNotMatch(closure.stdout, /-gcc-\d+_|-npm_|-node-gyp_|npm-deps/);
  assert.match(await failures('npmStale'), /npmDepsHash is out of date/);
});

test('Go: modules with the dependencies in their source, and from a proxy by vendorHash', long, async (t) => {
  const proxy = await goProxy('example.test/greeting', 'v1.0.0', join(flake, 'go/greeting'));
  t.after(() => proxy.close());
  place.environment.GOPROXY = proxy.url;
  writeFileSync(join(flake, 'go/fetched/go.sum'), proxy.sums);
  await takeHash('fetched', 'go/hash');
  assert.deepEqual(readFileSync(await build('goRan'), 'utf8').split('\n'), ['hello you 1.0 3', 'hello from a proxy', 'no go', '']);
  const closure = await place.bootflake(['path-info', '-r', await build('vendored')]);
  assert.match(closure.stdout, /-libc6_/);
  assert.doesNotMatch(closure.stdout, /-golang-/);
});

test('Rust: a crate without dependencies, and crates of a registry by cargoHash or by the lock file', long, async (t) => {
  const registry = await crateRegistry(join(flake, 'rust/registry'), 'greeting', '1.0.0');
  t.after(() => registry.close());
  writeFileSync(join(flake, 'rust/registry-url'), registry.url);
  writeFileSync(join(flake, 'rust/fetched/Cargo.lock'), cargoLock('fetched', 'greeting', registry));
  mkdirSync(join(flake, 'rust/fetched/.cargo'));
  writeFileSync(join(flake, 'rust/fetched/.cargo/config.toml'), `[registries.example]\nindex = "${registry.source}"\n`);
  await takeHash('crates', 'rust/hash');
  assert.deepEqual(readFileSync(await build('rustRan'), 'utf8').split('\n'), [
    'hello you!',
    'hello from a registry',
    'hello from a registry',
    'no cargo',
    '',
  ]);
  const closure = await place.bootflake(['path-info', '-r', await build('crates')]);
  assert.match(closure.stdout, /-libgcc-s1_/);
  assert.doesNotMatch(closure.stdout, /-rustc_|-cargo_|vendor|crate/);
});
