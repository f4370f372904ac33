/**
 * Values as text. printed.json has what Nix 2.34.8 printed: `eval` by nix eval, `full` by `:p` of its repl, `shallow` by the repl without
 * it.
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
  test(`printed as Nix prints it: ${expr.replaceAll('\n', ' ')}`, () => {
    for (const [style, text] of Object.entries(expected) as [keyof typeof styles, string][])
      assert.equal(print(expr, styles[style]), text, style);
  });
}

test('an error in a lone item stands in its place', () => {
  assert.equal(print('[ (throw "a") ]', styles.full), '[ «error: a» ]');
  assert.equal(print('{ a = { b = throw "b"; }; }', styles.full), '{\n  a = { b = «error: b»; };\n}');
});

test('the value itself must not fail', () => {
  assert.throws(() => print('throw "a"', styles.full), /a/);
});

test('paint is told what kind of value it paints', () => {
  const paint: PrintOptions['paint'] = (text, kind) => `<${kind}>${text}</>`;
  assert.equal(
    print('[ 1 "s" /p map (throw "e") ]', { ...styles.eval, paint }),
    '[ <constant>1</> <string>"s"</> <path>/p</> <function>«primop map»</> <error>«error: e»</> ]',
  );
});
