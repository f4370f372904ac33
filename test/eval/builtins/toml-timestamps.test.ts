/** TOML timestamps with the feature that allows them. The expected values are those of Nix 2.34.8. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allBuiltins } from '../../../src/eval/builtins/index.ts';
import { Evaluator } from '../../../src/eval/evaluator.ts';
import { printJson } from '../../../src/eval/builtins/json-print.ts';
import { ContextCollector } from '../../../src/eval/context.ts';
import { noPos } from '../../../src/lang/position.ts';
import { MemoryHost } from './memory-host.ts';

function read(toml: string, features: readonly string[] = ['parse-toml-timestamps']): unknown {
  const ev = new Evaluator({ host: new MemoryHost(), builtins: allBuiltins, features: new Set(features) });
  return ev.toplevel(() =>
    JSON.parse(printJson(ev, ev.evalString(`builtins.fromTOML ${JSON.stringify(toml)}`, '/'), new ContextCollector(), noPos)),
  );
}

const times: [written: string, value: string][] = [
  ['1979-05-27T07:32:00Z', '1979-05-27T07:32:00Z'],
  ['1979-05-27t07:32:00z', '1979-05-27T07:32:00Z'],
  ['1979-05-27', '1979-05-27'],
  ['1979-05-27 07:32:00.5', '1979-05-27T07:32:00.500'],
  ['1979-05-27T07:32:00.120Z', '1979-05-27T07:32:00.120Z'],
  ['07:32:00.000000', '07:32:00'],
  ['1979-05-27T00:32:00.999999-07:00', '1979-05-27T00:32:00.999999-07:00'],
  ['1979-05-27T00:32:00.1234567891Z', '1979-05-27T00:32:00.123456789Z'],
  ['1979-05-27T07:32:00+00:00', '1979-05-27T07:32:00Z'],
  ['1979-05-27T07:32:00-00:00', '1979-05-27T07:32:00Z'],
  ['1979-05-27T07:32:00.1234+00:00', '1979-05-27T07:32:00.123400Z'],
  ['1979-05-27 07:32:00.12345', '1979-05-27T07:32:00.123450'],
  ['1979-05-27t07:32:00.12345z', '1979-05-27T07:32:00.123450Z'],
  ['07:32:00.1234', '07:32:00.123400'],
  ['07:32:00.0004', '07:32:00.000400'],
  ['07:32:00.0000000001', '07:32:00'],
  ['07:32:00.1230004', '07:32:00.123000400'],
];

test('times keep up to nine fractional digits of their seconds', () => {
  for (const [written, value] of times) assert.deepEqual(read(`t = ${written}`), { t: { _type: 'timestamp', value } }, written);
});

test('only times are read as timestamps, in any place', () => {
  const stamp = (value: string) => ({ _type: 'timestamp', value });
  const text = [
    'a = [ 07:32:00.1234, { x = 07:32:00.1234567 }, "07:32:00.1234", \'07:32:00.1234\' ] # 07:32:00.1234',
    '"07:32:00.1234" = """',
    '"07:32:00.1234" \\',
    '  " 07:32:00.1234"""',
    '"__proto__" = 07:32:00.5',
    'f = 0.12345',
    'n = 9007199254740993',
    '[[t]]',
    'u = 1979-05-27T07:32:00.1234Z',
  ].join('\n');
  const found = read(text) as Record<string, unknown>;
  assert.deepEqual(found.a, [stamp('07:32:00.123400'), { x: stamp('07:32:00.123456700') }, '07:32:00.1234', '07:32:00.1234']);
  assert.equal(found['07:32:00.1234'], '"07:32:00.1234" " 07:32:00.1234');
  assert.deepEqual(Object.getOwnPropertyDescriptor(found, '__proto__')?.value, stamp('07:32:00.500'));
  assert.equal(found.f, 0.12345);
  assert.deepEqual(found.t, [{ u: stamp('1979-05-27T07:32:00.123400Z') }]);
});

test('invalid times are errors, and so is any time without the feature', () => {
  for (const wrong of ['1979-13-27T07:32:00.1234', '07:62:00.1234', '07:32:00.1234x', '07:32'])
    assert.throws(() => read(`t = ${wrong}`), { code: 'eval/bad-toml' }, wrong);
  assert.throws(() => read('t = 07:32:00.1234', []), /Dates and times are not supported/);
});
