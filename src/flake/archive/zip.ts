/** Zip archives in memory (PKWARE's APPNOTE 6.3): stored and deflated members, Unix modes and symlinks, zip64. */
import { inflateRawSync } from 'node:zlib';
import { crc32 } from '../../base/crc32.ts';
import { directory, file, symlink } from '../../tree/file-tree.ts';
import type { ArchiveMember } from './unpack.ts';

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const UNIX = 3;

/** By the central directory, as the local headers need not know sizes. Throws a plain Error that says what is wrong. */
export function* readZip(bytes: Uint8Array): Generator<ArchiveMember> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { count, start } = findDirectory(data);
  for (let i = 0, at = start; i < count; i += 1) {
    if (at + 46 > data.length || data.readUInt32LE(at) !== CENTRAL) throw new Error(`its directory is broken at byte ${at}`);
    const nameLength = data.readUInt16LE(at + 28);
    const extraLength = data.readUInt16LE(at + 30);
    const path = data.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = readExtra(data.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const mode = data[at + 5] === UNIX ? data.readUInt32LE(at + 38) >>> 16 : 0;
    const mtime = extraTime(extra) ?? dosTime(data.readUInt16LE(at + 12), data.readUInt16LE(at + 14));
    if (path.endsWith('/') || (mode & 0o170000) === 0o040000) yield { path, mtime, node: directory() };
    else {
      const contents = readMember(data, at, path, extra);
      const node = (mode & 0o170000) === 0o120000 ? symlink(contents.toString('utf8')) : file(contents, mode & 0o100 ? 0o755 : 0o644);
      yield { path, mtime, node };
    }
    at += 46 + nameLength + extraLength + data.readUInt16LE(at + 32);
  }
}

function findDirectory(data: Buffer): { count: number; start: number } {
  for (let at = data.length - 22; at >= Math.max(0, data.length - 22 - 0xffff); at -= 1) {
    if (data.readUInt32LE(at) !== END) continue;
    const locator = at - 20;
    if (locator >= 0 && data.readUInt32LE(locator) === END64_LOCATOR) {
      const end = Number(data.readBigUInt64LE(locator + 8));
      if (end + 56 > data.length || data.readUInt32LE(end) !== END64) throw new Error('its zip64 directory is broken');
      return { count: Number(data.readBigUInt64LE(end + 32)), start: Number(data.readBigUInt64LE(end + 48)) };
    }
    return { count: data.readUInt16LE(at + 10), start: data.readUInt32LE(at + 16) };
  }
  throw new Error('it is cut short: a zip archive ends with its directory');
}

function readMember(data: Buffer, at: number, path: string, extra: Map<number, Buffer>): Buffer {
  if (data.readUInt16LE(at + 8) & 1) throw new Error(`its member '${path}' is encrypted`);
  const method = data.readUInt16LE(at + 10);
  const wide = extra.get(1) ?? Buffer.alloc(0);
  let wideAt = 0;
  // Of what does not fit in 32 bits, zip64's field has the real number, in this order.
  const number = (offset: number): number => {
    const plain = data.readUInt32LE(offset);
    if (plain !== 0xffffffff) return plain;
    wideAt += 8;
    return Number(wide.readBigUInt64LE(wideAt - 8));
  };
  const size = number(at + 24);
  const packed = number(at + 20);
  const local = number(at + 42);
  if (local + 30 > data.length) throw new Error(`its member '${path}' is cut short`);
  const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
  if (start + packed > data.length) throw new Error(`its member '${path}' is cut short`);
  const raw = data.subarray(start, start + packed);
  if (method !== 0 && method !== 8) throw new Error(`its member '${path}' is compressed by method ${method}, which is not known here`);
  const contents = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
  if (contents.length !== size || crc32(contents) !== data.readUInt32LE(at + 16)) throw new Error(`its member '${path}' is damaged`);
  return contents;
}

function readExtra(data: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= data.length;) {
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

/** Two-second steps since 1980, in the time zone of this machine, as Nix takes them. */
function dosTime(time: number, date: number): number {
  return new Date(1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31, time >> 11, (time >> 5) & 63, (time & 31) * 2).getTime() / 1000;
}
