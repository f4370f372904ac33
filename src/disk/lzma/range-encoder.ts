/** LZMA's range coder: the probability of a 0 bit has 11 bits, and each bit moves it by a thirty-second of its error. */
const PROBABILITY_BITS = 11;
const MOVE_BITS = 5;
const TOP = 2 ** 24;

export const newProbabilities = (count: number): Uint16Array => new Uint16Array(count).fill(1 << (PROBABILITY_BITS - 1));

export class RangeEncoder {
  private low = 0;
  private range = 0xffffffff;
  private cache = 0;
  /** Bytes held back because a carry may still reach them. */
  private pending = 1;
  private readonly bytes: number[] = [];

  bit(probabilities: Uint16Array, index: number, bit: number): void {
    const probability = probabilities[index]!;
    const bound = (this.range >>> PROBABILITY_BITS) * probability;
    if (bit === 0) {
      this.range = bound;
      probabilities[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
    } else {
      this.low += bound;
      this.range -= bound;
      probabilities[index] = probability - (probability >> MOVE_BITS);
    }
    this.normalise();
  }

  /** Encodes `count` bits of `value`, highest first, with equal probabilities of 0 and 1. */
  direct(value: number, count: number): void {
    for (let shift = count - 1; shift >= 0; shift--) {
      this.range >>>= 1;
      if ((value >>> shift) & 1) this.low += this.range;
      this.normalise();
    }
  }

  /** Encodes a symbol of `bits` bits, highest first, by a binary tree of probabilities that begins at `base`. */
  tree(probabilities: Uint16Array, base: number, bits: number, symbol: number): void {
    let node = 1;
    for (let shift = bits - 1; shift >= 0; shift--) {
      const bit = (symbol >>> shift) & 1;
      this.bit(probabilities, base + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** As `tree`, lowest bit first. */
  reverseTree(probabilities: Uint16Array, base: number, bits: number, symbol: number): void {
    let node = 1;
    for (let shift = 0; shift < bits; shift++) {
      const bit = (symbol >>> shift) & 1;
      this.bit(probabilities, base + node, bit);
      node = (node << 1) | bit;
    }
  }

  /** Bytes made, without the last five. */
  get length(): number {
    return this.bytes.length + this.pending;
  }

  finish(): Uint8Array {
    for (let n = 0; n < 5; n++) this.shiftLow();
    return Uint8Array.from(this.bytes);
  }

  private normalise(): void {
    while (this.range < TOP) {
      this.range = (this.range * 256) >>> 0;
      this.shiftLow();
    }
  }

  private shiftLow(): void {
    const carry = this.low > 0xffffffff ? 1 : 0;
    if (carry || this.low < 0xff000000) {
      this.bytes.push((this.cache + carry) & 0xff);
      for (; this.pending > 1; this.pending--) this.bytes.push((0xff + carry) & 0xff);
      this.pending = 0;
      this.cache = Math.floor(this.low / TOP) & 0xff;
    }
    this.pending += 1;
    this.low = (this.low % TOP) * 256;
  }
}
