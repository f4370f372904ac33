/**
 * The cases of test/lang with the machine: it returns what the other evaluator returns, and has stopped if that one fails. It must
 * evaluate every case that has a value, except those named here.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import type { Attrs } from '../../src/eval/attrs.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { openMachine } from '../../src/session/open-machine.ts';
import { fileHost } from '../support/file-host.ts';

const folder = fileURLToPath(new URL('../lang', import.meta.url));

function evaluate(name: string): string | undefined {
  const features = /-pipe-(operators|mixed)$/.test(name) ? new Set(['pipe-operators']) : new Set<string>();
  const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins, features });
  const machine = openMachine(ev, undefined)!;
  ev.fast = machine;
  let text: string | undefined;
  try {
    const args = ev.evalString('{ }', folder) as Attrs;
    text = printValue(ev.autoCallFunction(ev.evalFile(join(folder, `${name}.nix`)), args), { style: 'instantiate', force: true });
  } catch {
    // It has stopped, which is checked below.
  }
  return machine.stopped !== undefined || text === undefined
    ? undefined
    : Buffer.from(`${text}\n`, 'latin1').toString('utf8').replaceAll(folder, '/pwd');
}

/** Rarely used: operators and search paths that a program defines itself, `__overrides`, `~`. */
const stops = new Set([
  'eval-okay-overrides',
  'eval-okay-path-home-type',
  'eval-okay-redefined-operators',
  'eval-okay-redefined-search-path',
  'eval-okay-find-file-dots',
]);
/** Cases for which the stack of this thread may be too small. */
const mayStop = new Set(['eval-okay-deep-recursion']);

for (const file of readdirSync(folder)
  .filter((name) => /^(eval|parse)-.*\.nix$/.test(name))
  .sort()) {
  const name = file.slice(0, -'.nix'.length);
  test(name, () => {
    const answer = evaluate(name);
    if (!name.startsWith('eval-okay-') || stops.has(name)) assert.equal(answer, undefined);
    else if (answer !== undefined || !mayStop.has(name)) assert.equal(answer, readFileSync(join(folder, `${name}.exp`), 'utf8'));
  });
}
