/** The central directory at the end of a zip archive. */
import { isUtf8 } from 'node:buffer';
import type { ByteSource } from '../tree/file-tree.ts';
import { ArchiveError } from './archive-error.ts';
import { readPiece } from './byte-input.ts';

export interface ZipEntry {
  path: string;
  /** The Unix mode with the file's type; 0 if another system made it. */
  mode: number;
  /** Seconds since 1970. */
  mtime: number;
  method: number;
  encrypted: boolean;
  checksum: number;
  size: number;
  /** Bytes in the archive. */
  packed: number;
  /** Where its local header begins. */
  local: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const ENTRY_SIZE = 46;
const END_SIZE = 22;
const UNIX = 3;

/** Reads the entries; calls `expect` with their number first. Throws ArchiveError. */
export function readDirectory(source: ByteSource, expect: (count: number) => void): ZipEntry[] {
  const { count, start, size } = findDirectory(source);
  expect(count);
  if (start + size > source.size || count * ENTRY_SIZE > size) throw new ArchiveError('zip', 'its directory is broken');
  const data = bytesAt(source, start, size);
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count; ) {
    if (at + ENTRY_SIZE > data.length || data.readUInt32LE(at) !== CENTRAL)
      throw new ArchiveError('zip', `its directory is broken at byte ${start + at}`);
    const [nameEnd, extraEnd] = [
      at + ENTRY_SIZE + data.readUInt16LE(at + 28),
      at + ENTRY_SIZE + data.readUInt16LE(at + 28) + data.readUInt16LE(at + 30),
    ];
    entries.push(readEntry(data, at, nameEnd, readExtra(data.subarray(nameEnd, extraEnd))));
    at = extraEnd + data.readUInt16LE(at + 32);
  }
  return entries;
}

function bytesAt(source: ByteSource, at: number, length: number): Buffer {
  const bytes = readPiece(source, at, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function findDirectory(source: ByteSource): { count: number; start: number; size: number } {
  const from = Math.max(0, source.size - END_SIZE - 0xffff);
  const data = bytesAt(source, from, source.size - from);
  for (let at = data.length - END_SIZE; at >= 0; at -= 1) {
    if (data.readUInt32LE(at) !== END) continue;
    const locator = from + at - 20;
    if (locator >= 0) {
      const place = bytesAt(source, locator, 20);
      if (place.readUInt32LE(0) === END64_LOCATOR) return findDirectory64(source, wide(place, 8));
    }
    return { count: data.readUInt16LE(at + 10), size: data.readUInt32LE(at + 12), start: data.readUInt32LE(at + 16) };
  }
  throw new ArchiveError('zip', 'it is cut short: a zip archive ends with its directory');
}

function findDirectory64(source: ByteSource, end: number): { count: number; start: number; size: number } {
  const header = end + 56 > source.size ? undefined : bytesAt(source, end, 56);
  if (header?.readUInt32LE(0) !== END64) throw new ArchiveError('zip', 'its zip64 directory is broken');
  return { count: wide(header, 32), size: wide(header, 40), start: wide(header, 48) };
}

function readEntry(data: Buffer, at: number, nameEnd: number, extra: Map<number, Buffer>): ZipEntry {
  const field = extra.get(1) ?? Buffer.alloc(0);
  let used = 0;
  // zip64's field has the real numbers of the values that do not fit in 32 bits, in this order.
  const number = (offset: number): number => {
    const plain = data.readUInt32LE(at + offset);
    if (plain !== 0xffffffff) return plain;
    used += 8;
    if (used > field.length) throw new ArchiveError('zip', 'its zip64 directory is broken');
    return wide(field, used - 8);
  };
  const [size, packed, local] = [number(24), number(20), number(42)];
  return {
    path: nameOf(data.subarray(at + ENTRY_SIZE, nameEnd)),
    mode: data[at + 5] === UNIX ? data.readUInt32LE(at + 38) >>> 16 : 0,
    mtime: extraTime(extra) ?? dosTime(data.readUInt16LE(at + 12), data.readUInt16LE(at + 14)),
    method: data.readUInt16LE(at + 10),
    encrypted: (data.readUInt16LE(at + 8) & 1) === 1,
    checksum: data.readUInt32LE(at + 16),
    size,
    packed,
    local,
  };
}

/** Rejects a name that is not UTF-8, which could not be written unchanged. */
function nameOf(bytes: Buffer): string {
  const name = bytes.toString('utf8');
  if (!isUtf8(bytes)) throw new ArchiveError('zip', `a name in it is not UTF-8: '${name.slice(0, 80)}'`);
  return name;
}

function wide(data: Buffer, at: number): number {
  return data.readUInt32LE(at) + data.readUInt32LE(at + 4) * 2 ** 32;
}

function readExtra(data: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= data.length; ) {
    const length = data.readUInt16LE(at + 2);
    fields.set(data.readUInt16LE(at), data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

/** Info-ZIP's extended timestamp: UTC. */
function extraTime(extra: Map<number, Buffer>): number | undefined {
  const field = extra.get(0x5455);
  return field && field.length >= 5 && field[0]! & 1 ? field.readInt32LE(1) : undefined;
}

/** Two-second steps since 1980, in the time zone of this machine, as in Nix. */
function dosTime(time: number, date: number): number {
  return new Date(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2).getTime() / 1000;
}
