/** Finds earlier copies of the next bytes: chains of positions whose next three bytes have the same hash. */
const WINDOW = 1 << 16;
const HASH_BITS = 16;
const CHAIN = 24;

export class MatchFinder {
  private readonly input: Uint8Array;
  private readonly heads = new Int32Array(1 << HASH_BITS).fill(-1);
  private readonly previous: Int32Array;

  constructor(input: Uint8Array) {
    this.input = input;
    this.previous = new Int32Array(input.length).fill(-1);
  }

  /** Returns how many bytes from `a` on equal those from `b` on, at most `limit`. */
  common(a: number, b: number, limit: number): number {
    let n = 0;
    while (n < limit && this.input[a + n] === this.input[b + n]) n += 1;
    return n;
  }

  /** Returns the longest match for `at`, the nearest of equal ones; length 0 when there is none of three bytes. */
  longest(at: number, limit: number): { length: number; distance: number } {
    let length = 0;
    let distance = 0;
    if (limit < 3) return { length, distance };
    let candidate = this.heads[this.hash(at)]!;
    for (let n = 0; n < CHAIN && candidate >= 0 && at - candidate <= WINDOW; n++, candidate = this.previous[candidate]!) {
      if (this.input[candidate + length] !== this.input[at + length]) continue;
      const common = this.common(at, candidate, limit);
      if (common <= length) continue;
      length = common;
      distance = at - candidate - 1;
      if (length === limit) break;
    }
    return length < 3 ? { length: 0, distance: 0 } : { length, distance };
  }

  /** Adds the positions [at, at + count). */
  skip(at: number, count: number): void {
    for (let n = at; n < at + count && n + 3 <= this.input.length; n++) {
      const hash = this.hash(n);
      this.previous[n] = this.heads[hash]!;
      this.heads[hash] = n;
    }
  }

  private hash(at: number): number {
    const { input } = this;
    const word = input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16);
    return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
  }
}
