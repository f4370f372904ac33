import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Expr, LaterExpr } from '../../src/lang/ast.ts';
import { parse, parseInParts, type ParseOptions } from '../../src/lang/parser.ts';
import { readLater } from '../../src/lang/read-later.ts';
import { resolveInParts, resolveVariables } from '../../src/lang/resolve.ts';

const options: ParseOptions = { basePath: '/base', home: () => '/home', pipes: true, leastPart: 1 };
const globals = new Map(
  ['builtins', 'import', 'map', 'true', 'false', 'null', '__sub', '__mul', '__div', '__lessThan', '__findFile', '__nixPath'].map((name) => [
    name,
    1,
  ]),
);

/** A copy without LaterExprs, with positions relative to the text. */
function whole(value: unknown, base: number, count: { later: number }): unknown {
  if (Array.isArray(value)) return value.map((item) => whole(item, base, count));
  if (value === null || typeof value !== 'object') return value;
  if ((value as Expr).kind === 'later') {
    count.later += 1;
    return whole(readLater(value as LaterExpr), base, count);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'index')
      .map(([key, item]) => [key, key === 'pos' || key === 'conditionEnd' ? (item as number) - base : whole(item, base, count)]),
  );
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string };
    assert.ok(code, `${error}`);
    // The message contains the position of a duplicate, with the name of the text.
    return { code, message, hint };
  }
}

/** The tree parsed at once, in parts, and in parts that an earlier parse found. */
function threeWays(text: string): { atOnce: unknown; inParts: unknown; again: unknown; skipped: number } {
  const atOnce = outcome(() => {
    const { expr, source } = parse('/base/file', text, options);
    resolveVariables(expr, globals, null);
    return whole(expr, source.base, { later: 0 });
  });
  let ranges: Uint32Array | null = null;
  const skipped = { later: 0 };
  const parts = (): unknown =>
    outcome(() => {
      const { expr, source, parts: found } = parseInParts('/base/file', text, options, ranges);
      resolveInParts(expr, found, globals);
      ranges = found.close();
      skipped.later = 0;
      return whole(expr, source.base, skipped);
    });
  return { atOnce, inParts: parts(), again: parts(), skipped: skipped.later };
}

function nixFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.nix'))
    .map((name) => join(folder, name))
    .sort();
}

for (const folder of ['test/lang', 'distro']) {
  test(`the texts below ${folder} have the same tree whether parsed at once or in parts`, () => {
    let skipped = 0;
    for (const file of nixFiles(folder)) {
      const ways = threeWays(readFileSync(file).toString('latin1'));
      assert.deepEqual(ways.inParts, ways.atOnce, file);
      assert.deepEqual(ways.again, ways.atOnce, `${file}, again`);
      skipped += ways.skipped;
    }
    assert.ok(skipped > 50, `only ${skipped} parts were left for later`);
  });
}

const merged = [
  '{ a = { x = 1 + 1; }; a.y = 2 + 2; }',
  '{ a.y = 2 + 2; a = { x = 1 + 1; }; }',
  '{ a = rec { x = 1; y = x + 1; }; a = { z = 3 + 4; }; }',
  '{ a.b = { x = 1 + 1; c = { d = 1 + 2; }; }; a.b.c.e = [ 1 2 ]; a.b.c.f.g = 1 + 1; }',
  'let a = { x = a.y + 1; }; a.y = 2 * 2; in { inherit a; b = with a; [ x y ]; }',
  '{ a = { x = 1; }; b = 1; } // { a.b.c = { d = 1; }; a.b.c.e = { f = (x: y: x + y) 1 2; }; }',
  '{ a = { x = 1; }; a = 1 + 1; }',
  '{ a = [ 1 ]; a.b = 1; }',
  '{ f = x: y: { z, ... }@w: let q = x + y; in [ z w q ]; }',
  "x: { f = \"a${let b = [ x ]; in toString b}c\"; toString = (y: y); g = ''${x}\n  ${{ a = x + 1; }.a}''; }",
];

test('merged sets are not parsed in parts', () => {
  for (const text of merged) {
    const ways = threeWays(text);
    assert.deepEqual(ways.inParts, ways.atOnce, text);
    assert.deepEqual(ways.again, ways.atOnce, text);
  }
});

test('finds an error in a part that is never evaluated', () => {
  for (const text of ['{ a = { b = [ 1 2; }; }', '{ a = { b = undefinedName + 1; }; }', '{ a = x: y: { b = 1; b = 2; }; }']) {
    const { inParts, atOnce } = threeWays(text);
    assert.deepEqual(inParts, atOnce);
    assert.ok((inParts as { code?: string }).code, text);
  }
});
