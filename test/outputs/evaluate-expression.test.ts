/** The forms of `bootflake eval`, through the session and its worker. The expected output is Nix 2.34.8's unless stated otherwise. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { open } from '../flake/opened.ts';
import { setEnvironment } from '../support/environment.ts';

test('passes arguments to the functions on the path to an attribute', async (t) => {
  const { session } = open(t, { 'g.nix': '{ x ? 5 }: { a = x; }' });
  const s = session();
  const args = { x: { expr: '1 + 1' } };
  assert.equal(await s.evaluateExpression({ file: 'g.nix', installable: 'a', format: 'nix' }), '5');
  assert.equal(await s.evaluateExpression({ file: 'g.nix', installable: 'a', args, format: 'nix' }), '2');
  assert.equal(
    await s.evaluateExpression({ expr: '{ z = { x }: { y = x; }; }', installable: 'z.y', args: { x: { text: '1' } }, format: 'nix' }),
    '"1"',
  );
  assert.match(await s.evaluateExpression({ expr: '{ x }: x', args, format: 'nix' }), /^«lambda @ «string»:1:1»$/);
  // Like nix-instantiate --eval --strict.
  assert.equal(await s.evaluateExpression({ expr: '{ x }: x', args, format: 'strict' }), '2');
  await assert.rejects(
    s.evaluateExpression({ expr: '{ x }: { y = x; }', installable: 'y', format: 'nix' }),
    /argument without a value \('x'\)/,
  );
});

test('the search path has -I before NIX_PATH, relative to the current folder', async (t) => {
  const { session, space, warnings } = open(t, { 'one/a.nix': '1', 'two/a.nix': '2', 'two/b.nix': '3' });
  setEnvironment(t, { NIX_PATH: `x=${space.path('two')}:${space.path('two')}` });
  const s = session({ impure: true, searchPath: ['x=one', 'gone=flake:no-such-flake-anywhere'] });
  assert.equal(
    await s.evaluateExpression({ expr: '[ <x/a.nix> <x/b.nix> <a.nix> ]', format: 'nix' }),
    `[ ${space.path('one/a.nix')} ${space.path('two/b.nix')} ${space.path('two/a.nix')} ]`,
  );
  assert.equal(await s.evaluateExpression({ file: '<x/a.nix>', format: 'nix' }), '1');
  assert.equal(
    await s.evaluateExpression({ expr: 'map (e: e.prefix + "=" + e.path) builtins.nixPath', format: 'json' }),
    JSON.stringify(['x=one', 'gone=flake:no-such-flake-anywhere', `x=${space.path('two')}`, `=${space.path('two')}`]),
  );
  assert.equal(await s.evaluateExpression({ expr: '(builtins.tryEval <gone>).success', format: 'nix' }), 'false');
  assert.match(warnings.join('\n'), /'flake:no-such-flake-anywhere' of the search path is skipped/);
});

test('a search path entry may be a flake', async (t) => {
  const { session, space } = open(t, { 'f/default.nix': '42', 'f/flake.nix': '{ outputs = _: { }; }' });
  const s = session({ impure: true, searchPath: [`f=flake:path:${space.path('f')}`] });
  assert.equal(await s.evaluateExpression({ expr: 'import <f>', format: 'nix' }), '42');
  assert.match(await s.evaluateExpression({ expr: '<f>', format: 'nix' }), /^\/nix\/store\/[a-z0-9]{32}-source$/);
});

test('indents JSON on request', async (t) => {
  const { session } = open(t, {});
  const expr = '{ a = [ 1 { b = 2; } ]; big = 9223372036854775807; e = { }; f = [ ]; s = "a{\\"[,\\\\"; }';
  const json = await session().evaluateExpression({ expr, format: 'json', pretty: true });
  assert.equal(
    json,
    `{
  "a": [
    1,
    {
      "b": 2
    }
  ],
  "big": 9223372036854775807,
  "e": {},
  "f": [],
  "s": "a{\\"[,\\\\"
}`,
  );
});

test('writes strings, and only strings, to files', async (t) => {
  const { session, space } = open(t, {});
  const s = session();
  const write = (expr: string, writeTo: string) => s.evaluateExpression({ expr, writeTo, format: 'nix' });
  await write('{ foo = "bar"; subdir.bla = "12\\n"; }', 'out');
  assert.deepEqual(readdirSync(space.path('out')).sort(), ['foo', 'subdir']);
  assert.equal(readFileSync(space.path('out/subdir/bla'), 'utf8'), '12\n');
  await assert.rejects(write('"x"', 'out'), /'.*\/out' already exists/);
  await assert.rejects(write('{ a = 1; }', 'out2'), /not a string or a set of strings but an integer: 1/);
  // Nix writes outside the folder here.
  await assert.rejects(write('{ "../up" = "x"; }', 'out3'), /'\.\.\/up' cannot be the name of a file/);
  assert.ok(!existsSync(space.path('up')));
});

test('does not write derivations with --read-only', async (t) => {
  const { session, space } = open(t, {});
  const expr =
    '(derivation { name = "ro"; system = "s"; builder = "b"; inputs = [ (derivation { name = "in"; system = "s"; ' +
    'builder = "b"; }) ]; }).drvPath';
  const path = JSON.parse(await session({ readOnly: true }).evaluateExpression({ expr, format: 'json' })) as string;
  assert.ok(!existsSync(space.store.realPath(path)), path);
  assert.equal(JSON.parse(await session().evaluateExpression({ expr, format: 'json' })), path);
  assert.ok(existsSync(space.store.realPath(path)), path);
});

test('errors for a wrong attribute path in an expression or a file speak of expressions, not of flakes', async (t) => {
  const { session } = open(t, { 'g.nix': '{ b = { other = 1; }; }' });
  const s = session();
  const cases: [request: { expr?: string; file?: string; installable: string }, message: string, hint: RegExp][] = [
    [{ expr: '{ b = { }; }', installable: 'b.a' }, "attribute 'a' in selection path 'b.a' not found", /^'b' has no attributes$/],
    [
      { expr: '{ b = 1; }', installable: 'b.a' },
      "the expression selected by the selection path 'b.a' should be a set but is an integer",
      /^that is 'b'$/,
    ],
    [
      { expr: '{ b = 1; }', installable: 'b.0' },
      "the expression selected by the selection path 'b.0' should be a list but is an integer",
      /^that is 'b'$/,
    ],
    [{ expr: '{ b = [ 1 ]; }', installable: 'b.3' }, "list index 3 in selection path 'b.3' is out of range", /'b' has 1 elements/],
    [
      { expr: '{ bcd = 1; }', installable: 'bce' },
      "attribute 'bce' in selection path 'bce' not found",
      /did you mean 'bcd'\? the expression has: bcd/,
    ],
    [
      { expr: '5', installable: 'a' },
      "the expression selected by the selection path 'a' should be a set but is an integer",
      /^that is the expression$/,
    ],
    [
      { file: 'g.nix', installable: 'b.othre' },
      "attribute 'othre' in selection path 'b.othre' not found",
      /did you mean 'other'\? 'b' has: other/,
    ],
    [{ file: 'g.nix', installable: 'c' }, "attribute 'c' in selection path 'c' not found", /'g\.nix' has: b/],
  ];
  for (const [request, message, hint] of cases) {
    await assert.rejects(s.evaluateExpression({ ...request, format: 'nix' }), (error: Error & { code: string; hint: string }) => {
      assert.deepEqual([error.code, error.message], ['flake/missing-attribute', message]);
      assert.match(error.hint, hint);
      return true;
    });
  }
});

test('refuses a relative path in a file: URL with an explanation', async (t) => {
  const { session } = open(t, { rel: 'x', 'rel.tar': 'x' });
  const s = session({ impure: true });
  const forms = [
    'fetchTree "file:./rel"',
    'fetchTree { type = "file"; url = "file:./rel"; }',
    'fetchTree { type = "tarball"; url = "file:./rel.tar"; }',
    'fetchTree "tarball+file:./rel.tar"',
    'fetchTree "file+file:./rel"',
    'fetchTarball "file:./rel.tar"',
    'fetchurl "file:./rel"',
    'fetchTree "file:rel"',
  ];
  for (const form of forms) {
    await assert.rejects(
      s.evaluateExpression({ expr: `builtins.${form}`, format: 'nix' }),
      {
        code: 'flake/relative-path',
        message:
          /^(?:tarball|file) 'file:(?:\.\/)?rel(?:\.tar)?' must use an absolute path\. The 'file' scheme does not support relative paths\.$/,
      },
      form,
    );
  }
});
