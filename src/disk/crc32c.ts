/** CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), eight bytes a step ("slicing by 8"). */
const TABLES = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    first[n] = crc >>> 0;
  }
  const tables = [first];
  for (let t = 1; t < 8; t++) {
    const previous = tables[t - 1]!;
    tables.push(Uint32Array.from(previous, (crc) => (first[crc & 0xff]! ^ (crc >>> 8)) >>> 0));
  }
  return tables;
}

/**
 * Updates the state `seed` with `bytes[start, end)`. Inverts neither the seed nor the result: ext4 starts from ~0 and stores the plain
 * state. The textbook checksum is `~crc32c(~0, bytes)`.
 */
export function crc32c(seed: number, bytes: Uint8Array, start = 0, end = bytes.length): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = seed | 0;
  let at = start;
  for (const last = end - 8; at <= last; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return crc >>> 0;
}

/**
 * What 2^n zero bytes make of a state, for each n: linear in its bits, so that four tables of 256 states each are enough. The last row is
 * for 2^15.
 */
let zeroTables: Uint32Array[] | undefined;
const ZERO_ROWS = 16;

function afterZeros(table: Uint32Array, crc: number): number {
  return table[crc & 0xff]! ^ table[256 + ((crc >>> 8) & 0xff)]! ^ table[512 + ((crc >>> 16) & 0xff)]! ^ table[768 + (crc >>> 24)]!;
}

function makeZeroTables(): Uint32Array[] {
  const byByte = TABLES[0]!;
  const tables = [Uint32Array.from({ length: 1024 }, (_, n) => (n < 256 ? byByte[n]! : (n & 0xff) << (8 * (n >> 8) - 8)))];
  for (let row = 1; row < ZERO_ROWS; row++) {
    const half = tables[row - 1]!;
    tables.push(half.map((crc) => afterZeros(half, crc)));
  }
  return tables;
}

/** Updates the state `seed` with so many zero bytes, in a time that grows with the logarithm of their number. */
export function crc32cZeros(seed: number, count: number): number {
  zeroTables ??= makeZeroTables();
  let crc = seed;
  const last = ZERO_ROWS - 1;
  for (; count >= 2 ** last; count -= 2 ** last) crc = afterZeros(zeroTables[last]!, crc);
  for (let row = 0; count > 0; row++, count >>>= 1) if (count & 1) crc = afterZeros(zeroTables[row]!, crc);
  return crc >>> 0;
}

/** Updates the state `seed` with one little-endian 32-bit number. */
export function crc32cNumber(seed: number, value: number): number {
  let crc = seed;
  const table = TABLES[0]!;
  for (let shift = 0; shift < 32; shift += 8) crc = (crc >>> 8) ^ table[(crc ^ (value >>> shift)) & 0xff]!;
  return crc >>> 0;
}
