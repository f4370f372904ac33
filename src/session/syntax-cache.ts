/**
 * Records, between runs, which parts of Nix texts can be parsed later: one checked file, read at once. It is replaced as a whole, so that
 * concurrent runs do not disturb each other (the last one wins). The least recently used records are dropped first.
 *
 *     contents = { record }
 *     record   = key (32 bytes), length of the numbers in bytes (32 bits, little endian), numbers
 *     number   = 7 bits a byte, lowest first, the high bit set on all but the last: each is the distance from the number before
 *
 * The numbers of a record are beginnings and ends, ordered by beginnings; a distance may be negative, so the lowest bit is its sign.
 */
import type { SyntaxCache } from '../evaluator/index.ts';
import { readChecked, writeChecked } from '../kept/checked-file.ts';

const KIND = { name: 'syntax', schema: 1 };
const KEY = 32;
/** Bytes of the checked file besides its contents. */
const HEAD = 103;
const MOST_BYTES = 16 << 20;

export class SyntaxCacheFile implements SyntaxCache {
  /** The numbers of each record by its key, a string of bytes; the most recently used come last. */
  private readonly records = new Map<string, Uint8Array>();
  private readonly asked = new Set<string>();
  private changed = false;
  private loaded = false;

  /** `onFirstText` is called before the first lookup of a text: the evaluation is more than a line. */
  constructor(
    private readonly path: string,
    private readonly options: { mostBytes?: number; onFirstText?: () => void } = {},
  ) {}

  find(key: string): Uint32Array | undefined {
    this.load();
    const record = this.records.get(key);
    if (!record) return undefined;
    this.asked.add(key);
    return decode(record);
  }

  add(key: string, parts: Uint32Array): void {
    this.load();
    this.records.set(key, encode(parts));
    this.asked.add(key);
    this.changed = true;
  }

  /** Writes the additions. Ignores a cache that cannot be written. */
  save(): void {
    if (!this.changed) return;
    this.changed = false;
    const kept: [string, Uint8Array][] = [];
    let size = HEAD;
    const { mostBytes = MOST_BYTES } = this.options;
    const keep = (key: string): void => {
      const record = this.records.get(key)!;
      size += KEY + 4 + record.length;
      if (size <= mostBytes) kept.push([key, record]);
    };
    for (const key of this.asked) keep(key);
    for (const key of [...this.records.keys()].reverse()) if (!this.asked.has(key)) keep(key);
    const body = Buffer.concat(
      kept.reverse().flatMap(([key, record]) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(record.length);
        return [Buffer.from(key, 'latin1'), length, record];
      }),
    );
    try {
      writeChecked(this.path, KIND, [body]);
    } catch {
      // The next run learns it again.
    }
  }

  private load(): void {
    if (this.loaded) return;
    this.loaded = true;
    this.options.onFirstText?.();
    const body = readChecked(this.path, KIND);
    if (!body) return;
    for (let at = 0; at < body.length; ) {
      const key = body.toString('latin1', at, at + KEY);
      const length = body.readUInt32LE(at + KEY);
      at += KEY + 4;
      this.records.set(key, body.subarray(at, at + length));
      at += length;
    }
  }
}

function encode(numbers: Uint32Array): Uint8Array {
  const bytes: number[] = [];
  let last = 0;
  for (const number of numbers) {
    const distance = number - last;
    last = number;
    let rest = distance < 0 ? -distance * 2 + 1 : distance * 2;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}

function decode(bytes: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(bytes.length);
  let count = 0;
  let last = 0;
  for (let at = 0; at < bytes.length; at++) {
    let rest = 0;
    let factor = 1;
    for (; bytes[at]! > 127; at++, factor *= 128) rest += (bytes[at]! & 127) * factor;
    rest += bytes[at]! * factor;
    last += rest & 1 ? -Math.floor(rest / 2) : rest / 2;
    numbers[count++] = last;
  }
  return numbers.slice(0, count);
}
