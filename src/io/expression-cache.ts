/**
 * Nix texts as the machine's expressions, kept from one run to the next in packs: a run that met new texts leaves one pack more. A pack is never
 * changed, so that runs at the same time do not disturb each other; too many become one, and what was asked for least recently is forgotten first.
 * Nothing is taken on trust: each part is checked by its SHA-256 before it is used.
 *
 *     pack  = magic, SHA-256 of the index, number of records (32 bits, little endian), index, { bytes }
 *     index = { key (32 bytes), SHA-256 of the bytes (32 bytes), where they begin (32 bits), how many (32 bits) }
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from './file-operations.ts';
import type { ExpressionCache } from '../machine/expression-texts.ts';
import { digest } from '../nix-format/hash.ts';
import { writeFileAtomic } from './files.ts';

const MAGIC = Buffer.from('bootflake expressions 1\n', 'latin1');
const RECORD = 72;
const START = MAGIC.length + 36;
const MOST_BYTES = 192 << 20;
/** More packs than these become one. */
const MOST_PACKS = 12;

interface Place {
  file: number;
  sha256: Buffer;
  offset: number;
  length: number;
}

export class ExpressionPacks implements ExpressionCache {
  private places: Map<string, Place> | undefined;
  private names: string[] = [];
  private readonly added = new Map<string, Uint8Array>();
  private readonly asked = new Set<string>();
  private readonly open: number[] = [];

  constructor(private readonly folder: string, private readonly mostBytes = MOST_BYTES, private readonly mostPacks = MOST_PACKS) {}

  find(key: Buffer): Uint8Array | undefined {
    const name = key.toString('latin1');
    const place = this.load().get(name);
    if (!place) return this.added.get(name);
    const bytes = read(place);
    if (bytes) this.asked.add(name);
    else this.load().delete(name);
    return bytes;
  }

  add(key: Buffer, bytes: Uint8Array): void {
    this.added.set(key.toString('latin1'), bytes);
  }

  /** Writes what was added. A cache that cannot be written is no fault. */
  save(): void {
    if (this.added.size === 0) return;
    const places = this.load();
    const whole = this.names.length >= this.mostPacks || [...places.values()].reduce((sum, { length }) => sum + length, 0) > this.mostBytes;
    try {
      makeDirectories(this.folder);
      const records = [...this.added];
      if (whole) records.push(...this.kept(places));
      const { name: written, pieces } = packOf(records);
      writeFileAtomic(join(this.folder, `${written}.pack`), pieces);
      // One that was damaged and is whole again has the same name.
      if (whole) for (const name of this.names) if (name !== `${written}.pack`) rmSync(join(this.folder, name), { force: true });
    } catch {
      // The next run parses again.
    }
    this.close();
  }

  /** What stays when packs become one: what this run asked for first, as much as there is room for. */
  private *kept(places: ReadonlyMap<string, Place>): Iterable<[string, Uint8Array]> {
    let left = this.mostBytes - [...this.added.values()].reduce((sum, { length }) => sum + length, 0);
    const others = [...places.keys()].filter((name) => !this.asked.has(name));
    for (const name of [...this.asked, ...others]) {
      const place = places.get(name);
      if (!place || this.added.has(name) || place.length > left) continue;
      left -= place.length;
      const bytes = read(place);
      if (bytes) yield [name, bytes];
    }
  }

  private load(): Map<string, Place> {
    if (this.places) return this.places;
    this.places = new Map();
    try {
      this.names = readdirSync(this.folder).filter((name) => name.endsWith('.pack')).sort();
    } catch {
      this.names = [];
    }
    for (const name of this.names) this.loadPack(name, this.places);
    return this.places;
  }

  private loadPack(name: string, places: Map<string, Place>): void {
    try {
      const file = openSync(join(this.folder, name), 'r');
      this.open.push(file);
      const head = readAt(file, 0, START);
      const count = head.readUInt32LE(START - 4);
      if (!head.subarray(0, MAGIC.length).equals(MAGIC) || START + count * RECORD > fstatSync(file).size) return;
      const index = readAt(file, START, count * RECORD);
      if (!digest('sha256', index).equals(head.subarray(MAGIC.length, MAGIC.length + 32))) return;
      for (let at = 0; at < index.length; at += RECORD) {
        places.set(index.toString('latin1', at, at + 32), {
          file, sha256: index.subarray(at + 32, at + 64), offset: index.readUInt32LE(at + 64), length: index.readUInt32LE(at + 68),
        });
      }
    } catch {
      // A pack that cannot be read is none.
    }
  }

  private close(): void {
    for (const file of this.open.splice(0)) closeSync(file);
    this.added.clear();
    this.places = undefined;
  }
}

/** A pack's name says what is in it. */
function packOf(records: readonly (readonly [string, Uint8Array])[]): { name: string; pieces: Uint8Array[] } {
  const index = Buffer.alloc(records.length * RECORD);
  let offset = START + index.length;
  records.forEach(([key, bytes], i) => {
    const at = i * RECORD;
    index.write(key, at, 32, 'latin1');
    index.set(digest('sha256', bytes), at + 32);
    index.writeUInt32LE(offset, at + 64);
    index.writeUInt32LE(bytes.length, at + 68);
    offset += bytes.length;
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(records.length);
  const hash = digest('sha256', index);
  return { name: hash.toString('hex').slice(0, 32), pieces: [MAGIC, hash, count, index, ...records.map(([, bytes]) => bytes)] };
}

function read({ file, sha256: expected, offset, length }: Place): Uint8Array | undefined {
  try {
    const bytes = readAt(file, offset, length);
    return digest('sha256', bytes).equals(expected) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function readAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  if (readSync(file, bytes, 0, length, offset) !== length) throw new Error('a file that ends too early');
  return bytes;
}
