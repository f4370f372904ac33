/** Archives as a binary cache sends them: packed, and often damaged. See `substituteParts`. */
import { createHash } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import type { Random } from '../random.ts';
import { compressed } from './archives.ts';
import { damaged } from './bytes.ts';
import type { Maker } from './format.ts';
import { makeNar } from './nar.ts';

const compressions = ['none', 'xz', 'zstd', 'gzip', 'br', 'bzip2', 'lz4'];
const HEAD = 37;
const MOST_NAR = 80_000;

/** The compression's number, the size (32 bits, big-endian) and SHA-256 that were said of the archive, the packed bytes. */
export function substituteParts(bytes: Uint8Array): { compression: string; narSize: number; packed: Uint8Array } {
  const head = Buffer.alloc(HEAD);
  head.set(bytes.subarray(0, HEAD));
  return { compression: compressions[head[0]! % compressions.length]!, narSize: head.readUInt32BE(1), packed: bytes.subarray(HEAD) };
}

/** An lz4 frame of stored and of packed blocks, which have literals and copies of a distance. */
function lz4(bytes: Uint8Array, random: Random): Buffer {
  const number = (value: number): Buffer => {
    const out = Buffer.alloc(4);
    out.writeUInt32LE(value >>> 0);
    return out;
  };
  const parts: Buffer[] = [number(0x184d2204), Buffer.from([0x40, 0x40, 0])];
  for (let at = 0; at < bytes.length; at += 60_000) {
    const piece = Buffer.from(bytes.subarray(at, at + 60_000));
    const stored = random.chance(0.5);
    const block = stored ? piece : sequence(piece);
    parts.push(number(block.length | (stored ? 0x80000000 : 0)), block);
  }
  return Buffer.concat([...parts, number(0)]);
}

/** Runs of one byte as copies; all else as literals. */
function sequence(bytes: Buffer): Buffer {
  const out: Buffer[] = [];
  let start = 0;
  const emit = (end: number, run: number): void => {
    const literals = end - start;
    const rest = run - 4;
    out.push(
      Buffer.from([(Math.min(literals, 15) << 4) | (run > 0 ? Math.min(rest, 15) : 0)]),
      lengths(literals),
      bytes.subarray(start, end),
    );
    if (run > 0) out.push(Buffer.from([1, 0]), lengths(rest));
    start = end + run;
  };
  for (let at = 1; at < bytes.length - 20; at++) {
    let run = 0;
    while (at + run < bytes.length - 12 && bytes[at + run] === bytes[at - 1]) run++;
    if (run >= 8) {
      emit(at, run);
      at = start;
    }
  }
  emit(bytes.length, 0);
  return Buffer.concat(out);
}

function lengths(value: number): Buffer {
  if (value < 15) return Buffer.alloc(0);
  const rest = value - 15;
  return Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.from([rest % 255])]);
}

export const makeSubstitute: Maker = async (random) => {
  let nar = Buffer.from(await makeNar(random));
  // Folders in folders are written before they are too many, which takes seconds; the samples of nar have them.
  while (nar.length > MOST_NAR) nar = Buffer.from(await makeNar(random));
  const number = random.below(compressions.length);
  const kind = compressions[number]!;
  const packed = kind === 'br' ? brotliCompressSync(nar) : kind === 'lz4' ? lz4(nar, random) : await compressed(nar, random, kind);
  const head = Buffer.alloc(HEAD);
  head[0] = number;
  head.writeUInt32BE(random.chance(0.1) ? random.below(nar.length + 1) : nar.length, 1);
  createHash('sha256').update(nar).digest().copy(head, 5);
  return Buffer.concat([head, random.chance(0.5) ? damaged(packed, random) : packed]);
};
