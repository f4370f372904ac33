/**
 * The format of every cache file that is kept between runs and can be rebuilt. A file that is damaged, truncated, or of another kind or
 * schema is treated as missing; where a file is read in parts, so is a damaged part. The contents of a cache are thus never trusted
 * unchecked. Files are written under a temporary name and renamed. docs/caches.md lists them all.
 *
 *     file = magic (16 bytes), length of the head (32 bits), SHA-256 of the head, head, parts
 *     head = length of the kind (a byte), kind, schema (32 bits), number of parts (32 bits), { length (32 bits), SHA-256 }
 *
 * Numbers are little-endian.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { digest } from '../nix-format/hash.ts';
import { writeFileAtomic } from '../system/files.ts';
import { readFully } from '../system/read-fully.ts';

export interface FileKind {
  name: string;
  /** Must be raised whenever the meaning of the parts changes. */
  schema: number;
}

const MAGIC = Buffer.from('bootflake file 1', 'latin1');
const HASH = 32;
const START = MAGIC.length + 4 + HASH;
const ENTRY = 4 + HASH;
/** Room for a million parts. */
const MOST_HEAD = 64 << 20;

/** Returns the bytes that precede the parts. */
export function checkedHead(kind: FileKind, parts: readonly Uint8Array[]): Uint8Array {
  const name = Buffer.from(kind.name, 'latin1');
  const head = Buffer.alloc(1 + name.length + 8 + parts.length * ENTRY);
  head.writeUInt8(name.length);
  name.copy(head, 1);
  let at = head.writeUInt32LE(kind.schema, 1 + name.length);
  at = head.writeUInt32LE(parts.length, at);
  for (const part of parts) {
    at = head.writeUInt32LE(part.length, at);
    at += digest('sha256', part).copy(head, at);
  }
  const start = Buffer.alloc(START);
  MAGIC.copy(start);
  start.writeUInt32LE(head.length, MAGIC.length);
  digest('sha256', head).copy(start, MAGIC.length + 4);
  return Buffer.concat([start, head]);
}

/** Replaces the file. Throws the errors of the file system. */
export function writeChecked(path: string, kind: FileKind, parts: readonly Uint8Array[]): void {
  writeFileAtomic(path, [checkedHead(kind, parts), ...parts]);
}

/** Returns the only part of a file; undefined when the file is missing or damaged. */
export function readChecked(path: string, kind: FileKind): Buffer | undefined {
  // Checked first: an exception costs ten times as much as a system call.
  if (!existsSync(path)) return undefined;
  let file: Buffer;
  try {
    file = readWhole(path);
  } catch {
    return undefined;
  }
  const head = readHead(
    (position, length) => (position + length <= file.length ? file.subarray(position, position + length) : undefined),
    kind,
  );
  if (head?.entries.length !== ENTRY) return undefined;
  const part = file.subarray(head.end);
  return part.length === head.entries.readUInt32LE() && isWhole(head.entries, 0, part) ? part : undefined;
}

/** Most files are small: one system call reads them whole, for which readFileSync takes three. */
const small = Buffer.allocUnsafeSlow(8 << 10);

function readWhole(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const count = readSync(descriptor, small, 0, small.length, 0);
    return count < small.length ? Buffer.from(small.subarray(0, count)) : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A file read part by part; it stays open until `close`. */
export class CheckedFile {
  /** Where each part begins, and where the last ends. */
  private readonly starts: Float64Array;

  private constructor(
    private readonly descriptor: number,
    private readonly entries: Buffer,
    headEnd: number,
  ) {
    this.starts = new Float64Array(entries.length / ENTRY + 1);
    this.starts[0] = headEnd;
    for (let i = 0; i < this.count; i++) this.starts[i + 1] = this.starts[i]! + entries.readUInt32LE(i * ENTRY);
  }

  /** Returns undefined when the file is missing or truncated, or its head is damaged. */
  static open(path: string, kind: FileKind): CheckedFile | undefined {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      const opened = descriptor;
      const head = readHead((position, length) => readAt(opened, position, length), kind);
      const file = head && new CheckedFile(opened, head.entries, head.end);
      if (file && file.starts[file.count] === fstatSync(descriptor).size) return file;
    } catch {
      // An unreadable file is rebuilt like a missing one.
    }
    if (descriptor !== undefined) closeSync(descriptor);
    return undefined;
  }

  get count(): number {
    return this.starts.length - 1;
  }

  lengthOf(part: number): number {
    return this.starts[part + 1]! - this.starts[part]!;
  }

  /** Returns undefined when the part is damaged. */
  part(i: number): Buffer | undefined {
    const bytes = readAt(this.descriptor, this.starts[i]!, this.lengthOf(i));
    return bytes && isWhole(this.entries, i, bytes) ? bytes : undefined;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Returns the entries of the head and the offset of the first part. `read` returns undefined past the end. */
function readHead(
  read: (position: number, length: number) => Buffer | undefined,
  { name, schema }: FileKind,
): { entries: Buffer; end: number } | undefined {
  const start = read(0, START);
  if (!start?.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const length = start.readUInt32LE(MAGIC.length);
  const least = 1 + name.length + 8;
  const head = length < least || length > MOST_HEAD ? undefined : read(START, length);
  if (!head || !digest('sha256', head).equals(start.subarray(MAGIC.length + 4))) return undefined;
  if (head[0] !== name.length || head.toString('latin1', 1, 1 + name.length) !== name || head.readUInt32LE(1 + name.length) !== schema)
    return undefined;
  const count = head.readUInt32LE(5 + name.length);
  return length === least + count * ENTRY ? { entries: head.subarray(least), end: START + length } : undefined;
}

function isWhole(entries: Buffer, i: number, part: Buffer): boolean {
  return entries.subarray(i * ENTRY + 4, (i + 1) * ENTRY).equals(digest('sha256', part));
}

/** Returns undefined when the file ends too early or cannot be read. */
function readAt(descriptor: number, position: number, length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(length);
  try {
    return readFully(descriptor, bytes, position) === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}
