/**
 * The language by cases: `eval-okay-X.nix` with the value that `nix-instantiate --eval --strict` prints in `.exp`;
 * `eval-fail-X.nix` and `parse-fail-X.nix` with our diagnostic in `.err`. ACCEPT=1 writes the current results.
 * With NIX_INSTANTIATE=nix-instantiate each value is compared with that program too, and each failing case must fail there.
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

const folder = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');
const oracle = process.env.NIX_INSTANTIATE;

/** Debian 12 has 2.8. */
const isOld = oracle !== undefined && /2\.([0-9]|1[0-9]|2[0-3])\./.test(spawnSync(oracle, ['--version'], { encoding: 'utf8' }).stdout);

/** Cases whose value is that of Nix 2.34, with the reason why an old oracle differs. */
const oracleDiffers = new Map<string, string>([
  ['eval-okay-attr-names', 'Nix before 2.13 quotes only `if` and escapes every $'],
  ['eval-okay-print-names', 'Nix before 2.13 quotes only `if`'],
  ['eval-okay-pipe-operators', 'since Nix 2.24'],
  ['eval-fail-int-overflow-add', 'Nix before 2.24 wraps around'],
  ['eval-fail-int-overflow-mul', 'Nix before 2.24 wraps around'],
  ['eval-fail-int-overflow-sub', 'Nix before 2.24 wraps around'],
]);

const portable = (text: string): string => text.replaceAll(folder, '/pwd');

function evaluate(name: string): string {
  const features = /-pipe-(operators|mixed)$/.test(name) ? new Set(['pipe-operators']) : new Set<string>();
  const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins, features });
  const value = ev.toplevel(() => {
    const args = ev.evalString('{ }', folder);
    return printValue(ev.autoCallFunction(ev.evalFile(join(folder, `${name}.nix`)), args as never), { style: 'instantiate', force: true });
  });
  return Buffer.from(`${value}\n`, 'latin1').toString('utf8');
}

/** The oracle's result for a file. */
function judge(file: string): { status: number | null; stdout: string; stderr: string } {
  const features = /-pipe-(operators|mixed)\.nix$/.test(file) ? ['--extra-experimental-features', 'pipe-operators'] : [];
  return spawnSync(oracle!, [...features, '--eval', '--strict', file], { encoding: 'utf8' });
}

function showError(error: unknown): string {
  if (!(error instanceof BootflakeError)) throw error;
  const place = (p: typeof error.position): string => (p ? `${p.file}:${p.line}:${p.column}` : 'nowhere');
  const lines = [`error[${error.code}]: ${error.message}`];
  if (error.position) {
    lines.push(`  at ${place(error.position)}`);
    if (error.position.sourceLine !== undefined)
      lines.push(`  | ${error.position.sourceLine}`, `  | ${' '.repeat(error.position.column - 1)}^`);
  }
  if (error.hint) lines.push(`  hint: ${error.hint}`);
  for (const step of error.trace) lines.push(`  … ${step.message}${step.position ? `, ${place(step.position)}` : ''}`);
  return `${lines.join('\n')}\n`;
}

function held(file: string, actual: string): void {
  const text = portable(actual);
  if (process.env.ACCEPT) writeFileSync(file, text);
  assert.ok(existsSync(file), `${file} is missing; ACCEPT=1 writes it`);
  assert.equal(text, readFileSync(file, 'utf8'));
}

for (const file of readdirSync(folder)
  .filter((f) => f.endsWith('.nix'))
  .sort()) {
  const name = file.slice(0, -'.nix'.length);
  if (name.startsWith('eval-okay-')) {
    test(name, () => {
      const value = evaluate(name);
      held(join(folder, `${name}.exp`), value);
      if (!oracle || (isOld && oracleDiffers.has(name))) return;
      const judged = judge(join(folder, file));
      assert.equal(value, judged.stdout, judged.stderr);
    });
  } else {
    test(name, () => {
      let thrown: unknown;
      let value: string | undefined;
      try {
        value = evaluate(name);
      } catch (error) {
        thrown = error;
      }
      assert.equal(value, undefined, 'it should fail');
      held(join(folder, `${name}.err`), showError(thrown));
      if (!oracle || (isOld && oracleDiffers.has(name))) return;
      const judged = judge(join(folder, file));
      assert.notEqual(judged.status, 0, `nix answers ${judged.stdout}`);
    });
  }
}
