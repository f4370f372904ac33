import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Regex } from '../../../src/eval/builtins/regex/regex.ts';
import { RegexSyntaxError } from '../../../src/eval/builtins/regex/parse.ts';
import { regexCases } from './regex-cases.ts';

const show = (v: string | null | readonly unknown[]): string =>
  v === null
    ? 'null'
    : typeof v === 'string'
      ? JSON.stringify(v)
      : v.length === 0
        ? '[ ]'
        : `[ ${v.map((item) => show(item as string)).join(' ')} ]`;

function split(regex: Regex, text: string): unknown[] {
  const parts: unknown[] = [];
  let from = 0;
  for (const { begin, end, groups } of regex.matches(text)) {
    parts.push(text.slice(from, begin), groups);
    from = end;
  }
  return [...parts, text.slice(from)];
}

test('patterns match as in Nix', () => {
  for (const [builtin, pattern, text, printed] of regexCases) {
    const regex = new Regex(pattern);
    assert.equal(
      show(builtin === 'match' ? (regex.match(text) ?? null) : split(regex, text)),
      printed,
      `${builtin} ${pattern} on "${text}"`,
    );
  }
});

test('time does not grow exponentially with the length of the text', () => {
  const text = 'ab'.repeat(20_000);
  const start = performance.now();
  assert.equal(new Regex('(a|b|ab)*c').match(text), undefined);
  assert.equal(new Regex('((a*)*)*c').match(text.slice(0, 2000)), undefined);
  assert.deepEqual(new Regex('(a|b|ab)*').match(text), ['b']);
  assert.equal(new Regex('(x+x+)+y').match('x'.repeat(5000)), undefined);
  assert.equal(split(new Regex('(a|ab)(c|bcd)?'), text).length, 40_001);
  assert.ok(performance.now() - start < 10_000);
});

test('refuses patterns that libstdc++ refuses', () => {
  for (const pattern of [
    '(',
    ')',
    '*a',
    '^*',
    'a{',
    'a{,2}',
    'a{2,1}',
    'a{x}',
    '[',
    '[a',
    '[z-a]',
    '[a-c-e]',
    '[[:foo:]]',
    '[[.foo.]]',
    '[a-[:digit:]]',
    '[[:alpha:]-z]',
    '\\',
    '\\d',
    'a\\-b',
    '(a)\\1',
    '{',
  ]) {
    assert.throws(() => new Regex(pattern), RegexSyntaxError, pattern);
  }
});

test('accepts patterns that libstdc++ accepts', () => {
  const matches: [string, string][] = [
    ['[]a]+', ']a'],
    ['[^]a]+', 'xy'],
    ['[a-]+', '-a'],
    ['[a\\]+', 'a\\'],
    ['[[=a=]]', 'A'],
    ['[[.a.]-c]+', 'abc'],
    ['[[.hyphen.]]', '-'],
    ['[%--]', '&'],
    ['[--0]', '.'],
    ['a**', 'aa'],
    [']}', ']}'],
    ['a{1,2}{2}', 'aaa'],
    ['a.c', 'a\nc'],
    ['[[:d:]]', '1'],
    ['[[:ALPHA:]]', 'a'],
    ['a\\{', 'a{'],
    ['a||b', ''],
    ['[\\n]+', 'n\\'],
  ];
  for (const [pattern, text] of matches) assert.ok(new Regex(pattern).match(text), `${pattern} on ${text}`);
});
