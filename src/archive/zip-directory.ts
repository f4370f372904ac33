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
/** Offsets, named as in the APPNOTE's sections 4.3.12 to 4.3.16. */
const ENTRY = {
  hostSystem: 5,
  flags: 8,
  method: 10,
  time: 12,
  date: 14,
  crc32: 16,
  compressedSize: 20,
  uncompressedSize: 24,
  nameLength: 28,
  extraLength: 30,
  commentLength: 32,
  externalAttributes: 38,
  localHeader: 42,
} as const;
const ENTRY_SIZE = 46;
const END_FIELD = { entries: 10, size: 12, offset: 16 } as const;
const END_SIZE = 22;
const END64_FIELD = { entries: 32, size: 40, offset: 48 } as const;
const END64_SIZE = 56;
/** Of the zip64 end record. */
const LOCATOR_OFFSET = 8;
const LOCATOR_SIZE = 20;
const MOST_COMMENT = 0xffff;
/** A value of 32 bits that stands in the zip64 field. */
const IN_ZIP64 = 0xffffffff;
/** Numbers of extra fields. */
const EXTRA = { zip64: 0x0001, extendedTimestamp: 0x5455 } as const;
/** In flags. */
const ENCRYPTED = 1;
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
      at + ENTRY_SIZE + data.readUInt16LE(at + ENTRY.nameLength),
      at + ENTRY_SIZE + data.readUInt16LE(at + ENTRY.nameLength) + data.readUInt16LE(at + ENTRY.extraLength),
    ];
    entries.push(readEntry(data, at, nameEnd, readExtra(data.subarray(nameEnd, extraEnd))));
    at = extraEnd + data.readUInt16LE(at + ENTRY.commentLength);
  }
  return entries;
}

function bytesAt(source: ByteSource, at: number, length: number): Buffer {
  const bytes = readPiece(source, at, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function findDirectory(source: ByteSource): { count: number; start: number; size: number } {
  const from = Math.max(0, source.size - END_SIZE - MOST_COMMENT);
  const data = bytesAt(source, from, source.size - from);
  for (let at = data.length - END_SIZE; at >= 0; at -= 1) {
    if (data.readUInt32LE(at) !== END) continue;
    const locator = from + at - LOCATOR_SIZE;
    if (locator >= 0) {
      const place = bytesAt(source, locator, LOCATOR_SIZE);
      if (place.readUInt32LE(0) === END64_LOCATOR) return findDirectory64(source, wide(place, LOCATOR_OFFSET));
    }
    return {
      count: data.readUInt16LE(at + END_FIELD.entries),
      size: data.readUInt32LE(at + END_FIELD.size),
      start: data.readUInt32LE(at + END_FIELD.offset),
    };
  }
  throw new ArchiveError('zip', 'it is cut short: a zip archive ends with its directory');
}

function findDirectory64(source: ByteSource, end: number): { count: number; start: number; size: number } {
  const header = end + END64_SIZE > source.size ? undefined : bytesAt(source, end, END64_SIZE);
  if (header?.readUInt32LE(0) !== END64) throw new ArchiveError('zip', 'its zip64 directory is broken');
  return { count: wide(header, END64_FIELD.entries), size: wide(header, END64_FIELD.size), start: wide(header, END64_FIELD.offset) };
}

function readEntry(data: Buffer, at: number, nameEnd: number, extra: Map<number, Buffer>): ZipEntry {
  const field = extra.get(EXTRA.zip64) ?? Buffer.alloc(0);
  let used = 0;
  // zip64's field has the real numbers of the values that do not fit in 32 bits, in this order.
  const number = (offset: number): number => {
    const plain = data.readUInt32LE(at + offset);
    if (plain !== IN_ZIP64) return plain;
    used += 8;
    if (used > field.length) throw new ArchiveError('zip', 'its zip64 directory is broken');
    return wide(field, used - 8);
  };
  const [size, packed, local] = [number(ENTRY.uncompressedSize), number(ENTRY.compressedSize), number(ENTRY.localHeader)];
  return {
    path: nameOf(data.subarray(at + ENTRY_SIZE, nameEnd)),
    mode: data[at + ENTRY.hostSystem] === UNIX ? data.readUInt32LE(at + ENTRY.externalAttributes) >>> 16 : 0,
    mtime: extraTime(extra) ?? dosTime(data.readUInt16LE(at + ENTRY.time), data.readUInt16LE(at + ENTRY.date)),
    method: data.readUInt16LE(at + ENTRY.method),
    encrypted: (data.readUInt16LE(at + ENTRY.flags) & ENCRYPTED) !== 0,
    checksum: data.readUInt32LE(at + ENTRY.crc32),
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
  const field = extra.get(EXTRA.extendedTimestamp);
  return field && field.length >= 5 && field[0]! & 1 ? field.readInt32LE(1) : undefined;
}

/** Two-second steps since 1980, in the time zone of this machine, as in Nix. */
function dosTime(time: number, date: number): number {
  return new Date(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2).getTime() / 1000;
}
