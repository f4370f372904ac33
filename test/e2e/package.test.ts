/** The packed tarball works the same, from any folder. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  assert.match(built.stdout, /^\/nix\/store\/[0-9a-z]{32}-hello-/);
});
