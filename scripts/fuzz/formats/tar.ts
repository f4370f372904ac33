/** Tar archives: ustar, pax, GNU, sparse, with long names, and with arbitrary headers under a correct checksum. */
import type { Random } from '../random.ts';
import { damaged, oddName } from './bytes.ts';
import { forbiddenFolder, type Maker } from './format.ts';

export interface TarRecord {
  name: string;
  /** One character. */
  type: string;
  mode: number;
  link: string;
  prefix: string;
  contents: Uint8Array;
  /** Fields written over the header before its checksum is computed: offset and value. */
  over: [number, Uint8Array][];
  /** Whether the checksum is wrong. */
  wrongSum: boolean;
}

const FIELDS = [0, 100, 108, 116, 124, 136, 148, 156, 157, 257, 263, 265, 297, 329, 337, 345];

export function tarBytes(records: readonly TarRecord[], random: Random): Buffer {
  const end = Buffer.alloc(random.pick([0, 512, 1024, 1024, 1024, 10_240]));
  return Buffer.concat([...records.flatMap((record) => [tarHeader(record), record.contents, padding(record.contents.length)]), end]);
}

function padding(length: number): Uint8Array {
  return new Uint8Array((512 - (length % 512)) % 512);
}

function tarHeader({ name, type, mode, link, prefix, contents, over, wrongSum }: TarRecord): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name.slice(0, 100), 0, 100);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(contents.length, 11), 124);
  header.write(octal(1_700_000_000, 11), 136);
  header.write(type, 156, 1, 'latin1');
  header.write(link.slice(0, 100), 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  header.write('root', 265);
  header.write('root', 297);
  header.write(prefix.slice(0, 155), 345, 155);
  for (const [at, bytes] of over) header.set(bytes.subarray(0, 512 - at), at);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0) + Number(wrongSum);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function record(more: Partial<TarRecord>): TarRecord {
  return { name: 'file', type: '0', mode: 0o644, link: '', prefix: '', contents: new Uint8Array(0), over: [], wrongSum: false, ...more };
}

export function pax(fields: Record<string, string>, type = 'x'): TarRecord {
  const lines = Object.entries(fields).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return record({ name: 'PaxHeader', type, contents: Buffer.from(lines.join('')) });
}

const longName = (name: string, type = 'L'): TarRecord => record({ name: '././@LongLink', type, contents: Buffer.from(`${name}\0`) });

function contents(random: Random): Buffer {
  const size = random.pick([0, 1, 511, 512, 513, 5000, 5000, 70_000]);
  return random.chance(0.7)
    ? Buffer.from('some words and '.repeat(size / 15 + 1)).subarray(0, size)
    : Buffer.from(random.times(Math.min(size, 5000), () => random.below(256)));
}

/** A tree with a bit of everything, its root named the way packages and forges name it. */
export function goodRecords(random: Random): TarRecord[] {
  const top = random.pick(['', './', 'source-1.0/']);
  const records = [
    ...(top ? [record({ name: top, type: '5', mode: 0o755 })] : []),
    record({ name: `${top}folder/`, type: '5', mode: 0o755 }),
    record({ name: `${top}file`, contents: contents(random) }),
    record({ name: `${top}run`, mode: 0o755, contents: contents(random) }),
    record({ name: `${top}link`, type: '2', link: random.pick(['file', '/etc/passwd', '../..', forbiddenFolder]) }),
    record({ name: `${top}same`, type: '1', link: `${top}file` }),
  ];
  const some: (() => TarRecord[])[] = [
    () => [longName(`${top}${'deep/'.repeat(1 + random.below(60))}far`), record({ contents: contents(random) })],
    () => [longName('t/'.repeat(100), 'K'), record({ name: `${top}toFar`, type: '2', link: 't' })],
    () => [pax({ path: `${top}päx`, mtime: '1700000000.25', size: '5' }), record({ contents: Buffer.from('12345') })],
    () => [pax({ comment: 'x', SCHILY: 'y' }, 'g'), record({ name: `${top}after-global` })],
    () => [
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': `${top}sparse`, 'GNU.sparse.realsize': '1048576' }),
      record({ name: `${top}sparse`, contents: Buffer.from('1\n0\n5\n') }),
    ],
    () => [record({ name: `${top}oldsparse`, type: 'S', contents: contents(random) })],
    () => [record({ name: 'in-prefix', prefix: `${top}folder/more`, contents: contents(random) })],
    () => [record({ name: `${top}device`, type: random.pick(['3', '4', '6', '7', 'V', 'M', 'D', '\0', 'z']) })],
  ];
  for (let n = random.below(4); n > 0; n--) records.push(...random.pick(some)());
  return records;
}

/** Changes a tree's records in a way that leaves the archive well-formed. */
export function damagedRecords(records: TarRecord[], random: Random): TarRecord[] {
  const list = [...records];
  for (let n = random.below(5); n > 0; n--) {
    const at = random.below(list.length);
    const one = list[at];
    if (!one) break;
    switch (random.below(12)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.splice(at, 0, one);
        break;
      case 2:
        list.push(one);
        break;
      case 3:
        list[at] = { ...one, name: oddName(random, forbiddenFolder) };
        break;
      case 4:
        list[at] = {
          ...one,
          type: random.pick(['1', '2']),
          link: oddName(random, forbiddenFolder),
          contents: random.chance(0.5) ? one.contents : new Uint8Array(0),
        };
        break;
      case 5:
        list.splice(at, 0, longName(oddName(random, forbiddenFolder), random.pick(['L', 'K', 'N'])));
        break;
      case 6:
        list.splice(
          at,
          0,
          pax(
            {
              [random.pick(['path', 'linkpath', 'size', 'mtime', 'uid', 'hdrcharset'])]: random.pick([
                oddName(random, forbiddenFolder),
                '1e9',
                '-1',
                '0x10',
                '9'.repeat(20),
                ' ',
              ]),
            },
            random.pick(['x', 'x', 'g', 'X']),
          ),
        );
        break;
      case 7:
        list[at] = { ...one, type: random.pick(['0', '1', '2', '5', '7', 'x', 'g', 'L', 'K', 'S', '\0', '\xff']) };
        break;
      case 8: {
        const bytes = Buffer.from(
          random.times(1 + random.below(12), () => random.pick([0, 0x20, 0x2d, 0x30, 0x37, 0x39, 0x41, 0x80, 0xff])),
        );
        list[at] = { ...one, over: [[random.pick(FIELDS), bytes]] };
        break;
      }
      case 9:
        list[at] = { ...one, contents: damaged(one.contents, random) };
        break;
      case 10:
        list[at] = { ...one, wrongSum: random.chance(0.3), mode: random.below(0o10000) };
        break;
      // A file after a link of its name, and a link in place of a folder.
      default:
        list.splice(
          at,
          0,
          record({ name: 'link', type: '2', link: random.pick([forbiddenFolder, '..', '.']) }),
          record({ name: 'link/below', contents: contents(random) }),
        );
    }
  }
  return list;
}

export const makeTar: Maker = (random) => {
  const records = goodRecords(random);
  const bytes = tarBytes(random.chance(0.9) ? damagedRecords(records, random) : records, random);
  return random.chance(0.3) ? damaged(bytes, random) : bytes;
};
