// Translates the options of nix-instantiate that nixpkgs' library tests use to those of `bootflake eval`.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ignored = new Map([
  ['--eval', 0],
  ['--eval-only', 0],
  ['--read-write-mode', 0],
  ['--timeout', 1],
]);
const passed = new Map([
  ['--strict', 0],
  ['--json', 0],
  ['--show-trace', 0],
  ['--option', 2],
  ['--arg', 2],
  ['--argstr', 2],
]);

const given = process.argv.slice(2);
const args = [];
let attribute = [];
let source = [];
while (given.length > 0) {
  const option = given.shift();
  const take = (n) => given.splice(0, n);
  if (ignored.has(option)) take(ignored.get(option));
  else if (passed.has(option)) args.push(option, ...take(passed.get(option)));
  else if (option === '-E' || option === '--expr') source = ['--expr', ...take(1)];
  else if (option === '-A' || option === '--attr') attribute = take(1);
  else if (option.startsWith('-')) throw new Error(`nix-instantiate ${option}: not known here`);
  else source = ['--file', option];
}
// A file that is a function is called with the given arguments, even if no attribute is selected.
if (source[0] === '--file' && attribute.length === 0) {
  const text = (value) => `"${value.replace(/["\\$]/g, '\\$&')}"`;
  const bindings = args.flatMap((arg, i) =>
    arg === '--arg' ? [`${args[i + 1]} = ${args[i + 2]};`] : arg === '--argstr' ? [`${args[i + 1]} = ${text(args[i + 2])};`] : [],
  );
  const called = `value ({ ${bindings.join(' ')} })`;
  source = ['--expr', `let value = import (/. + ${text(resolve(source[1]))}); in if builtins.isFunction value then ${called} else value`];
}
// JSON prints the whole value anyway.
const options = args.includes('--json') ? args.filter((arg) => arg !== '--strict') : args;
const program = fileURLToPath(new URL('../../dist/bootflake.js', import.meta.url));
const run = spawnSync(process.execPath, [program, 'eval', '--impure', ...options, ...source, ...attribute], { stdio: 'inherit' });
process.exitCode = run.status ?? 1;
