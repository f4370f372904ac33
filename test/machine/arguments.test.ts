/**
 * Every builtin and operator with arguments of every kind, most of them wrong. The order of evaluation shows when one argument throws an
 * error that tryEval catches and another one that it does not.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { evaluate, RememberedExpressions } from './both-evaluators.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
writeFileSync(join(folder, 'f.nix'), 'x: x');

const values = [
  '(throw "t")',
  '1',
  '"s"',
  '[ "a" (throw "e") ]',
  '{ a = 1; b = throw "u"; }',
  '(x: throw "f")',
  '{ outPath = "/x"; }',
  'null',
];
const more = [
  ...values,
  '(-1)',
  '[ ]',
  '[ 1 2 ]',
  '[ { a = 1; name = "n"; value = 2; } ]',
  '{ }',
  '(x: y: true)',
  '1.5',
  './f.nix',
  '{ __toString = s: throw "h"; }',
  '{ __functor = s: x: x; }',
  'true',
  '"/x"',
];
const fetching = /^(fetch|getFlake)/;
const operators = ['+', '-', '*', '/', '++', '//', '==', '!=', '<', '<=', '>', '>=', '&&', '||', '->'];
const cache = new RememberedExpressions();

function check(expression: string): void {
  const text =
    `let r = ${expression}; in builtins.tryEval (builtins.deepSeq (if builtins.isAttrs r && r ? drvPath then ` + 'r.drvPath else r) r)';
  const plain = evaluate(text, folder, { plain: true });
  const fast = evaluate(text, folder, { cache });
  if (!fast.counts) return;
  assert.notEqual(plain.value, undefined, `${expression} fails (${String(plain.error)}), but the machine answers ${fast.value}`);
  assert.equal(fast.value, plain.value, expression);
  assert.deepEqual(fast.told, plain.told, expression);
}

function* lists(length: number, from: readonly string[]): Generator<string[]> {
  if (length === 0) return yield [];
  for (const rest of lists(length - 1, from)) for (const value of from) yield [...rest, value];
}

test('builtins evaluate and check arguments like the plain evaluator', () => {
  for (const { name, args } of allBuiltins) {
    if (args.length === 0 || fetching.test(name)) continue;
    for (const given of lists(args.length, args.length === 1 ? more : args.length === 2 ? values : values.slice(0, 6)))
      check(`builtins.${name} ${given.join(' ')}`);
  }
});

test('operators evaluate and check operands like the plain evaluator', () => {
  for (const operator of operators) for (const [a, b] of lists(2, values)) check(`${a} ${operator} ${b}`);
});

test('other expressions evaluate their parts like the plain evaluator', () => {
  for (const [a, b] of lists(2, values)) {
    const forms = [
      `(${a}) ${b}`,
      `(if ${a} then 1 else ${b})`,
      `(with ${a}; a)`,
      `{ inherit (${a}) a; }.a or ${b}`,
      `"x\${${a}}y\${${b}}"`,
      `./x/\${${a}}`,
      `${a}.a or ${b}`,
      `${a}.\${${b}}`,
      `(assert ${a}; ${b})`,
      `{ \${${a}} = ${b}; }`,
      `({ a, ... }: a) ${a}`,
      `(builtins.addErrorContext ${a} ${b})`,
      `derivation { name = ${a}; system = ${b}; builder = "b"; }`,
      `derivation { name = "n"; system = "s"; builder = "b"; args = ${a}; outputs = ${b}; }`,
      `derivation { name = "n"; system = "s"; builder = "b"; __structuredAttrs = ${a}; x = ${b}; }`,
      `derivation { name = "n"; system = "s"; builder = "b"; __ignoreNulls = true; __structuredAttrs = ${a}; x = ${b}; ` +
        'outputHashMode = "q"; }',
      `derivation { name = "n"; system = "s"; builder = "b"; x = ${b}; outputHashMode = ${a}; }`,
      `derivationStrict { name = "n"; system = "s"; builder = "b"; x = ${b}; outputs = ${a}; }`,
      `derivation { name = "a b"; system = "s"; builder = "b"; x = ${b}; }`,
    ];
    forms.forEach(check);
  }
});

test('sorting makes the same comparisons in the same order', () => {
  const items = Array.from({ length: 40 }, (_, i) => (i * 17) % 23);
  for (const length of [0, 1, 2, 7, 8, 9, 17, 40]) {
    const list = `[ ${items.slice(0, length).join(' ')} ]`;
    for (const order of [
      'a < b',
      'a <= b',
      'a > b',
      'a != b',
      'true',
      'false',
      'builtins.bitAnd a 1 == 0',
      'if a == 5 then throw "5" else a < b',
    ])
      check(`builtins.sort (a: b: builtins.trace "\${toString a} \${toString b}" (${order})) ${list}`);
    check(`builtins.sort builtins.lessThan (map (x: { inherit x; }.x + 0.5) ${list} ++ [ (1.0e308 * 10 - 1.0e308 * 10) 3 1 ])`);
  }
});

test('genericClosure accepts the same keys', () => {
  for (const keys of ['-1', '0', '-9223372036854775807 - 1', '9223372036854775807', '"a"', '""', '1.5', '[ 1 ]']) {
    check(
      `builtins.genericClosure { startSet = [ { key = ${keys}; } { key = ${keys}; n = 2; } ]; operator = x: [ x { key ` +
        `= ${keys}; n = 3; } ]; }`,
    );
  }
  check(
    'builtins.length (builtins.genericClosure { startSet = [ { key = -1500; } ]; operator = { key }: if key > 1500 ' +
      'then [ ] else [ { key = key + 1; } { key = -key; } ]; })',
  );
});
