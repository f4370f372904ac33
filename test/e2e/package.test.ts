/** The packed tarball works the same, from any folder. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

const place = workplace('package');
after(() => place.remove());

test("npm pack's tarball, installed into an empty prefix", async () => {
  const packed = await place.run('npm', ['pack', '--silent', '--pack-destination', place.folder], { cwd: resolve('.') });
  assert.equal(packed.status, 0, packed.stderr);
  const tarball = join(place.folder, packed.stdout.trim().split('\n').at(-1) as string);
  const prefix = join(place.folder, 'prefix');
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
  // Links between store paths are those of a machine whose store is /nix/store.
  const programs = readlinkSync(join(built.stdout.trim(), 'bin'));
  assert.match(programs, /^\/nix\/store\//);
  assert.ok(existsSync(join(dirname(built.stdout.trim()), programs.slice('/nix/store/'.length), 'hello')));
});

/** As a program of a user's: types of the declarations, values at run time, an error by its code, and one mistake that the types find. */
const consumer = `
import { BootflakeError, defaultFlakeOptions, evaluateExpression, version, type EvalRequest, type PipelineContext } from 'bootflake';

const context: PipelineContext = {
  cwd: process.cwd(), flake: { ...defaultFlakeOptions, impure: true }, signal: new AbortController().signal,
  onProgress() {}, onLog() {}, onNote() {}, onWarning() {},
};
const ask = (expr: string): Promise<string> => evaluateExpression(context, { expr, format: 'json' } satisfies EvalRequest);
const error = await ask('throw "no"').then(() => undefined, (thrown: unknown) => thrown);
console.log(JSON.stringify({ version, sum: JSON.parse(await ask('{ sum = 1 + 1; }')), code: error instanceof BootflakeError ? error.code : undefined }));
// @ts-expect-error a version is a string
export const wrong: number = version;
`;

test('a program imports the package: its types hold and its functions run', async () => {
  const folder = join(place.folder, 'program');
  const modules = join(folder, 'node_modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync(join(place.folder, 'prefix', 'lib', 'node_modules', 'bootflake'), join(modules, 'bootflake'));
  symlinkSync(resolve('node_modules/@types'), join(modules, '@types'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'main.ts'), consumer);
  const compiled = await place.run(
    process.execPath,
    [
      resolve('node_modules/typescript/bin/tsc'),
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--outDir',
      folder,
      'main.ts',
    ],
    { cwd: folder },
  );
  assert.equal(compiled.status, 0, compiled.stdout);
  const ran = await place.run(process.execPath, ['main.js'], { cwd: folder });
  assert.equal(ran.status, 0, ran.stderr);
  const { version, sum, code } = JSON.parse(ran.stdout) as { version: string; sum: unknown; code: string };
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(sum, { sum: 2 });
  assert.equal(code, 'eval/throw');
});
