/**
 * Values as text. printed.json has the output of Nix 2.34.8: `eval` of nix eval, `full` of `:p` in its repl, `shallow` of the repl
 * without it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue, type PrintOptions } from '../../src/eval/print.ts';
import { fileHost } from '../support/file-host.ts';

interface Case {
  expr: string;
  eval: string;
  full?: string;
  shallow?: string;
}

const cases = JSON.parse(readFileSync(new URL('printed.json', import.meta.url), 'utf8')) as Case[];
const styles: Record<'eval' | 'full' | 'shallow', PrintOptions> = {
  eval: { style: 'eval', force: true, inlineErrors: true },
  full: { style: 'eval', force: true, inlineErrors: true, indent: 2 },
  shallow: { style: 'eval', force: true, inlineErrors: true, indent: 2, maxDepth: 1 },
};

function print(expr: string, options: PrintOptions): string {
  const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins });
  const text = ev.toplevel(() => printValue(ev.evalString(Buffer.from(expr, 'utf8').toString('latin1'), '/'), options));
  return Buffer.from(text, 'latin1').toString('utf8');
}

for (const { expr, ...expected } of cases) {
  test(`prints like Nix: ${expr.replaceAll('\n', ' ')}`, () => {
    for (const [style, text] of Object.entries(expected) as [keyof typeof styles, string][])
      assert.equal(print(expr, styles[style]), text, style);
  });
}

test('prints an error in an item in its place', () => {
  assert.equal(print('[ (throw "a") ]', styles.full), '[ «error: a» ]');
  assert.equal(print('{ a = { b = throw "b"; }; }', styles.full), '{\n  a = { b = «error: b»; };\n}');
});

test('throws when the value itself fails', () => {
  assert.throws(() => print('throw "a"', styles.full), /a/);
});

test('calls paint with the kind of each value', () => {
  const paint: PrintOptions['paint'] = (text, kind) => `<${kind}>${text}</>`;
  assert.equal(
    print('[ 1 "s" /p map (throw "e") ]', { ...styles.eval, paint }),
    '[ <constant>1</> <string>"s"</> <path>/p</> <function>«primop map»</> <error>«error: e»</> ]',
  );
});
