/** Compares the machine's parser with the other one: for a text it produces the bytes that writeExpression produces, or none. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { openMachine } from '../../src/session/open-machine.ts';
import { encodeBytes } from '../../src/lang/bytes.ts';
import { writtenByOther } from '../../src/machine/expression-texts.ts';
import { Generator } from '../../scripts/fuzz/generate.ts';
import { babble, mutated } from '../../scripts/fuzz/mutate.ts';
import { Random } from '../../scripts/fuzz/random.ts';
import { textOf } from '../../scripts/fuzz/tree.ts';
import { fileHost } from '../support/file-host.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins });
const machine = openMachine(ev, undefined)!;

function other(text: string): Uint8Array | undefined {
  try {
    return writtenByOther(ev, text, 'test').bytes;
  } catch {
    return undefined;
  }
}

/** Whether the machine's parser read it; with `strict` it must if the other one did. */
function compare(text: string, strict: boolean): boolean {
  const bytes = machine.parse(Buffer.from(text, 'latin1'));
  if (!bytes && !strict) return false;
  const expected = other(text);
  if (bytes) assert.ok(expected && Buffer.compare(bytes, expected) === 0, `differs: ${JSON.stringify(text)}`);
  else assert.ok(!expected, `not read: ${JSON.stringify(text)}`);
  return bytes !== undefined;
}

function nixFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.nix'))
    .sort()
    .map((name) => join(folder, name));
}

/** The machine does not support texts that define operators or search paths themselves, even unused ones. */
const unusual = /__(sub|mul|div|lessThan|findFile|nixPath)\b/;

for (const folder of ['test/lang', 'distro', 'image-builder']) {
  test(`parses ${folder} like the other parser, with and without changes`, () => {
    const random = new Random(1);
    for (const file of nixFiles(folder)) {
      const text = readFileSync(join(root, file), 'latin1');
      compare(text, !unusual.test(text));
      if (text.length > 20000) continue;
      for (let i = 0; i < 3; i++) compare(textOf(mutated(text, random)), false);
      for (let i = 0; i < 3; i++) compare(withChange(text, random), false);
      compare(text.replaceAll('\n', '\r\n'), false);
    }
  });
}

const bits = [
  '\r',
  '\r\n',
  '\n',
  '\0',
  '\x80',
  '\xff',
  ' ',
  '  ',
  '\t',
  "'",
  "''",
  '"',
  '\\',
  '$',
  '${',
  '}',
  '{',
  '/',
  '//',
  '.',
  '..',
  ':',
  ';',
  '=',
  '-',
  '+',
  '~',
  '<',
  '>',
  '#',
  '/*',
  '*/',
  '@',
  ',',
  '?',
  '0',
  '9',
  'a',
  'e',
  '_',
  '|',
  '&',
  '!',
  'or',
  'rec',
  'let',
  'in',
  'inherit',
  "''\\",
  "''$",
  "'''",
  "$'",
  '$$',
  "'$",
];

/** Removes or inserts something in one to three places. */
function withChange(text: string, random: Random): string {
  let changed = text;
  for (let n = 1 + random.below(3); n > 0; n--) {
    const at = random.below(changed.length + 1);
    changed = changed.slice(0, at) + (random.chance(0.7) ? random.pick(bits) : '') + changed.slice(at + random.below(3));
  }
  return changed;
}

test('parses random texts like the other parser', () => {
  const random = new Random(2);
  const generator = new Generator(random);
  let read = 0;
  for (let i = 0; i < 12000; i++) {
    const kind = i % 5;
    const whole = encodeBytes(textOf(kind === 4 ? babble(random) : generator.expression()));
    const text = kind === 1 ? encodeBytes(textOf(mutated(whole, random))) : kind === 2 ? withChange(whole, random) : whole;
    if (compare(text, !unusual.test(text))) read += 1;
  }
  assert.ok(read > 200);
});

test('parses random strings and paths like the other parser', () => {
  const random = new Random(3);
  const inner = [
    ' ',
    ' ',
    '  ',
    '\n',
    '\n',
    '\n  ',
    'x',
    'y z',
    '${a}',
    '${"b"}',
    "${''c''}",
    "''${",
    "''$",
    "'''",
    "''\\n",
    "''\\t",
    "''\\\r\n",
    "''\\x",
    '$',
    '$$',
    "'",
    "'$",
    "$'",
    '\\n',
    '\\"',
    '\\',
    '\r',
    '\r\n',
    '\t',
    '$${',
    '\\${',
  ];
  const paths = ['/', '//', '.', '..', './', '../', 'a', 'b-c', '${a}', '${"x"}', '+', '_', '/a', '~', '0', '1.5', ':', "'"];
  let read = 0;
  for (let i = 0; i < 30000; i++) {
    const made = random.times(random.below(9), () => random.pick(i % 3 === 2 ? paths : inner)).join('');
    const literal = i % 3 === 0 ? `"${made}"` : i % 3 === 1 ? `''${made}''` : made;
    if (compare(`a: [ ${literal} ]`, true)) read += 1;
  }
  assert.ok(read > 5000);
});

test('parses deeply nested texts and large sets like the other parser', () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  for (const [open, close] of [
    ['(', ')'],
    ['[', ']'],
    ['{ a = ', '; }'],
    ['x: ', ''],
    ['-', ''],
    ['1 + ', ''],
    ['"${', '}"'],
    ['let a = 1; in ', ''],
  ] as const) {
    for (const depth of [10, 300, 100000]) compare(`${open.repeat(depth)}1${close.repeat(depth)}`, depth < 1000);
  }
  Error.stackTraceLimit = stackTraceLimit;
  const names = Array.from({ length: 20000 }, (_, i) => `name${i}`);
  assert.ok(compare(`rec { ${names.map((name, i) => `${name} = ${names[(i * 7) % names.length]};`).join('\n')} }`, true));
  assert.ok(compare(`{ ${names.join(', ')} }: { inherit ${names.join(' ')}; }`, true));
  assert.equal(compare(`{ ${names.map((name) => `${name} = 1;`).join('\n')} name777 = 2; }`, true), false);
});
