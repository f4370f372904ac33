/** Paths are stored as steps up from the folder of their text (write-expression.ts), because the same text may be in many folders. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { evaluate, RememberedExpressions } from './both-evaluators.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const cache = new RememberedExpressions();
const up = (n: number): string => Array(n).fill('..').join('/');
const deep = `/${Array.from({ length: 60 }, (_, i) => `d${i}`).join('/')}`;

const texts = [
  './a',
  './.',
  './..',
  './../',
  './a/../b',
  './a//b',
  './a/./b/',
  '../a',
  '../..',
  '../../a/../b',
  './.a',
  './..a/b',
  './...',
  'a/b',
  'a/../..',
  '/',
  '/.',
  '/..',
  '/a',
  '/a/b/../c',
  '/a/../../..',
  '//a',
  './a + "/b"',
  './. + "/../c"',
  './. + ""',
  '/. + "/a"',
  '../. + "x"',
  './a + ./b',
  'toString ./.',
  '"${toString ../.}/x"',
  ...['""', '"a"', '"a/b"', '"."', '".."', '"../.."', '"/a/"', '"/"', '" "', '"a/../.."'].flatMap((x) => [
    `./\${${x}}`,
    `./\${${x}}/..`,
    `./\${${x}}/../../b`,
    `./a\${${x}}`,
    `./a/\${${x}}b`,
    `../\${${x}}`,
    `../../\${${x}}/c`,
    `a/\${${x}}`,
    `/\${${x}}`,
    `/a/\${${x}}/..`,
    `./.\${${x}}`,
    `./..\${${x}}`,
  ]),
  './${./a}',
  './${toString ./a}',
  '[ ./a ./a (./a == ./a) (./a == ../a) ]',
  'let x = ./a; f = y: y + "/b"; in [ x (f x) (f ./.) ]',
  ...[1, 2, 3, 7, 46, 47, 48, 49, 50, 70].flatMap((n) => [
    `./${up(n)}`,
    `./${up(n)}/a`,
    `${up(n)}/a/b`,
    `./${up(n)}/\${"x"}/..`,
    `./a/${up(n)}/\${"x"}`,
  ]),
  'baseNameOf ./.',
  'dirOf ./.',
  'dirOf ./a',
  'dirOf /.',
  '{ p ? ./a }: p',
  'rec { a = ./b; b = a; }',
  '(x: ./${x}) "q"',
  'builtins.pathExists ./.',
  'builtins.typeOf ./a/../b',
  'map toString [ ./a ../a ]',
  'with { a = ./x; }; a',
];
const folders = [
  '/',
  '/a',
  '/a/b',
  '/a/b/c/d/e',
  '/a b',
  '/\xe9',
  deep,
  deep.split('/').slice(0, 49).join('/'),
  deep.split('/').slice(0, 50).join('/'),
  folder,
];

for (const place of folders) {
  test(`resolves paths in ${place.length > 60 ? `a folder ${place.split('/').length - 1} deep` : place}`, () => {
    // Uses what another folder left in the cache, with different paths.
    for (const text of texts) {
      const plain = evaluate(text, place, { plain: true });
      const fast = evaluate(text, place, { cache });
      if (plain.value === undefined) assert.ok(!fast.counts, `${text} fails, but the machine answers ${fast.value}`);
      else if (fast.counts) assert.equal(fast.value, plain.value, text);
      else assert.fail(`${text}: the machine stopped: ${String(fast.error)}`);
    }
  });
}

test('the same text in two folders has two different paths', () => {
  const text = '[ ./x ../x ./. ./${"y"} (import ./n.nix) ]';
  const write = (name: string, content: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  for (const name of ['one', 'two/three']) {
    write(`${name}/m.nix`, text);
    write(`${name}/n.nix`, '"${toString ./.}/${baseNameOf __curPos.file}"');
  }
  const both = 'import ./one/m.nix ++ import ./two/three/m.nix ++ import ./one/m.nix';
  const plain = evaluate(both, folder, { plain: true });
  assert.equal(evaluate(both, folder, { cache }).value, plain.value);
  assert.equal(evaluate(both, folder, { cache }).value, plain.value);
  const at = (name: string): string =>
    `${[`${name}/x`, `${dirname(join(folder, name)).slice(folder.length + 1)}/x`, name, `${name}/y`].map((path) => join(folder, path)).join(' ')} "${join(folder, name)}/n.nix"`;
  assert.equal(plain.value, `[ ${at('one')} ${at('two/three')} ${at('one')} ]`);
});
