/** The JSON of structured attributes, byte for byte, beside what JavaScript makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributesShell } from '../../../src/builders/process/attributes-shell.ts';
import { parseJson, writeJson, type JsonObject } from '../../../src/builders/process/json-bytes.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const shell = (json: string): string => attributesShell(parseJson(bytes(json)) as JsonObject);

test('what is read is written: sorted by bytes, numbers with their digits, only needed escapes', () => {
  const written = (json: string): string => Buffer.from(writeJson(parseJson(bytes(json))), 'latin1').toString();
  assert.equal(
    written('{ "b" : 1.50, "a":[true,false,null, {}, [] ,-0, 9223372036854775807, 1e+30]}'),
    '{"a":[true,false,null,{},[],-0,9223372036854775807,1e+30],"b":1.50}',
  );
  assert.equal(written('{"é":1,"z":2,"\\u20ac":3,"Z":4}'), '{"Z":4,"z":2,"é":1,"€":3}');
  assert.equal(written('"\\/\\u0041\\ud83d\\ude00\\u007f\\u0001\\b\\f\\n\\r\\t\\"\\\\"'), '"/A😀\x7f\\u0001\\b\\f\\n\\r\\t\\"\\\\"');
  assert.equal(written('{"a":1,"a":2}'), '{"a":2}');
});

test('what is no JSON is refused', () => {
  for (const text of [
    '',
    '{',
    '[1,]',
    '{"a"}',
    '{"a":1,}',
    '01',
    '1.',
    '.5',
    '+1',
    'tru',
    '"\\x"',
    '"a\nb"',
    '"',
    '1 2',
    '[1 2]',
    '\ufeff1',
    "'a'",
    `${'['.repeat(2000)}`,
  ])
    assert.throws(() => parseJson(bytes(text)), { code: 'nix-format/bad-derivation' }, text.slice(0, 20));
});

test('random values are those of JavaScript', () => {
  let state = 7;
  const random = (below: number): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) % below;
  const make = (depth: number): unknown => {
    const kind = random(depth > 4 ? 4 : 6);
    if (kind === 0) return random(1000) - 500;
    if (kind === 1)
      return String.fromCodePoint(...Array.from({ length: random(5) }, () => [9, 34, 92, 65, 127, 233, 0x20ac, 0x1f600][random(8)]!));
    if (kind === 2) return [true, false, null][random(3)];
    if (kind === 3) return random(1000) / 8;
    if (kind === 4) return Array.from({ length: random(4) }, () => make(depth + 1));
    return Object.fromEntries(Array.from({ length: random(4) }, (_, i) => [`k${i}\u00e9`, make(depth + 1)]));
  };
  for (let i = 0; i < 500; i++) {
    const value = make(0);
    const text = Buffer.from(writeJson(parseJson(bytes(JSON.stringify(value, undefined, i % 3)))), 'latin1').toString();
    assert.deepEqual(JSON.parse(text), value);
  }
});

test('declarations of bash', () => {
  assert.equal(
    shell(
      '{"a":"it\'s","n":null,"t":true,"f":false,"list":["x",1,true],"set":{"k\'":"v","b":2},"half":0.5,"deep":[[1]],"no-name":1,"2":3}',
    ),
    "declare a='it'\\''s'\ndeclare f=\ndeclare -a list=('x' 1 1 )\ndeclare n=''\ndeclare -A set=(['b']=2 ['k'\\''']='v' )\ndeclare t=1\n",
  );
  assert.equal(
    shell('{"a":5000000000,"b":-2147483649,"c":2.0,"d":1e30,"e":[],"g":{}}'),
    'declare a=705032704\ndeclare b=2147483647\ndeclare c=2\ndeclare d=-2147483648\ndeclare -a e=()\ndeclare -A g=()\n',
  );
});
