/** Random atoms, as source text: a fixed list (atoms.ts) reaches only what its author thought of. */
import { formatHash, digest, type HashAlgorithm, type HashFormat } from '../../src/nix-format/hash.ts';
import { madeJson, madeToml } from './documents.ts';
import type { Plain } from './kinds.ts';
import type { Random } from './random.ts';

type Maker = (random: Random) => string;

/** The literal of a plain string. */
export function literal(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\$\{/g, '\\${')}"`;
}

function int(random: Random): string {
  const bits = random.pick([3, 3, 6, 10, 31, 32, 53, 54, 62, 63]);
  const size = (1n << BigInt(bits)) - BigInt(random.below(5)) - (random.chance(0.5) ? BigInt(random.below(2 ** Math.min(bits, 30))) : 0n);
  const shown = size < 0n ? -size : size;
  return random.chance(0.4) ? `(-${shown})` : `${shown}`;
}

function float(random: Random): string {
  if (random.chance(0.06))
    return random.pick([
      '(1.0e308 * 10)',
      '(-1.0e308 * 10)',
      '(1.0e308 * 10 - 1.0e308 * 10)',
      '2.2250738585072014e-308',
      '1.7976931348623157e308',
    ]);
  const digits = (n: number): string => random.times(n, () => `${random.below(10)}`).join('');
  const text = `${1 + random.below(9)}${digits(random.below(random.pick([1, 4, 18])))}.${digits(random.below(random.pick([2, 5, 18])))}`;
  const exponent = random.chance(0.35) ? `e${random.pick(['', '-', '+'])}${random.below(random.pick([4, 20, 306]))}` : '';
  return random.chance(0.25) ? `(-${text}${exponent})` : text + exponent;
}

const inQuotes = [
  'a',
  'b',
  'ab',
  'c',
  'A',
  ' ',
  '.',
  '-',
  '/',
  '0',
  '12',
  'é',
  '日',
  '$',
  '$$',
  '$${',
  "'",
  "''",
  '\\n',
  '\\t',
  '\\r',
  '\\\\',
  '\\"',
  '\\$',
  '\\${',
  '\\x',
  '\\é',
  '\n',
  '\n  ',
  '\t',
  '\x01',
  '\x7f',
  '<',
  '&',
  '#',
  '/*',
  '{',
  '}',
  '@',
  '%',
  '\\u0041',
  ',',
  ';',
  '=',
  '[',
  ']',
];
const inIndented = [
  'a',
  'b',
  'c d',
  'é',
  '\n',
  '\n',
  '\n  ',
  '\n    ',
  '\n\t',
  '\n \n',
  '\r\n  ',
  '  ',
  '\t',
  '$',
  '$$',
  '$${x}',
  "''${x}",
  "'''",
  "''$",
  "''\\n",
  "''\\t",
  "''\\r",
  "''\\x",
  "''\\\\",
  '\\',
  '\\n',
  '"',
  "'",
  '#',
  '${"i"}',
  '${"\n"}',
  "''\\ ",
];

function string(random: Random): string {
  if (random.chance(0.5))
    return `"${random
      .times(random.below(random.pick([2, 4, 8])), () => random.pick(inQuotes.slice(0, random.pick([8, inQuotes.length]))))
      .join('')}"`;
  if (random.chance(0.5))
    return literal(random.times(random.below(9), () => random.pick(['a', 'b', 'c', 'ab', 'x', '1', '.', '-', ' '])).join(''));
  return `''${random.pick(['', '\n', '\n  ', '\n\t', '  \n    '])}${random
    .times(random.below(7), () => random.pick(inIndented))
    .join('')}''`;
}

const regexAtoms = [
  'a',
  'b',
  'c',
  'ab',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  '[0-9]',
  '[[:alpha:]]',
  '[^[:space:]]',
  '[[:digit:][:upper:]]',
  '[]b]',
  '[^]a]',
  '[a-]',
  '\\.',
  '\\*',
  '\\(',
  '\\\\',
  '-',
  '/',
  '1',
  ' ',
  '^',
  '$',
  'é',
  '[a\\]',
  '[.]',
  '\\$',
  '\\-',
  ']',
  '}',
  '\\{',
  '[[.a.]]',
  '[[=a=]]',
  '\\n',
];

function regex(random: Random, depth = 2): string {
  const branch = (): string =>
    random
      .times(random.below(4), () => {
        const atom = depth > 0 && random.chance(0.3) ? `(${regex(random, depth - 1)})` : random.pick(regexAtoms);
        return atom + random.pick(['', '', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '{0}']);
      })
      .join('');
  const text = random.times(random.pick([1, 1, 1, 2, 3]), branch).join('|');
  return random.chance(0.04)
    ? text +
        random.pick(['**', '(', ')', '[', '{', '{a}', '\\', '+?', '{3,1}', '[b-a]', '[[:x:]]', '[a', '{,2}', '\\1', '(?:a)', '{99999}'])
    : text;
}

