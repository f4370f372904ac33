import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format } from '../../scripts/format-nix/format.ts';

/** Checks that `text` is formatted as `expected`, which formatting leaves unchanged. */
function becomes(text: string, expected: string): void {
  assert.equal(format(text), expected);
  assert.equal(format(expected), expected);
}

test('keeps a set of one attribute on one line, and breaks other sets', () => {
  becomes('{a=1;}', '{ a = 1; }\n');
  becomes('{ a = 1; b = 2; }', '{\n  a = 1;\n  b = 2;\n}\n');
  becomes('{\n a = 1; }', '{\n  a = 1;\n}\n');
  becomes('{ }', '{ }\n');
});

test('keeps lists on one line if they fit and were on one line', () => {
  becomes('[ 1 2\n ]', '[\n  1\n  2\n]\n');
  becomes('[1 2]', '[ 1 2 ]\n');
  const words = Array.from({ length: 20 }, (_, i) => `"word-${i}"`);
  becomes(`[ ${words.join(' ')} ]`, `[\n${words.map((word) => `  ${word}\n`).join('')}]\n`);
});

test('formats let, if, with and assert', () => {
  becomes('let a = 1; in a', 'let\n  a = 1;\nin\na\n');
  becomes('if a then b else c', 'if a then b else c\n');
  const long = 'x'.repeat(60);
  becomes(`if a then ${long} else if b then ${long} else c`, `if a then\n  ${long}\nelse if b then\n  ${long}\nelse\n  c\n`);
  becomes('assert a; with b; [ c ]', 'assert a;\nwith b; [ c ]\n');
});

test('formats arguments of functions', () => {
  becomes('{lib, ...}: x: lib', '{ lib, ... }: x: lib\n');
  becomes('{ a, b, c ? 1 }@args: a', '{\n  a,\n  b,\n  c ? 1,\n}@args:\na\n');
  becomes('{ f = a: b: { inherit a; inherit b; }; }', '{\n  f = a: b: {\n    inherit a;\n    inherit b;\n  };\n}\n');
  becomes('{ a\n, b # about b\n, # about c\n  c\n}: a', '{\n  a,\n  b, # about b\n  # about c\n  c,\n}:\na\n');
});

test('continues an application below its line with the last argument, and starts lines with operators', () => {
  becomes('{ x = mkOption { a = 1; b = 2; }; }', '{\n  x = mkOption {\n    a = 1;\n    b = 2;\n  };\n}\n');
  const long = 'x'.repeat(60);
  becomes(`{ a = ${long} ++ ${long} ++ [ 1 ]; }`, `{\n  a =\n    ${long}\n    ++ ${long}\n    ++ [ 1 ];\n}\n`);
  becomes(`f (x: { a = x; b = 1; }) y`, `f (x: {\n  a = x;\n  b = 1;\n}) y\n`);
  becomes(`f ${long} ${long}`, `f\n  ${long}\n  ${long}\n`);
});

test('formats inherit', () => {
  becomes('{ inherit (a)\n b c; }', '{ inherit (a) b c; }\n');
  const names = Array.from({ length: 20 }, (_, i) => `name-${i}`);
  becomes(`{ inherit ${names.join(' ')}; }`, `{\n  inherit\n${names.map((name) => `    ${name}\n`).join('')}    ;\n}\n`);
});

test('keeps comments with their subject, and single empty lines', () => {
  becomes(
    '# first\n\n\n\n{ # in\n  a = 1; # behind\n\n\n  # above\n  b = [ # list\n  ];\n  # last\n}\n# end',
    [
      '# first',
      '',
      '{',
      '  # in',
      '  a = 1; # behind',
      '',
      '  # above',
      '  b = [',
      '    # list',
      '  ];',
      '  # last',
      '}',
      '# end',
      '',
    ].join('\n'),
  );
  becomes('{ a = # of a\n 1; b = /* inline */ 2; }', '{\n  a =\n    # of a\n    1;\n  b = /* inline */ 2;\n}\n');
  becomes('{\n    /* one\n       two */\n    a = 1;\n}', '{\n  /* one\n     two */\n  a = 1;\n}\n');
});

test('keeps the text of strings, and changes only the indentation that Nix strips', () => {
  becomes('{ a = "x\n  y"; }', '{\n  a = "x\n  y";\n}\n');
  becomes(
    "{ b = {\n a = ''\n        one\n\n          two ${x}\n     ''; }; }",
    "{\n  b = {\n    a = ''\n      one\n\n        two ${x}\n    '';\n  };\n}\n",
  );
  becomes("''\n    one\n    two''", "''\n  one\n  two''\n");
  becomes("''a''${b}'''${ c }''", "''a''${b}'''${c}''\n");
});

test('refuses invalid Nix', () => {
  assert.throws(() => format('{ a = ; }'));
});
