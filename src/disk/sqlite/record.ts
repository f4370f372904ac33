/** Records and varints: https://www.sqlite.org/fileformat2.html, sections 1.6 and 2.1. */
export type Cell = string | number | null;

/** Seven bits a byte, highest first; numbers below 2^53. */
export function encodeVarint(value: number): Buffer {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) | 0x80);
  return Buffer.from(bytes);
}

export function encodeRecord(values: readonly Cell[]): Buffer {
  const encoded = values.map(encodeValue);
  const types = Buffer.concat(encoded.map(({ type }) => encodeVarint(type)));
  // The header's size includes itself, and takes one byte here.
  if (types.length > 126) throw new RangeError('a record of too many values');
  return Buffer.concat([Buffer.from([types.length + 1]), types, ...encoded.map(({ bytes }) => bytes)]);
}

function encodeValue(value: Cell): { type: number; bytes: Buffer } {
  if (value === null) return { type: 0, bytes: Buffer.alloc(0) };
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    return { type: 13 + 2 * bytes.length, bytes };
  }
  if (value === 0 || value === 1) return { type: 8 + value, bytes: Buffer.alloc(0) };
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  const sizes: [size: number, type: number][] = [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [6, 5],
    [8, 6],
  ];
  const [size, type] = sizes.find(([n]) => value >= -(2 ** (8 * n - 1)) && value < 2 ** (8 * n - 1))!;
  return { type, bytes: bytes.subarray(8 - size) };
}

/** The order of an index: numbers before text, text by its bytes. */
export function compareCells(a: readonly Cell[], b: readonly Cell[]): number {
  for (let n = 0; n < a.length; n++) {
    const [x, y] = [a[n]!, b[n]!];
    const order =
      typeof x === 'string' && typeof y === 'string'
        ? Buffer.compare(Buffer.from(x), Buffer.from(y))
        : typeof x === typeof y
          ? Number(x) - Number(y)
          : typeof x === 'string'
            ? 1
            : -1;
    if (order !== 0) return order;
  }
  return 0;
}
