/**
 * Cases of the distribution's Nix code: the value of `okay-X.nix` is in `.exp`; `fail-X.nix` fails with the message in `.err`. ACCEPT=1
 * writes the current results. Where nix-instantiate is installed, it must compute the same values (so the same store paths), and must
 * fail where we do. A case may be a function of `lib`.
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

const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const judge = spawnSync('nix-instantiate', ['--version']).status === 0 ? 'nix-instantiate' : undefined;

const utf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

// The distribution is read once for all cases of a file.
const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins, features: new Set<string>() });

function evaluate(file: string): string {
  return utf8(
    ev.toplevel(() => {
      const args = ev.evalString('{ }', projectRoot);
      return printValue(ev.autoCallFunction(ev.evalFile(file), args as never), { style: 'instantiate', force: true });
    }),
  );
}

/** The message, its hint and the trace steps that name options, without the places in the library. */
function failureOf(file: string): string {
  try {
    return `no failure, but ${evaluate(file)}\n`;
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    const steps = error.trace.filter(({ message }) => /the option|module|if you get/.test(message)).map(({ message }) => `  - ${message}`);
    const hint = error.hint === undefined ? [] : [`hint: ${error.hint}`];
    return `${[`error: ${error.message}`, ...hint, ...new Set(steps)].map(utf8).join('\n').replaceAll(projectRoot, '')}\n`;
  }
}

function held(file: string, actual: string): void {
  if (process.env.ACCEPT) writeFileSync(file, actual);
  assert.ok(existsSync(file), `${file} is missing; ACCEPT=1 writes it`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

function judged(file: string, lib: string): { status: number | null; stdout: string; stderr: string } {
  const isFunction = readFileSync(file, 'utf8').includes('{ lib ? ');
  return spawnSync(judge!, ['--eval', '--strict', ...(isFunction ? ['--arg', 'lib', `import ${lib}`] : []), file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
}

/** `otherLib`: a library with which all cases must have the same value, except those called `-new`. */
export function testCases(folder: string, options: { otherLib?: string } = {}): void {
  const ours = join(projectRoot, 'distro/lib');
  for (const name of readdirSync(folder)
    .filter((entry) => entry.endsWith('.nix'))
    .sort()) {
    const file = join(folder, name);
    test(name, () => {
      if (name.startsWith('fail-')) {
        held(file.replace(/\.nix$/, '.err'), failureOf(file));
        if (judge) assert.notEqual(judged(file, ours).status, 0);
        return;
      }
      const value = `${evaluate(file)}\n`;
      held(file.replace(/\.nix$/, '.exp'), value.replaceAll(projectRoot, ''));
      if (!judge) return;
      const found = judged(file, ours);
      assert.equal(value, found.stdout, found.stderr);
      if (options.otherLib && !name.endsWith('-new.nix')) assert.equal(value, judged(file, options.otherLib).stdout);
    });
  }
}
