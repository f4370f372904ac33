/** Random JSON and TOML, valid or one character away from it. */
import type { Random } from './random.ts';

const jsonStrings = [
  'a',
  'b',
  'é',
  '日',
  '\\n',
  '\\t',
  '\\"',
  '\\\\',
  '\\/',
  '\\u00e9',
  '\\ud83d\\ude00',
  '\\ud83d',
  '\\b',
  '\\f',
  '\\r',
  ' ',
  '$',
  '\\u0001',
  '😀',
  '\x7f',
  '\\u0000',
  '\\u002F',
  '/',
  '\\x',
  "'",
];

function jsonValue(random: Random, depth: number): string {
  const space = (): string => random.pick(['', '', '', ' ', '\n', '\t']);
  const string = (): string =>
    `"${random.times(random.below(4), () => random.pick(jsonStrings.slice(0, random.pick([3, 20, jsonStrings.length])))).join('')}"`;
  const values = (make: () => string): string => random.times(random.below(4), () => space() + make() + space()).join(',');
  switch (random.below(depth > 0 ? 9 : 6)) {
    case 0:
      return random.pick(['null', 'true', 'false', 'nul', 'True']);
    case 1:
    case 2:
      return `${random.pick(['', '', '-'])}${random.pick([
        '0',
        '1',
        '12',
        '255',
        '9007199254740993',
        '9223372036854775807',
        '9223372036854775808',
        '18446744073709551615',
        '18446744073709551616',
        '123456789012345678901234',
        '01',
      ])}`;
    case 3:
      return `${random.pick(['', '-'])}${random.below(100)}${random.pick(['', '.5', '.0', '.', '.123456789012345678'])}${random.pick([
        '',
        'e5',
        'E-3',
        'e+10',
        'e',
        'e308',
        'e-320',
        'e400',
      ])}`;
    case 4:
    case 5:
      return string();
    case 6:
    case 7:
      return `[${values(() => jsonValue(random, depth - 1))}${space()}]`;
    default:
      return `{${values(() => `${string()}${space()}:${space()}${jsonValue(random, depth - 1)}`)}${space()}}`;
  }
}

function tomlValue(random: Random, depth: number): string {
  const word = (): string => random.times(random.below(4), () => random.pick(['a', 'b', 'é', ' ', '1', '#', '$'])).join('');
  switch (random.below(depth > 0 ? 10 : 7)) {
    case 0:
      return random.pick([
        'true',
        'false',
        'True',
        '1_000',
        '+5',
        '-17',
        '0',
        '+0',
        '-0',
        '0xDEAD_beef',
        '0o17',
        '0b101',
        '1__0',
        '_1',
        '9223372036854775807',
        '-9223372036854775808',
        '9223372036854775808',
        '01',
        '0x',
      ]);
    case 1:
      return random.pick(['1.5', '-0.0', '1e3', '6.26e-34', '1_0.0_1', 'inf', '+inf', '-nan', '1.', '.5', '1.e3', '3E2', '5e+22', '0.1']);
    case 2:
      return `"${random
        .times(random.below(4), () =>
          random.pick(['a', 'b', '\\n', '\\t', '\\"', '\\\\', '\\u00e9', '\\U0001F600', 'é', ' ', '\\x', '\\e', '\\b', '#', '\t']),
        )
        .join('')}"`;
    case 3:
      return `'${word()}'`;
    case 4:
      return `"""${random.pick(['', '\n'])}${random
        .times(random.below(4), () => random.pick(['a', '\n', '\\\n  ', '"', '""', '\\n', ' ', 'b']))
        .join('')}"""`;
    case 5:
      return `'''${random.pick(['', '\n'])}${random.times(random.below(3), () => random.pick(['a', '\n', "'", '\\', 'b'])).join('')}'''`;
    case 6:
      return random.pick([
        '1979-05-27',
        '1979-05-27T07:32:00Z',
        '07:32:00',
        '1979-05-27 07:32:00.999-07:00',
        '1979-13-01',
        '1979-05-27T00:32:00.5',
      ]);
    case 7:
    case 8:
      return `[${random.pick(['', ' ', '\n'])}${random
        .times(random.below(4), () => tomlValue(random, depth - 1))
        .join(random.pick([', ', ',', ',\n', ' , # c\n']))}${random.pick(['', '', ',', '\n'])}]`;
    default:
      return (
        '{ ' +
        `${random.times(random.below(3), () => `${tomlKey(random)} = ${tomlValue(random, depth - 1)}`).join(', ')}${random.pick([
          '',
          '',
          '',
          ',',
        ])} }`
      );
  }
}

function tomlKey(random: Random): string {
  return random
    .times(random.pick([1, 1, 1, 2, 3]), () =>
      random.pick(
        ['a', 'b', 'c', 'd', 'e', 'f', '1', 'a-b', '_', '"a"', '"q r"', "'l'", '""', '"\\u0061"', 'é'].slice(0, random.pick([6, 15])),
      ),
    )
    .join(random.pick(['.', '.', ' . ']));
}

function tomlLine(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return `[${tomlKey(random)}]`;
    case 1:
      return `[[${tomlKey(random)}]]`;
    case 2:
      return random.pick(['', '# comment', '   ']);
    default:
      return `${random.pick(['', '', '  '])}${tomlKey(random)}${random.pick([' = ', '=', ' =\t'])}${tomlValue(
        random,
        2,
      )}${random.pick(['', '', '', ' # c'])}`;
  }
}

/** Removes, inserts or doubles a character. */
function spoilt(text: string, characters: string, random: Random): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + random.pick(['', random.pick([...characters]), text.slice(at, at + 1).repeat(2)]) + text.slice(at + 1);
}

export function madeJson(random: Random): string {
  const text = `${random.pick(['', '', ' ', '\n'])}${jsonValue(random, 3)}${random.pick(['', '', ' ', '\n'])}`;
  return random.chance(0.12) ? spoilt(text, '{}[],:"\\0-e. \x01', random) : text;
}

export function madeToml(random: Random): string {
  const text = random.times(random.below(5), () => tomlLine(random)).join(random.pick(['\n', '\n', '\r\n']));
  return random.chance(0.1) ? spoilt(text, '[]{}=.,"\'#\n0_', random) : text;
}
