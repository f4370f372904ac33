/**
 * Tar archives in memory: ustar, pax headers (POSIX.1-2017, pax) and GNU's long names and binary numbers. What Debian's packages hold; sparse
 * files and archives of several volumes aren't.
 */
import { BootflakeError } from '../base/errors.ts';

export interface TarMember {
  /** As written, without a slash at its end. */
  path: string;
  type: 'file' | 'hardlink' | 'symlink' | 'directory' | 'device' | 'fifo';
  /** Permission bits, 0 to 0o7777. */
  mode: number;
  /** Seconds since 1970, fractions cut off. */
  mtime: number;
  uid: number;
  gid: number;
  owner: string;
  group: string;
  /** Target of a link. */
  link: string;
  /** Contents, a part of the archive's memory. */
  contents: Uint8Array;
}

const BLOCK = 512;
const TYPES: Record<string, TarMember['type']> = {
  0: 'file', '\0': 'file', 7: 'file', 1: 'hardlink', 2: 'symlink', 3: 'device', 4: 'device', 5: 'directory', 6: 'fifo',
};

/** Fails with `debian/bad-tar`; `what` names the archive in the message. */
export function* readTar(bytes: Uint8Array, what: string): Generator<TarMember> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const fault = (why: string) => new BootflakeError({ code: 'debian/bad-tar', message: `${what} is no good tar archive: ${why}` });
  let extended: Map<string, string> | undefined;
  let longPath: string | undefined;
  let longLink: string | undefined;
  for (let at = 0; ;) {
    if (at + BLOCK > data.length) {
      // Two blocks of zeros end an archive; some writers leave them out, none may stop within a member.
      if (at >= data.length && !extended && longPath === undefined) return;
      throw fault(`it is cut short at byte ${at}`);
    }
    if (data[at] === 0) return;
    if (checksum(data, at) !== number(data, at + 148, 8)) throw fault(`the header at byte ${at} has a wrong checksum`);
    const type = String.fromCharCode(data[at + 156]!);
    const size = extended?.has('size') ? Number(extended.get('size')) : number(data, at + 124, 12);
    const start = at + BLOCK;
    const next = start + Math.ceil(size / BLOCK) * BLOCK;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > data.length) throw fault(`the member at byte ${at} is cut short`);
    const header = at;
    at = next;
    if (type === 'x') extended = paxRecords(data.subarray(start, start + size), fault);
    else if (type === 'L') longPath = textAt(data, start, size);
    else if (type === 'K') longLink = textAt(data, start, size);
    else if (type !== 'g') {
      const known = TYPES[type];
      if (!known) throw fault(`the header at byte ${header} has the type '${type}', which is not known here`);
      const path = (extended?.get('path') ?? longPath ?? headerPath(data, header)).replace(/\/+$/, '');
      yield {
        path, type: known, mode: number(data, header + 100, 8) & 0o7777, mtime: Math.floor(Number(extended?.get('mtime') ?? number(data, header + 136, 12))),
        uid: Number(extended?.get('uid') ?? number(data, header + 108, 8)), gid: Number(extended?.get('gid') ?? number(data, header + 116, 8)),
        owner: extended?.get('uname') ?? textAt(data, header + 265, 32), group: extended?.get('gname') ?? textAt(data, header + 297, 32),
        link: extended?.get('linkpath') ?? longLink ?? textAt(data, header + 157, 100),
        contents: known === 'file' ? bytes.subarray(start, start + size) : NOTHING,
      };
      extended = longPath = longLink = undefined;
    }
  }
}

const NOTHING = new Uint8Array(0);

/** The header's bytes summed up, its own checksum field taken as blanks. */
function checksum(data: Buffer, at: number): number {
  let sum = 8 * 0x20;
  for (let i = at; i < at + 148; i++) sum += data[i]!;
  for (let i = at + 156; i < at + BLOCK; i++) sum += data[i]!;
  return sum;
}

/** Octal text, or GNU's binary numbers, whose first byte has its highest bit set. */
function number(data: Buffer, at: number, length: number): number {
  let value = 0;
  if ((data[at]! & 0x80) !== 0) {
    for (let i = at + 1; i < at + length; i++) value = value * 256 + data[i]!;
    return value;
  }
  for (let i = at; i < at + length; i++) {
    const digit = data[i]! - 0x30;
    if (digit >= 0 && digit < 8) value = value * 8 + digit;
    else if (data[i] !== 0x20) break;
  }
  return value;
}

function textAt(data: Buffer, at: number, length: number): string {
  let end = at;
  while (end < at + length && data[end] !== 0) end += 1;
  return end === at ? '' : decodeText(data, at, end);
}

function headerPath(data: Buffer, at: number): string {
  const name = textAt(data, at, 100);
  if (data.toString('latin1', at + 257, at + 263) !== 'ustar\0' || data[at + 345] === 0) return name;
  return `${textAt(data, at + 345, 155)}/${name}`;
}

/** Names are UTF-8; one that is not could not be written again as it was. */
function decodeText(data: Buffer, start: number, end: number): string {
  const text = data.toString('utf8', start, end);
  if (text.includes('\ufffd')) {
    throw new BootflakeError({ code: 'debian/bad-tar', message: `a name in the archive is not UTF-8: '${data.toString('latin1', start, end)}'` });
  }
  return text;
}

/** Records `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record. */
function paxRecords(data: Buffer, fault: (why: string) => BootflakeError): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at);
    const length = Number(data.toString('latin1', at, space));
    const equals = data.indexOf(0x3d, space);
    if (space < 0 || !(length > 0) || equals < 0 || at + length > data.length) throw fault('a pax header is broken');
    records.set(data.toString('latin1', space + 1, equals), decodeText(data, equals + 1, at + length - 1));
    at += length;
  }
  return records;
}
