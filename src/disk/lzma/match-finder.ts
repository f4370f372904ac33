/** Finds earlier copies of the next bytes: chains of positions whose next three bytes have the same hash. */
export interface MatchSearch {
  /** How far back a match may be, in bytes. */
  window: number;
  hashBits: number;
  /** How many candidates are compared. */
  chain: number;
}

/** For GRUB's core image. */
const SMALL: MatchSearch = { window: 1 << 16, hashBits: 16, chain: 24 };

export class MatchFinder {
  private readonly input: Uint8Array;
  private readonly heads: Int32Array;
  private readonly previous: Int32Array;
  private readonly search: MatchSearch;

  constructor(input: Uint8Array, search = SMALL) {
    this.input = input;
    this.search = search;
    this.heads = new Int32Array(1 << search.hashBits).fill(-1);
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
    const { chain, window } = this.search;
    let candidate = this.heads[this.hash(at)]!;
    for (let n = 0; n < chain && candidate >= 0 && at - candidate <= window; n++, candidate = this.previous[candidate]!) {
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
    return Math.imul(word, 0x9e3779b1) >>> (32 - this.search.hashBits);
  }
}
