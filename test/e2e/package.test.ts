/** The packed tarball works in any folder. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { readmeBlock } from '../support/readme.ts';

const place = workplace('package');
after(() => place.remove());

test("npm pack's tarball works when installed into an empty prefix", async () => {
  const packed = await place.run('npm', ['pack', '--silent', '--pack-destination', place.folder], { cwd: resolve('.') });
  assert.equal(packed.status, 0, packed.stderr);
  const tarball = join(place.folder, packed.stdout.trim().split('\n').at(-1) as string);
  const prefix = join(place.folder, 'prefix');
  // With another prefix npm would look for the host's own settings, as for authorities, elsewhere.
  place.environment.npm_config_globalconfig = (await place.run('npm', ['config', 'get', 'globalconfig'])).stdout.trim();
  const installed = await place.run('npm', ['install', '--silent', '--global', '--prefix', prefix, tarball]);
  assert.equal(installed.status, 0, installed.stderr);
  const program = join(prefix, 'bin', 'bootflake');
  const machine = join(place.folder, 'elsewhere', 'machine');
  mkdirSync(machine, { recursive: true });
  const inMachine = (command: string, args: string[]) => place.run(command, args, { cwd: machine });
  assert.match((await inMachine(program, ['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal((await inMachine(program, ['flake', 'init'])).status, 0);
  await inMachine('git', ['init', '-q']);
  await inMachine('git', ['add', '.']);
  const planned = await inMachine(program, ['build', '.#build-qcow2', '--dry-run', '--json']);
  assert.equal(planned.status, 0, planned.stderr);
  const plan = JSON.parse(planned.stdout) as { toBuild: string[]; downloadBytes: number };
  assert.ok(plan.toBuild.length > 100);
  assert.ok(plan.downloadBytes > 50e6);
  const built = await inMachine(program, ['build', 'debian/trixie#hello', '--print-out-paths', '--no-link']);
  assert.equal(built.status, 0, built.stderr);
  assert.match(built.stdout, /\/nix\/store\/[0-9a-z]{32}-hello-[^/]*\n$/);
  // Links between store paths are for a machine whose store is /nix/store.
  const programs = readlinkSync(join(built.stdout.trim(), 'bin'));
  assert.match(programs, /^\/nix\/store\//);
  assert.ok(existsSync(join(dirname(built.stdout.trim()), programs.slice('/nix/store/'.length), 'hello')));
});

/**
 * A program as a user would write it: declared types, values at run time, errors by code, events by type, and mistakes that the type
 * checker finds.
 */
const consumer = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BootflakeError, open, version, type Bootflake, type BootflakeEvent, type BuildResult, type JsonValue } from 'bootflake';
import { test } from 'bootflake/test';

mkdirSync('machine');
writeFileSync('machine/flake.nix', \`{ outputs = { self }: { packages.x86_64-linux.default =
  derivation { name = "t"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
    entries = [ { path = "hello"; text = "hello"; } ]; }; }; }\`);

const told: string[] = [];
function onProgress(event: BootflakeEvent): void {
  switch (event.type) {
    case 'build':
      told.push(\`\${event.name} \${event.state}\`);
      break;
    case 'warning':
      told.push(\`\${event.source}: \${event.message}\`);
      break;
    case 'advance': {
      const bytes: number = event.bytes;
      told.push(String(bytes));
      break;
    }
  }
}

async function use(b: Bootflake): Promise<void> {
  const sum: JsonValue = await b.evaluate({ expr: '{ sum = 1 + 1; }' });
  const error = await b.evaluate({ expr: 'throw "no"' }).catch((thrown: unknown) => thrown);
  const reason = await b.build('.', { signal: AbortSignal.abort('enough') }).catch((thrown: unknown) => thrown);
  const built: BuildResult[] = await b.build('.');
  const out: string | undefined = built[0]?.files.out;
  await b.flake.lock();
  const { path } = await b.flake.metadata();
  const none = await b.run({ target: 'none.img', exec: 'true' }).catch((thrown: unknown) => thrown);
  console.log(JSON.stringify({
    version, sum, reason, told, path,
    hello: readFileSync(\`\${out}/hello\`, 'utf8'),
    codes: [error, none].map((each) => (each instanceof BootflakeError ? each.code : each)),
  }));
}

{
  await using b = await open({ cwd: 'machine', onProgress });
  await use(b);
}
const other = await open();
await other.close();

export const declared = () =>
  test({ name: 'web', nodes: { server: '{ }', client: { file: './client.nix' } } }, async ({ server, client }, { startAll }) => {
    await startAll();
    const { status, output } = await server.execute('id', { timeout: 3 });
    const text: string = await client.succeed(\`echo \${status} \${output}\`);
    await client.copyFromHost('file', text);
  });
// @ts-expect-error the test has no machine of that name
export const unknown = () => test({ name: 'web', nodes: { server: '{ }' } }, async ({ client }) => void (await client.start()));
// @ts-expect-error a version is a string
export const wrong: number = version;
// @ts-expect-error something is to be evaluated
export const nothing = () => other.evaluate({});
// @ts-expect-error a command is to be run
export const idle = () => other.run({});
`;

test('a program can import the package with correct types and working functions', async () => {
  const folder = join(place.folder, 'program');
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync(join(place.folder, 'prefix', 'lib', 'node_modules', 'bootflake'), join(modules, 'bootflake'));
  symlinkSync(resolve('node_modules/@types'), join(modules, '@types'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'main.ts'), consumer);
  writeFileSync(join(folder, 'readme.ts'), readmeBlock('From a program', 'js'));
  // As JavaScript it must suit the oldest Node.
  writeFileSync(join(folder, 'readme.mjs'), readmeBlock('From a program', 'js'));
  assert.equal(spawnSync(process.execPath, ['--check', join(folder, 'readme.mjs')], { encoding: 'utf8' }).stderr, '');
  const compiled = await place.run(
    process.execPath,
    [
      resolve('node_modules/typescript/bin/tsc'),
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--outDir',
      folder,
      'main.ts',
      'readme.ts',
    ],
    { cwd: folder },
  );
  assert.equal(compiled.status, 0, compiled.stdout);
  const ran = await place.run(process.execPath, ['main.js'], { cwd: folder });
  assert.equal(ran.status, 0, ran.stderr);
  assert.equal(ran.stderr, '');
  const { version, sum, reason, told, path, hello, codes } = JSON.parse(ran.stdout) as Record<string, unknown>;
  assert.match(String(version), /^\d+\.\d+\.\d+$/);
  assert.deepEqual(sum, { sum: 2 });
  assert.equal(reason, 'enough');
  assert.deepEqual(told, ['t started', 't finished']);
  assert.match(String(path), /^\/nix\/store\//);
  assert.equal(hello, 'hello');
  assert.deepEqual(codes, ['eval/throw', 'vm/no-image']);
});
