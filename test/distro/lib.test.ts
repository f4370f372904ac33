/**
 * The distribution's library by cases: `okay-X.nix` is a function of `lib` whose value stands in `.exp`; `fail-X.nix` fails with the message in `.err`.
 * ACCEPT=1 writes what is answered now. Where nix-instantiate is there, it judges too: it must find the same values, and must fail where we do.
 * With NIXPKGS_LIB=/path/to/nixpkgs/lib, cases not called `-new` must have the same value with that library (held against 20.09).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BootflakeError } from '../../src/base/errors.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { fileHost } from '../support/file-host.ts';

const folder = fileURLToPath(new URL('lib', import.meta.url));
const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const judge = spawnSync('nix-instantiate', ['--version']).status === 0 ? 'nix-instantiate' : undefined;
const nixpkgsLib = process.env.NIXPKGS_LIB;

const name = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

function evaluate(file: string): string {
  const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins, features: new Set<string>() });
  return utf8(ev.toplevel(() => {
    const args = ev.evalString('{ }', folder);
    return printValue(ev.autoCallFunction(ev.evalFile(file), args as never), { style: 'instantiate', force: true });
  }));
}

/** The message, its hint and the steps that name options; where in the library it was thrown is no concern of the user. */
function failureOf(file: string): string {
  try {
    return `no failure, but ${evaluate(file)}\n`;
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    const steps = error.trace.filter(({ message }) => /option|module|if you get/.test(message)).map(({ message }) => `  - ${message}`);
    const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
    return [`error: ${error.message}`, ...hint, ...new Set(steps)].map(utf8).join('\n').replaceAll(projectRoot, '') + '\n';
  }
}

function held(file: string, actual: string): void {
  if (process.env.ACCEPT) writeFileSync(file, actual);
  assert.ok(existsSync(file), `${file} is missing; ACCEPT=1 writes it`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

function judged(file: string, lib = join(projectRoot, 'distro/lib')): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(judge!, ['--eval', '--strict', ...(name(file).startsWith('okay-') ? ['--arg', 'lib', `import ${lib}`] : []), file], { encoding: 'utf8' });
}

for (const file of readdirSync(folder).filter((entry) => entry.endsWith('.nix')).sort().map((entry) => join(folder, entry))) {
  if (name(file).startsWith('okay-')) {
    test(name(file), () => {
      const value = `${evaluate(file)}\n`;
      held(file.replace(/\.nix$/, '.exp'), value);
      if (judge) assert.equal(value, judged(file).stdout);
      if (judge && nixpkgsLib && !file.endsWith('-new.nix')) assert.equal(value, judged(file, nixpkgsLib).stdout);
    });
  } else {
    test(name(file), () => {
      held(file.replace(/\.nix$/, '.err'), failureOf(file));
      if (judge) assert.notEqual(judged(file).status, 0);
    });
  }
}
