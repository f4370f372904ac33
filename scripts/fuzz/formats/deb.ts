/** Debian packages: ar archives of tars. */
import type { Random } from '../random.ts';
import { compressed } from './archives.ts';
import { damaged, damagedText } from './bytes.ts';
import type { Maker } from './format.ts';
import { damagedRecords, goodRecords, tarBytes, type TarRecord } from './tar.ts';

function arHeader(name: string, size: string): Buffer {
  const field = (text: string, length: number): string => text.padEnd(length).slice(0, length);
  const fields = [field(name, 16), field('0', 12), field('0', 6), field('0', 6), field('100644', 8), field(size, 10), '`\n'];
  return Buffer.from(fields.join(''), 'latin1');
}

function arBytes(members: readonly [name: string, bytes: Uint8Array, size?: string][]): Buffer {
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    ...members.flatMap(([name, bytes, size]) => [
      arHeader(name, size ?? String(bytes.length)),
      bytes,
      bytes.length % 2 ? Buffer.from('\n') : Buffer.alloc(0),
    ]),
  ]);
}

const control = `Package: thing
Version: 1:2.0-1
Architecture: amd64
Depends: libc6 (>= 2.36), other | another:any
Replaces: old (<< 2)
Provides: virtual (= 1)
Description: a thing
 with more to say
`;
const postinst = `#!/bin/sh
dpkg-divert --package thing --add --rename --divert /usr/bin/tool.real /usr/bin/tool
dpkg-divert --add /etc/thing.conf; dpkg-divert --divert=/a/b \\
  /usr/lib/$NAME 2>&1
`;

function controlRecords(random: Random): TarRecord[] {
  const text = (contents: string): Buffer => Buffer.from(random.chance(0.4) ? damagedText(contents, random) : contents);
  const one = (name: string, contents: string): TarRecord => ({
    name,
    type: '0',
    mode: 0o644,
    link: '',
    prefix: '',
    contents: text(contents),
    over: [],
    wrongSum: false,
  });
  return [one('./control', control), one('./conffiles', '/etc/thing.conf\nremove-on-upgrade /etc/old\n'), one('./postinst', postinst)];
}

const suffixes: Record<string, string> = { gzip: '.gz', xz: '.xz', zstd: '.zst', bzip2: '.bz2', none: '' };

export const makeDeb: Maker = async (random) => {
  const damage = (records: TarRecord[]): TarRecord[] => (random.chance(0.6) ? damagedRecords(records, random) : records);
  const part = async (name: string, records: TarRecord[]): Promise<[string, Uint8Array]> => {
    const kind = random.pick(['gzip', 'xz', 'xz', 'zstd', 'none', 'none']);
    const bytes = await compressed(tarBytes(records, random), random, kind);
    return [`${name}${suffixes[random.chance(0.03) ? 'gzip' : kind]}`, random.chance(0.15) ? damaged(bytes, random) : bytes];
  };
  const members: [string, Uint8Array, string?][] = [
    ['debian-binary', Buffer.from('2.0\n')],
    await part('control.tar', random.chance(0.3) ? damage(controlRecords(random)) : controlRecords(random)),
    await part('data.tar', damage(goodRecords(random))),
  ];
  for (let n = random.chance(0.3) ? 1 + random.below(2) : 0; n > 0; n--) {
    const at = random.below(members.length);
    const member = members[at];
    if (!member) break;
    switch (random.below(6)) {
      case 0:
        members.splice(at, 1);
        break;
      case 1:
        members.splice(at, 0, member);
        break;
      case 2:
        member[0] = random.pick([
          'data.tar.lzma',
          'data.tar.',
          'control.tar.xz',
          '',
          '/',
          '//',
          'data.tar.xz/',
          '_gpgorigin',
          '#1/20',
          'debian-binary',
        ]);
        break;
      case 3:
        member[2] = random.pick(['0', '-1', '1e3', '0x10', '9999999999', ' ', '1', '4294967296', '1.5']);
        break;
      case 4:
        members.reverse();
        break;
      default:
        member[1] = damaged(member[1], random);
    }
  }
  const bytes = arBytes(members);
  return random.chance(0.15) ? damaged(bytes, random) : bytes;
};
