import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { Attrs } from '../../src/eval/attrs.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator, type SearchPathEntry } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { fileHost } from '../support/file-host.ts';

function evaluator(host = fileHost(), searchPath: SearchPathEntry[] = []): Evaluator {
  return new Evaluator({ host, builtins: allBuiltins, searchPath });
}

function shown(text: string, style: 'eval' | 'instantiate' = 'eval', force = true): string {
  const ev = evaluator();
  return Buffer.from(
    ev.toplevel(() => printValue(ev.evalString(Buffer.from(text, 'utf8').toString('latin1'), '/base'), { style, force })),
    'latin1',
  ).toString('utf8');
}

function failure(run: () => unknown): BootflakeError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof BootflakeError, String(error));
    return error;
  }
  assert.fail('it should throw');
}

test('prints values like nix eval', () => {
  assert.equal(shown('{ b = [ 1 2.0 null ]; a = "x\\n"; }'), '{ a = "x\\n"; b = [ 1 2 null ]; }');
  assert.equal(shown('let f = x: x; in f'), '«lambda f @ «string»:1:9»');
  assert.equal(
    shown('[ (x: x) builtins.add (builtins.add 1) ]'),
    '[ «lambda @ «string»:1:4» «primop add» «partially applied primop add» ]',
  );
  assert.equal(
    shown('{ d = derivation { name = "n"; system = "s"; builder = "b"; }; }'),
    `{ d = «derivation ${JSON.parse(shown('(derivation { name = "n"; system = "s"; builder = "b"; }).drvPath')) as string}»; }`,
  );
  assert.equal(shown('[ [ ] { } { a = { }; } ]'), '[ [ ] { } { a = «repeated»; } ]');
});

test('prints unevaluated values as «thunk»', () => {
  assert.equal(shown('{ a = 1 + 1; b = 2; }', 'instantiate', false), '{ a = <CODE>; b = 2; }');
  assert.equal(shown('{ a = 1 + 1; }', 'eval', false), '{ a = «thunk»; }');
});

test('evaluates a file once, and takes variables from a scope', () => {
  const host = fileHost({ readFile: () => 'builtins.trace "evaluated" (x: x)', fileType: () => 'regular' });
  const ev = evaluator(host);
  assert.equal(ev.evalFile('/some/file.nix'), ev.evalFile('/some/file.nix'));
  assert.equal(host.traces.length, 1);
  assert.equal(
    ev.evalString(
      'a + b',
      '/',
      undefined,
      Attrs.from([
        ['a', 1],
        ['b', 2],
      ]),
    ),
    3,
  );
});

test('imports default.nix of a directory, also through a symlink', () => {
  const asked: string[] = [];
  const host = fileHost({
    fileType: (path) => (path === '/link' ? 'symlink' : path === '/real/dir' ? 'directory' : 'regular'),
    readLink: () => 'real/dir',
    readFile(path) {
      asked.push(path);
      return './here';
    },
  });
  assert.equal(printValue(evaluator(host).evalFile('/link'), { style: 'instantiate' }), '/real/dir/here');
  assert.deepEqual(asked, ['/real/dir/default.nix']);
});

test('autoCallFunction passes the given arguments and uses defaults', () => {
  const ev = evaluator();
  const call = (text: string): unknown => ev.toplevel(() => ev.autoCallFunction(ev.evalString(text, '/'), Attrs.from([['a', 5]])));
  assert.equal(call('{ a, b ? 2 }: a + b'), 7);
  assert.equal(call('{ b ? 2 }: b'), 2);
  assert.equal(call('{ ... }@args: args.a'), 5);
  assert.equal(call('12'), 12);
  assert.match(failure(() => call('{ c }: c')).hint ?? '', /--arg c/);
});

test('search path entries have prefixes, fall through, and throw a catchable error', () => {
  const there = new Set(['/one/lib', '/two/x/lib']);
  const host = fileHost({ fileType: (path) => (there.has(path) ? 'directory' : undefined) });
  const ev = evaluator(host, [
    { prefix: '', path: '/one' },
    { prefix: 'x', path: '/two/x' },
  ]);
  assert.equal(ev.findFile('lib', 0), '/one/lib');
  assert.equal(ev.findFile('x/lib', 0), '/two/x/lib');
  assert.equal(failure(() => ev.findFile('y', 0)).code, 'eval/not-in-search-path');
  assert.match(failure(() => ev.findFile('y', 0)).hint ?? '', /x=\/two\/x/);
});

test('positions have the file, the line and the column in characters', () => {
  const error = failure(() => shown('let s = "ééé"; in\n  s + "日本" + x.y'.replace('x.y', 's.y')));
  assert.deepEqual({ ...error.position }, { file: '«string»', line: 2, column: 16, sourceLine: '  s + "日本" + s.y' });
});

test('an error has a trace of the values being evaluated, innermost first', () => {
  const error = failure(() => shown('let\n a = b + 1;\n b = {\n  x = c;\n }.x;\n c = throw "no";\nin a'));
  assert.equal(error.code, 'eval/throw');
  assert.deepEqual(
    error.trace.map((step) => `${step.message} ${step.position?.line}`),
    ['while evaluating `b` 3', 'while evaluating `a` 2'],
  );
});
