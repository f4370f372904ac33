const POLYNOMIAL = 0xedb88320;
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32 of ISO 3309, the one of GPT, gzip and zlib; `before` is that of the bytes before these. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

/** The CRC-32 of bytes whose first part has the CRC-32 `first`, and whose last `length` bytes have `last`. */
export function joinCrc32(first: number, last: number, length: number): number {
  // The first part's polynomial is multiplied by x^(8 * length).
  let power = X0;
  let square = X8;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = product(power, square);
    square = product(square, square);
  }
  return (product(power, first) ^ last) >>> 0;
}

/** x^0 and x^8: the highest bit is the lowest power. */
const [X0, X8] = [2 ** 31, 2 ** 23];

/** Of two polynomials, modulo CRC-32's. */
function product(a: number, b: number): number {
  let [sum, factor] = [0, b];
  for (let bit = X0; bit > 0; bit = Math.floor(bit / 2)) {
    if (a & bit) sum ^= factor;
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return sum >>> 0;
}