function version(random: Random): string {
  return literal(
    random
      .times(random.below(6), () =>
        random.pick([
          '1',
          '2',
          '10',
          '007',
          'a',
          'rc',
          'pre',
          'post',
          '.',
          '.',
          '.',
          '-',
          '_',
          '+',
          '12345678901',
          'P',
          'é',
          ' ',
          '2b',
          '..',
        ]),
      )
      .join(''),
  );
}

function absolute(random: Random): string {
  let depth = 0;
  const parts = random.times(random.below(5), () => {
    const part = random.pick(['a', 'b', 'files', 'text', '..', '.', '', 'a b', '.x', '...', 'é', '~', 'c.d']);
    // Never above its starting point: the content of those folders changes all the time.
    if (part === '..' && depth === 0) return 'q';
    depth += part === '..' ? -1 : part === '' || part === '.' ? 0 : 1;
    return part;
  });
  return literal(`${random.pick(['/', '/', '', '//'])}${parts.join('/')}${random.pick(['', '', '/', '/.'])}`);
}

const algorithms: readonly HashAlgorithm[] = ['md5', 'sha1', 'sha256', 'sha512'];
const formats: readonly HashFormat[] = ['base16', 'nix32', 'base64', 'sri'];

function hash(random: Random): string {
  const algorithm = random.pick(algorithms);
  let text = formatHash({ algorithm, bytes: digest(algorithm, `${random.below(50)}`) }, random.pick(formats), random.chance(0.3));
  if (random.chance(0.12)) {
    const at = random.below(text.length);
    text = text.slice(0, at) + random.pick(['', 'e', '=', 'Z', '/', '!', ' ', '0']) + text.slice(at + random.below(2));
  }
  return literal(text);
}

function hashSpecification(random: Random): string {
  const part = (chance: number, name: string, value: () => string): string => (random.chance(chance) ? `${name} = ${value()}; ` : '');
  return (
    '{ ' +
    `${part(0.97, 'hash', () => hash(random))}${part(0.4, 'hashAlgo', () =>
      random.pick(['"md5"', '"sha1"', '"sha256"', '"sha512"', '"x"', 'null', '1']),
    )}${part(0.95, 'toHashFormat', () => random.pick(['"base16"', '"nix32"', '"base64"', '"sri"', '"base32"', '"x"', '1']))}}`
  );
}

function context(random: Random): string {
  const path = (): string =>
    `/nix/store/${random.pick([
      'g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q',
      'a1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q',
      'x',
      'E1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q',
    ])}-${random.pick(['x', 'x.drv', 'y.drv', 'a+b', 'x.drv'])}${random.chance(0.05) ? '/bin' : ''}`;
  const facts = (): string =>
    random
      .times(random.below(3), () =>
        random.pick([
          'path = true; ',
          'allOutputs = true; ',
          'outputs = [ "out" ]; ',
          'outputs = [ "out" "dev" ]; ',
          'path = false; ',
          'outputs = [ ]; ',
          'outputs = 1; ',
          'allOutputs = false; ',
          'other = 1; ',
          'outputs = [ "" ]; ',
        ]),
      )
      .filter((fact, i, all) => all.findIndex((f) => f.split(' ')[0] === fact.split(' ')[0]) === i)
      .join('');
  return `{ ${random
    .times(random.below(3), () => `"${path()}" = { ${facts()}}; `)
    .filter((entry, i, all) => all.findIndex((e) => e.split('"')[1] === entry.split('"')[1]) === i)
    .join('')}}`;
}

const makers: Partial<Record<Plain, Maker>> = {
  int,
  float,
  num: (random) => (random.chance(0.5) ? int(random) : float(random)),
  string,
  regex: (random) => literal(regex(random)),
  version,
  absolute,
  hash,
  hashspec: hashSpecification,
  context,
  json: (random) => literal(madeJson(random)),
  toml: (random) => literal(madeToml(random)),
  name: (random) =>
    literal(
      random
        .times(random.below(5), () => random.pick(['a', 'b', 'c', '1', '-', '.', '_', '+', '?', '=', ' ', 'é', "'", 'in', '.drv', '/']))
        .join(''),
    ),
  any: (random) =>
    random.pick([
      `(throw "t${random.below(9)}")`,
      int(random),
      float(random),
      string(random),
      `{ a = throw "u${random.below(9)}"; }`,
      `[ (throw "v${random.below(9)}") ]`,
    ]),
  index: (random) => `${random.below(8)}`,
  date: (random) => `"${random.below(9)}"`,
};

/** A random atom of a kind; undefined when only the list has atoms of this kind. */
export function madeAtom(kind: Plain, random: Random): string | undefined {
  return makers[kind]?.(random);
}
