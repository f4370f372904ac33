/** Expressions with tokens removed, doubled, swapped or inserted, which the parser must refuse or read differently. */
import type { Random } from './random.ts';
import { optional, tree, type Tree } from './tree.ts';

/** Roughly Nix's tokens; spaces are kept as tokens of their own. */
const token = new RegExp(
  [
    /\s+/,
    /''(?:[^']|'(?!')|'''|''\$|''\\.)*''/,
    /"(?:[^"\\]|\\[^])*"/,
    /(?:[\w.+-]*(?:\/[\w.+-]+)+)/,
    /[A-Za-z_][\w'-]*/,
    /[0-9.]+(?:e[+-]?\d+)?/,
    /\|\||&&|==|!=|<=|>=|\+\+|\/\/|->|\.\.\.|\|>|<\||\$\{|[^]/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

const soup = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '${',
  ';',
  ':',
  ',',
  '.',
  '=',
  '@',
  '?',
  '!',
  '-',
  '+',
  '*',
  '/ ',
  '//',
  '++',
  '&&',
  '||',
  '->',
  '==',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '|>',
  '<|',
  '...',
  '"',
  "''",
  ' let ',
  ' in ',
  ' rec ',
  ' with ',
  ' inherit ',
  ' assert ',
  ' if ',
  ' then ',
  ' else ',
  ' or ',
  ' a ',
  ' x: ',
  ' {a}: ',
  '{ a, b ? 1, ... }@c: ',
  ' null ',
  '1',
  '1.5',
  '.5',
  '1.',
  '00',
  '0.',
  '1e3',
  '1.e3',
  '1.2.3',
  'a.b',
  'x:x',
  'a:b',
  ' a: b ',
  'http://x.y/?z',
  './a',
  '../b',
  '/a',
  '~/c',
  '<a>',
  '<a/b>',
  'a/b',
  'a-b',
  "a'",
  '# c\n',
  '/* c */',
  '/**/',
  '/*',
  '*/',
  '\n',
  '\r\n',
  '\t',
  '$',
  '\\',
  '&',
  '|',
  '%',
  '^',
  '`',
  "'",
  'é',
  '""',
  '"a"',
  '"${"a"}"',
  "''a''",
  ' __curPos ',
  ' true ',
  'builtins.add ',
  '//a',
  '/a//${"b"}',
  '--1',
  '-a',
  '!!',
  'a.b or c',
  '? a.b',
  '."x"',
  '.${"x"}',
  '.or',
  'or',
];

export function mutated(text: string, random: Random): Tree {
  const tokens = text.match(token) ?? [];
  for (let n = 1 + random.below(3); n > 0; n--) {
    const at = random.below(tokens.length);
    switch (random.below(6)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, tokens[at] ?? '');
        break;
      case 2:
        tokens.splice(at, 2, ...tokens.slice(at, at + 2).reverse());
        break;
      case 3:
        tokens.splice(at, 1, random.pick(soup));
        break;
      default:
        tokens.splice(at, 0, random.pick(soup));
    }
  }
  return tree`${tokens.map((t) => optional({ parts: [t] }))}`;
}

/** Tokens in random order. */
export function babble(random: Random): Tree {
  return tree`${random.times(1 + random.below(9), () => optional({ parts: [random.pick(soup)] }))}`;
}
