/** Damages bytes and texts without regard to their meaning. */
import type { Random } from '../random.ts';

const numbers = [0, 1, 2, 7, 8, 127, 128, 255, 256, 511, 512, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/** In bytes: generating random ones takes time. */
const MOST_CHANGED = 1 << 20;

/** Makes a few changes: flips bits, replaces bytes and numbers, removes, doubles, swaps or cuts parts, or inserts part of another sample */
export function damaged(bytes: Uint8Array, random: Random, other?: Uint8Array): Buffer {
  let data: Buffer = Buffer.from(bytes);
  for (let n = 1 + random.below(random.pick([1, 3, 8])); n > 0; n--) data = damagedOnce(data, random, other);
  return data;
}

function damagedOnce(data: Buffer, random: Random, other: Uint8Array | undefined): Buffer {
  const at = random.below(data.length + 1);
  const length = Math.min(random.below(random.pick([4, 16, 512, data.length + 1])), data.length - at, MOST_CHANGED);
  const part = data.subarray(at, at + length);
  const put = (...pieces: Uint8Array[]): Buffer => Buffer.concat([data.subarray(0, at), ...pieces, data.subarray(at + length)]);
  switch (random.below(10)) {
    case 0:
      return data.subarray(0, at);
    case 1:
      return put();
    case 2:
      return put(part, part);
    case 3:
      return put(...random.times(random.pick([3, 40, 400]), () => part.subarray(0, 2048)));
    case 4:
      return put(Buffer.from(random.times(Math.min(length, 4096), () => random.below(256))));
    case 5:
      return put(Buffer.alloc(length, random.pick([0, 0xff, 0x20, 0x30])));
    case 6: {
      if (!other) return put();
      const from = random.below(other.length);
      return put(other.subarray(from, from + random.below(1024)));
    }
    case 7: {
      if (at + 4 <= data.length) data[random.chance(0.5) ? 'writeUInt32LE' : 'writeUInt32BE'](random.pick(numbers), at);
      return data;
    }
    default: {
      if (at < data.length) data[at]! ^= random.chance(0.7) ? 1 << random.below(8) : random.below(256);
      return data;
    }
  }
}

/** Names and link targets that lead elsewhere or are unusual. */
export function oddName(random: Random, forbidden: string): string {
  return random.pick([
    '..',
    '../escape',
    'a/../../escape',
    `${forbidden}/made`,
    `../../../../../../../..${forbidden}/made`,
    '/etc/bootflake-fuzz',
    './',
    '.',
    '/',
    '//',
    '',
    'a//b',
    'a/./b',
    'a/',
    'link/below',
    'folder/link/below',
    'file/below',
    'file',
    'folder',
    'n'.repeat(255),
    'n'.repeat(256),
    'd/'.repeat(200),
    'd/'.repeat(3000),
    'n'.repeat(5000),
    'a\0b',
    'a\nb',
    '\x1b[2J',
    'é',
    'e\u0301',
    '\ud83d\ude00',
    'con',
    '-rf',
    ' ',
    'a\\b',
    '__proto__',
    'constructor',
    '.git',
    '\u202e',
    'A',
    'a',
  ]);
}

/** The length in characters beyond which a text no longer grows. */
const MOST_TEXT = 1 << 20;

const words = [
  '0',
  '-1',
  '1e9',
  '0x10',
  '99999999999999999999',
  'NaN',
  '',
  ' ',
  '\n',
  '\r\n',
  '\0',
  '\ufeff',
  '\ud800',
  '"',
  "'",
  '\\',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ':',
  ',',
  '|',
  '__proto__',
  'null',
  'true',
];

/** Removes, doubles, swaps, joins or stretches lines and characters of a text. */
export function damagedText(text: string, random: Random): string {
  const lines = text.split('\n');
  for (let n = 1 + random.below(4); n > 0 && lines.reduce((sum, line) => sum + line.length, 0) < MOST_TEXT; n--) {
    const at = random.below(lines.length);
    const line = lines[at] ?? '';
    const place = random.below(line.length + 1);
    switch (random.below(9)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, line);
        break;
      case 2:
        lines.splice(at, 0, lines[random.below(lines.length)] ?? '');
        break;
      case 3:
        lines[at] = line.slice(0, place) + random.pick(words) + line.slice(place);
        break;
      case 4:
        lines[at] = line.slice(0, place) + line.slice(place + 1 + random.below(8));
        break;
      case 5:
        lines[at] =
          line.slice(0, place) + random.pick([' ', 'a', '|', '(', ',', '\t', '${']).repeat(random.pick([100, 20_000])) + line.slice(place);
        break;
      case 6:
        lines.splice(at, 0, ...random.times(Math.min(random.pick([10, 2000]), Math.ceil(MOST_TEXT / (line.length + 1))), () => line));
        break;
      case 7:
        lines[at] = line + (lines[at + 1] ?? '');
        break;
      default:
        lines[at] = line.slice(0, place) + String.fromCharCode(random.below(random.pick([128, 65536]))) + line.slice(place + 1);
    }
  }
  return lines.join('\n');
}
