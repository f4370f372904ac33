/** Tests as NixOS has them, over booted machines: one of a single machine, whose last subtest fails on purpose, and one of three. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('nixos-test', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'flake');
cpSync('test/e2e/nixos-tests', flake, { recursive: true });
// A folder of this host that a machine shares.
const given = join(place.folder, 'given');
mkdirSync(given, { recursive: true });
writeFileSync(join(given, 'from-host'), 'of the host\n');
writeFileSync(join(flake, 'given.nix'), JSON.stringify(given));

const seconds = 1200;

test('a build of a test says how it is run', async () => {
  const built = await place.bootflake(['build', '.#checks.x86_64-linux.methods'], { cwd: flake });
  assert.equal(built.status, 1);
  assert.match(built.stderr, /is a NixOS test, and no build starts machines/);
  assert.match(built.stderr, /bootflake test INSTALLABLE/);
});

test('a test that nixpkgs makes is refused before its driver is built', async () => {
  const run = await place.bootflake(['test', '.#checks.x86_64-linux.foreign'], { cwd: flake });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /is that of nixpkgs[^]*bootflake test FILE[^]*\[test\/of-nixpkgs\]/);
  assert.doesNotMatch(run.stderr, /building/);
});

test("a machine has the methods of NixOS's driver; a failure has the machine's journal, and is in the report", async () => {
  const options = ['--junit', 'report.xml', '-o', 'files'];
  const run = await place.bootflake(['test', '.#methods', ...options], { cwd: flake, timeoutSeconds: seconds });
  console.log(`# ${run.seconds.toFixed(1)} s`);
  assert.equal(run.status, 1, run.stderr);
  const report = readFileSync(join(flake, 'report.xml'), 'utf8');
  const results = [...report.matchAll(/<testcase name="([^"]*)"[^>]*?(\/?)>/g)].map((found) => [found[1], found[2] === '/']);
  assert.deepEqual(
    results,
    [
      ['commands', true],
      ['firmware, TPM and a folder of the host', true],
      ['units and ports', true],
      ['wrappers have owners, setuid bits and capabilities', true],
      ['interfaces made of others, and address translation', true],
      ['files', true],
      ['keyboard and screen', true],
      ['the cable', true],
      ['a dry run shows what a switch would do, and changes nothing', true],
      ['a switch restarts what changed', true],
      ['a unit that fails makes the status 4', true],
      ['without a boot loader there is no default to change', true],
      ['back to the system that was booted', true],
      ['what fails', false],
      ['testScript', false],
    ],
    run.stderr,
  );
  assert.match(run.stderr, /^as expected: unit "nothing\.service" is inactive and there are no pending jobs$/m);
  const [, error = ''] = run.stderr.split(/^error: /m);
  assert.match(error, /^the test 'methods' failed: .*command `logger .*; exit 3` failed \(exit code 3\)/);
  assert.match(error, /File "testScript", line \d+, in <module>\n\s+machine\.succeed\("logger the last words/);
  assert.match(error, /the last lines of the journal of machine:\n(?: {2}.*\n)* {2}.*root.*: the last words of the journal/);
  assert.match(error, /\[test\/failed\]/);
  assert.equal(readFileSync(join(given, 'from-guest'), 'utf8'), 'of the guest\n');
  assert.ok(readFileSync(join(flake, 'files/screen.png')).subarray(1, 4).equals(Buffer.from('PNG')));
  assert.deepEqual(
    readdirSync(join(place.environment.HOME!, '.local/state/bootflake')).filter((name) => name.startsWith('run-')),
    [],
  );
});

test('a file of a test, whose script needs no machine; the file of results is not made', async () => {
  const run = await place.bootflake(['test', './empty.nix'], { cwd: flake });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /^1 \+ 1 is 2$/m);
  assert.match(run.stderr, /^test script finished in /m);
  assert.ok(!existsSync(join(flake, 'test-empty')));
});

test('a prompt of Python in place of the script', async () => {
  const typed = "printf 'print(6 * 7)\\n1 / 0\\ntest_script()\\n'";
  const run = await place.run('sh', ['-c', `${typed} | node "$0" test ./empty.nix --interactive`, resolve('dist/bootflake.js')], {
    cwd: flake,
  });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /The machines are [^]*>>> 42\n>>> Traceback[^]*ZeroDivisionError[^]*1 \+ 1 is 2/);
});

test('a firmware with Secure Boot starts what is signed, and nothing else', { skip: thorough ? false : 'npm run test:all' }, async () => {
  const run = await place.bootflake(['test', '.#secureBoot'], { cwd: flake, timeoutSeconds: seconds });
  console.log(`# ${run.seconds.toFixed(1)} s`);
  assert.equal(run.status, 0, run.stderr);
});

test('three machines on two networks', { skip: thorough ? false : 'npm run test:all' }, async () => {
  const run = await place.bootflake(['test', '.#networks'], { cwd: flake, timeoutSeconds: seconds });
  console.log(`# ${run.seconds.toFixed(1)} s`);
  assert.equal(run.status, 0, run.stderr);
});

test('a switch to other packages, which the boot menu has from then on', { skip: thorough ? false : 'npm run test:all' }, async () => {
  const run = await place.bootflake(['test', '.#switch-boot'], { cwd: flake, timeoutSeconds: seconds });
  console.log(`# ${run.seconds.toFixed(1)} s`);
  assert.equal(run.status, 0, run.stderr);
});

test('a router between a bond and a bridge', { skip: thorough ? false : 'npm run test:all' }, async () => {
  const run = await place.bootflake(['test', '.#router'], { cwd: flake, timeoutSeconds: seconds });
  console.log(`# ${run.seconds.toFixed(1)} s`);
  assert.equal(run.status, 0, run.stderr);
});

test('the same in TypeScript', { skip: thorough ? false : 'npm run test:all' }, async () => {
  const modules = join(flake, 'node_modules');
  mkdirSync(modules, { recursive: true });
  if (!existsSync(join(modules, 'bootflake'))) symlinkSync(resolve('.'), join(modules, 'bootflake'));
  const run = await place.run('node', ['--test', '--test-reporter=tap', 'machines.test.mjs'], { cwd: flake });
  const results = [...run.stdout.matchAll(/^ *((?:not )?ok) \d+ - (.*)$/gm)].map((found) => [found[2], found[1] === 'ok']);
  assert.deepEqual(
    results,
    [
      ['the client sees the server', true],
      ['commands', true],
      ['web', true],
      ['what fails', false],
    ],
    run.stdout,
  );
  assert.match(run.stdout, /machine: command `logger .*; exit 3' failed \(exit code 3\)/);
  assert.match(run.stdout, /the last lines of the journal of machine:\n(?:.*\n)*.*root.*: the last words of the journal/);
});
