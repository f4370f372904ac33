/** `bootflake eval` as a program: its options and its output. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { workplace } from '../support/bootflake.ts';

test('takes arguments from the command line, a file and standard input', (t) => {
  const place = workplace('eval');
  t.after(() => place.remove());
  writeFileSync(join(place.folder, 'text'), 'from a file\n');
  writeFileSync(join(place.folder, 'f.nix'), '{ a, b, c, d }: { all = [ a b c d ]; }');
  const run = (args: string[], input = '') =>
    spawnSync(process.execPath, [resolve('dist/bootflake.js'), 'eval', ...args], {
      cwd: place.folder,
      env: place.environment,
      input,
      encoding: 'utf8',
    });
  const args = ['--arg', 'a', '1 + 1', '--argstr', 'b', '1 + 1', '--arg-from-file', 'c', 'text', '--arg-from-stdin', 'd'];
  assert.equal(run(['-f', 'f.nix', 'all', ...args], 'piped').stdout, '[ 2 "1 + 1" "from a file\\n" "piped" ]\n');
  assert.equal(run(['-f', '-', '--json'], '{ b = 1; }').stdout, '{"b":1}\n');
  // After an error, or what the machine does not support, the plain evaluator evaluates again.
  for (const [text, expected] of [
    ['{ b = throw "x"; }', /error: x\n/],
    ['{ b = 1 + "x"; }', /error: cannot add/],
    ['{ b = ; }', /syntax error.*\n +at «stdin»:1:7/],
  ] as const) {
    assert.match(run(['-f', '-', 'b'], text).stderr, expected);
  }
  assert.equal(run(['-f', '-', 'b'], 'rec { __overrides = { a = 2; }; a = 1; b = a; }').stdout, '2\n');
  assert.equal(run(['--expr', '{ a, b }: { c = a + b; }', 'c', '--arg-from-stdin', 'a', '--arg-from-stdin', 'b'], 'x').stdout, '"xx"\n');
  assert.equal(run(['--expr', '"a b"', '--raw']).stdout, 'a b');
  assert.equal(run(['--expr', '[ 1 ]', '--json', '--pretty']).stdout, '[\n  1\n]\n');
  for (const wrong of [
    ['--json', '--raw'],
    ['--file', 'f.nix', '--expr', '1'],
    ['--arg-from-file', 'x', 'missing'],
  ]) {
    const { status, stderr } = run(['--expr', '1', ...wrong]);
    assert.equal(status, 1);
    assert.match(stderr, /mutually exclusive|cannot be read/);
  }
});
