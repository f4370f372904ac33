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

/** Updates the state `seed` with one little-endian 32-bit number. */
export function crc32cNumber(seed: number, value: number): number {
  let crc = seed;
  const table = TABLES[0]!;
  for (let shift = 0; shift < 32; shift += 8) crc = (crc >>> 8) ^ table[(crc ^ (value >>> shift)) & 0xff]!;
  return crc >>> 0;
}
