/** The modules of services and programs, each area in one machine that is booted: every file of test/e2e/services but the flake. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('services', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const folder = 'test/e2e/services';
const flake = join(place.folder, 'flake');
cpSync(folder, flake, { recursive: true });
// The machine of an example is part of an area's.
cpSync('examples', join(flake, 'examples'), { recursive: true });

test('scripts read what a program prints to its end: a writer into a closed pipe fails', () => {
  const scripts = ['test/e2e/services', 'test/e2e/nixos-tests'].flatMap((place) =>
    readdirSync(place, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.nix'))
      .map((name) => join(place, name)),
  );
  assert.ok(scripts.length > 15);
  const hasty = scripts.filter((file) => /\| *grep -\w*q/.test(readFileSync(file, 'utf8')));
  assert.deepEqual(hasty, []);
});

for (const file of readdirSync(folder)) {
  const name = file.replace(/\.nix$/, '');
  if (name === file || name === 'flake') continue;
  const text = readFileSync(join(folder, file), 'utf8');
  // A test that takes long says so in its first line.
  const skip = !thorough && /^# Thorough[:.]/.test(text) ? 'npm run test:all' : false;
  test(name, { skip }, async () => {
    const run = await place.bootflake(['test', `.#${name}`, '--junit', `${name}.xml`], { cwd: flake, timeoutSeconds: 1200 });
    console.log(`# ${run.seconds.toFixed(1)} s`);
    assert.equal(run.status, 0, run.stderr);
    // What the script has is what ran: none of its subtests is left out.
    const ran = [...readFileSync(join(flake, `${name}.xml`), 'utf8').matchAll(/<testcase name="([^"]*)"/g)].length;
    assert.ok(ran > [...text.matchAll(/^ *with subtest\(/gm)].length, `${ran} results`);
  });
}
