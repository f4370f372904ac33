/** What a daemon of Nix says in one conversation: its greeting, facts about a path, its archive, valid paths, and how a build ended. */
import { createHash } from 'node:crypto';
import { narTokens } from '../../../src/nix-format/nar-writer.ts';
import type { Random } from '../random.ts';
import { damaged, oddName } from './bytes.ts';
import { forbiddenFolder, type Maker } from './format.ts';
import { makeNar } from './nar.ts';

/** The path that is asked for, and another one. */
export const ASKED = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-asked';
const OTHER = '/nix/store/zyxwvsrqpnmlkjihgfdcba9876543210-other';

const [LAST, NEXT, ERROR, START, STOP, RESULT] = [0x616c7473, 0x6f6c6d67, 0x63787470, 0x53545254, 0x53544f50, 0x52534c54];
const numbers = [0n, 1n, 2n, 7n, 255n, 4096n, 65_536n, 2n ** 28n, 2n ** 32n, 2n ** 40n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const MOST_NAR = 80_000;
const plainNar = narTokens('nix-archive-1', '(', 'type', 'regular', 'contents', 'a file', ')');

function number(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** A string is two tokens: its length, and its bytes with their padding. */
function text(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  return [number(bytes.length), Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])];
}

const list = (values: readonly string[]): Buffer[] => [number(values.length), ...values.flatMap(text)];

function messages(random: Random): Buffer[] {
  return random
    .times(random.below(4), () =>
      random.pick([
        () => [number(NEXT), ...text(random.pick(['warning: \x1b[31mred\x1b[0m\n', 'é', 'm'.repeat(70_000)]))],
        () => [
          number(START),
          number(7),
          number(3),
          number(105),
          ...text('building'),
          number(2),
          number(1),
          ...text('x'),
          number(0),
          number(5),
          number(0),
        ],
        () => [number(RESULT), number(7), number(101), number(1), number(1), ...text('a line')],
        () => [number(STOP), number(7)],
      ])(),
    )
    .flat();
}

function done(random: Random): Buffer[] {
  if (!random.chance(0.03)) return [...messages(random), number(LAST)];
  const position = number(random.chance(0.9) ? 0 : 1);
  return [
    number(ERROR),
    ...text('Error'),
    number(0),
    ...text('Error'),
    ...text('it is not valid'),
    position,
    number(1),
    number(0),
    ...text('while'),
  ];
}

async function responses(random: Random): Promise<Buffer[]> {
  let nar = plainNar;
  if (random.chance(0.3))
    do nar = Buffer.from(await makeNar(random));
    while (nar.length > MOST_NAR);
  const odd = random.chance(0.1);
  const minor = random.pick([odd ? 31 : 38, 32, 33, 34, 35, 36, 37, 38, 38, 38, 39]);
  const size = random.chance(0.95) ? nar.length : random.below(2 * nar.length + 1);
  return [
    number(0x6478696f),
    number(0x100 | minor),
    ...(minor >= 38 ? list(random.pick([[], ['realisation-with-path-not-hash']])) : []),
    ...(minor >= 33 ? text('2.34.8') : []),
    ...(minor >= 35 ? [number(random.below(3))] : []),
    ...done(random),
    ...done(random),
    number(1),
    ...text(random.pick(['', `${OTHER}.drv`, odd ? oddName(random, forbiddenFolder) : ''])),
    ...text(createHash('sha256').update(nar).digest('hex')),
    ...list(random.pick([[], [OTHER], [OTHER, ASKED], [odd ? `/nix/store/${oddName(random, forbiddenFolder)}` : OTHER]])),
    number(0),
    number(size),
    number(0),
    ...list(random.pick([[], ['key:c2ln'], ['']])),
    ...text(random.pick(['', 'fixed:r:sha256:0123456789abcdfghijklmnpqrsvwxyz0123456789abcdfghijk', odd ? 'text:' : ''])),
    ...done(random),
    nar,
    ...done(random),
    ...list(random.pick([[], [ASKED], [OTHER, ASKED], [OTHER]])),
    ...done(random),
    number(random.below(odd ? 300 : 15)),
    ...text(random.pick(['', 'it failed\nLast 1 log lines:\n> x'])),
    ...[1, 0, 0, 0].map(number),
    ...(minor >= 37 ? [number(1), number(5), number(0)] : []),
    ...random.pick([[number(0)], [number(1), ...text('sha256:00!out'), ...text('{"outPath":"x"}')]]),
  ];
}

/** The first byte is the length of the pieces in which the rest arrives. */
export const makeDaemon: Maker = async (random) => {
  const tokens = await responses(random);
  for (let n = random.chance(0.6) ? 1 + random.below(3) : 0; n > 0; n--) {
    const at = random.below(tokens.length);
    switch (random.below(6)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, tokens[at]!);
        break;
      case 2:
        tokens[at] = random.pick(tokens);
        break;
      case 3:
        tokens[at] = number(random.pick(numbers));
        break;
      case 4:
        tokens.splice(at, 0, ...messages(random));
        break;
      default:
        tokens.splice(at, 0, ...tokens.slice(random.below(tokens.length)).slice(0, 20));
    }
  }
  const bytes = Buffer.concat(tokens);
  return Buffer.concat([Buffer.from([random.below(256)]), random.chance(0.2) ? damaged(bytes, random) : bytes]);
};
