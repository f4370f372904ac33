/** Nix archives, token by token. */
import type { Random } from '../random.ts';
import { damaged, oddName } from './bytes.ts';
import { forbiddenFolder, type Maker } from './format.ts';

/** A token's bytes; a number replaces the encoded length. */
type Token = string | Uint8Array | { bytes: Uint8Array; length: bigint; padding: number };

function narBytes(tokens: readonly Token[]): Buffer {
  return Buffer.concat(
    tokens.flatMap((token) => {
      const said =
        typeof token === 'object' && 'length' in token && typeof token.length === 'bigint'
          ? (token as Exclude<Token, string | Uint8Array>)
          : undefined;
      const bytes = said ? said.bytes : Buffer.from(token as string);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(said?.length ?? BigInt(bytes.length));
      return [length, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8, said?.padding ?? 0)];
    }),
  );
}

const names = [
  'a',
  'ab',
  'b',
  'file',
  'é',
  '\ufb00',
  '\u{1f600}',
  'z',
  Buffer.from([0xe9]),
  Buffer.from([0x61, 0xff]),
  Buffer.from([0xed, 0xb2, 0x80]),
].map((name) => Buffer.from(name as string));

function node(random: Random, depth: number): Token[] {
  const kind = random.below(depth > 0 ? 4 : 2);
  if (kind === 0) return ['(', 'type', 'symlink', 'target', random.chance(0.2) ? oddName(random, forbiddenFolder) : 'file', ')'];
  if (kind === 1) {
    const contents = Buffer.alloc(random.pick([0, 1, 7, 8, 9, 3000, 70_000]), 'words ');
    return ['(', 'type', 'regular', ...(random.chance(0.3) ? ['executable', ''] : []), 'contents', contents, ')'];
  }
  const given = random.times(random.below(6), () =>
    Buffer.from(random.chance(0.1) ? oddName(random, forbiddenFolder) : random.pick(names)),
  );
  const sorted = given.sort(Buffer.compare).filter((name, i) => i === 0 || !name.equals(given[i - 1]!));
  return [
    '(',
    'type',
    'directory',
    ...sorted.flatMap((name): Token[] => ['entry', '(', 'name', name, 'node', ...node(random, depth - 1), ')']),
    ')',
  ];
}

function deep(random: Random): Token[] {
  const depth = random.pick([100, 1024, 1025, 20_000]);
  const open = Array.from({ length: depth }, () => ['(', 'type', 'directory', 'entry', '(', 'name', 'a', 'node']).flat();
  return [...open, '(', 'type', 'symlink', 'target', 'x', ')', ...Array.from({ length: 2 * depth }, () => ')')];
}

const lengths = [0n, 1n, 7n, 255n, 256n, 4096n, 65536n, 2n ** 31n, 2n ** 32n, 2n ** 52n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

export const makeNar: Maker = (random) => {
  const tokens: Token[] = ['nix-archive-1', ...(random.chance(0.02) ? deep(random) : node(random, 4))];
  for (let n = random.chance(0.8) ? 1 + random.below(3) : 0; n > 0; n--) {
    const at = random.below(tokens.length);
    const token = tokens[at]!;
    const bytes = typeof token === 'string' ? Buffer.from(token) : token instanceof Uint8Array ? token : token.bytes;
    switch (random.below(7)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, 0, token);
        break;
      case 2:
        tokens[at] = random.pick(tokens);
        break;
      case 3:
        tokens[at] = { bytes, length: random.pick(lengths), padding: 0 };
        break;
      case 4:
        tokens[at] = { bytes, length: BigInt(bytes.length), padding: 1 };
        break;
      case 5:
        tokens[at] = random.pick([oddName(random, forbiddenFolder), Buffer.from([0xe9]), Buffer.from([0xff, 0xfe])]);
        break;
      default:
        tokens.splice(at, 0, ...tokens.slice(random.below(tokens.length)).slice(0, 40));
    }
  }
  const out = narBytes(tokens);
  return random.chance(0.3) ? damaged(out, random) : out;
};
