/** Arguments whose parts must fit together; independently generated parts rarely do. */
import { list, type Kind } from './kinds.ts';
import type { Random } from './random.ts';
import { optional, tree, type Tree } from './tree.ts';

/** Makes a part of some kind. */
type Inner = (kind: Kind) => Tree;

export function closure(random: Random, inner: Inner): Tree {
  const sort = random.pick(['int', 'int', 'num', 'string', 'path', 'any', list('int')] as const);
  const key = (): Tree => (random.chance(0.9) ? inner(sort) : inner('any'));
  const items = (): Tree[] =>
    random.times(random.below(4), () => optional(tree`{ key = ${key()}; ${random.chance(0.4) ? tree`v = ${inner('any')}; ` : ''}} `));
  const operator = random.pick<() => Tree>([
    () => tree`x: [ ${items()}]`,
    () =>
      tree`x: if builtins.isInt x.key && x.key < ${String(
        random.below(12),
      )} && x.key > -9 then [ { key = x.key + ${String(1 + random.below(3))}; from = x.key; } ${items()}] else [ ]`,
    () => tree`x: map (k: { key = k; }) ${inner(list(sort))}`,
    () => inner({ fn: ['set'], to: list('set') }),
  ])();
  return tree`({ ${optional(tree`startSet = [ ${items()}]; `)}${optional(tree`operator = ${operator}; `)}})`;
}

const comparisons = [
  'a: b: a < b',
  'a: b: a > b',
  'a: b: a <= b',
  'a: b: true',
  'a: b: false',
  'builtins.lessThan',
  'a: b: a.k < b.k',
  'a: b: a.k > b.k',
  'a: b: a.k <= b.k',
  'a: b: if a.k == 3 then throw "three" else a.k < b.k',
  'a: b: toString a < toString b',
  'a: b: a.k == b.k',
  'a: b: a.i < 2',
  'a: b: 1',
  'a: 1',
  'a: b: a.k - b.k < 2',
];

export function sort(random: Random, inner: Inner): Tree {
  const comparison = random.pick(comparisons);
  const of = random.pick(['int', 'num', 'string', 'path', list('int')] as const);
  const n = random.below(random.pick([4, 9, 20, 40]));
  const items = random.times(n, (i) =>
    optional(
      comparison.includes('.') && !comparison.includes('builtins')
        ? tree`{ k = ${String(random.below(7))}; i = ${String(i)}; } `
        : tree`${random.chance(0.02) ? inner('any') : of === 'int' ? String(random.below(9)) : inner(of)} `,
    ),
  );
  return tree`(builtins.sort (${comparison}) [ ${items}])`;
}

export function replacement(random: Random, inner: Inner): Tree {
  const from = random.times(random.below(5), () =>
    optional(
      tree`${
        random.chance(0.7) ? random.pick(['"a"', '"b"', '"ab"', '""', '"abc"', '" "', '"é"', '"aa"', '"."', '"\\n"']) : inner('string')
      } `,
    ),
  );
  const to = random.times(random.chance(0.93) ? from.length : random.below(4), () =>
    optional(tree`${random.chance(0.5) ? random.pick(['""', '"x"', '"a"', '"yy"', '(throw "to")', '1']) : inner('string')} `),
  );
  return tree`(builtins.replaceStrings [ ${from}] [ ${to}] ${inner('string')})`;
}

export function pathArguments(random: Random, inner: Inner): Tree {
  const part = (chance: number, make: () => Tree): Tree[] => (random.chance(chance) ? [optional(make())] : []);
  return tree`({ ${[
    ...part(0.95, () => tree`path = ${inner(random.chance(0.9) ? 'path' : 'any')}; `),
    ...part(0.4, () => tree`name = ${inner('name')}; `),
    ...part(0.3, () => tree`recursive = ${inner('bool')}; `),
    ...part(
      0.3,
      () =>
        tree`filter = ${
          random.chance(0.7)
            ? random.pick([
                '(p: t: true)',
                '(p: t: t != "regular")',
                '(p: t: baseNameOf p != "text")',
                '(p: t: throw (baseNameOf p))',
                '(p: 1)',
              ])
            : inner({ fn: ['string', 'string'], to: 'bool' })
        }; `,
    ),
    ...part(0.15, () => tree`sha256 = ${inner('hash')}; `),
    ...part(0.03, () => tree`other = 1; `),
  ]}})`;
}

export function searchPath(random: Random, inner: Inner): Tree {
  return tree`[ ${random.times(random.below(4), () =>
    optional(
      tree`{ ${optional(
        tree`path = ${
          random.chance(0.85) ? random.pick(['./in', './in/files', '"/nowhere"', './missing', './in/files/text']) : inner('any')
        }; `,
      )}${optional(tree`prefix = ${random.chance(0.9) ? random.pick(['""', '"a"', '"files"', '"a/b"', '"nix"']) : inner('string')}; `)}} `,
    ),
  )}]`;
}

export const sought = [
  '"files"',
  '"a"',
  '"a/text"',
  '"text"',
  '"a/b/text"',
  '"files/text"',
  '"x"',
  '""',
  '"/"',
  '"a/"',
  '"files/../files"',
];
