/**
 * A small LZMA encoder: the raw stream, no header and no end marker, lc=3 lp=0 pb=2, as GRUB's BIOS decompressor expects. Format and names:
 * https://7-zip.org/sdk.html (lzma-specification.txt). Matching is greedy.
 */
import { MatchFinder } from './match-finder.ts';
import { newProbabilities, RangeEncoder } from './range-encoder.ts';

const LITERAL_CONTEXT_BITS = 3;
const POSITION_MASK = 3;
const MIN_MATCH = 2;
const MAX_MATCH = 273;
const LEN_STATES = 4;

const afterLiteral = (state: number): number => (state < 4 ? 0 : state < 10 ? state - 3 : state - 6);
const afterMatch = (state: number): number => (state < 7 ? 7 : 10);
const afterRep = (state: number): number => (state < 7 ? 8 : 11);

class LengthCoder {
  private readonly choice = newProbabilities(2);
  private readonly low = newProbabilities(4 << 3);
  private readonly mid = newProbabilities(4 << 3);
  private readonly high = newProbabilities(1 << 8);

  encode(out: RangeEncoder, length: number, positionState: number): void {
    const symbol = length - MIN_MATCH;
    out.bit(this.choice, 0, symbol < 8 ? 0 : 1);
    if (symbol < 8) return out.tree(this.low, positionState << 3, 3, symbol);
    out.bit(this.choice, 1, symbol < 16 ? 0 : 1);
    if (symbol < 16) return out.tree(this.mid, positionState << 3, 3, symbol - 8);
    out.tree(this.high, 0, 8, symbol - 16);
  }
}

/** Encodes its input piece by piece; between two pieces the range coder may be another. */
export class LzmaEncoder {
  private out = new RangeEncoder();
  private readonly finder: MatchFinder;
  private state = 0;
  private rep0 = 0;
  private readonly isMatch = newProbabilities(12 << 4);
  private readonly isRep = newProbabilities(12);
  private readonly isRep0 = newProbabilities(12);
  private readonly isRep0Long = newProbabilities(12 << 4);
  private readonly literals = newProbabilities(0x300 << LITERAL_CONTEXT_BITS);
  private readonly matchLength = new LengthCoder();
  private readonly repLength = new LengthCoder();
  private readonly slots = newProbabilities(LEN_STATES << 6);
  private readonly special = newProbabilities(128);
  private readonly align = newProbabilities(16);
  private readonly input: Uint8Array;

  /** `finder` searches `input`; by default as GRUB's core image is made. */
  constructor(input: Uint8Array, finder = new MatchFinder(input)) {
    this.input = input;
    this.finder = finder;
  }

  /**
   * Encodes from `start` to `end`, or to where about `most` bytes are made. Returns these and the place that follows; a match may go beyond
   * `end`, but not the input's.
   */
  encode(start: number, end: number, most: number): { bytes: Uint8Array; next: number } {
    const { input, finder } = this;
    this.out = new RangeEncoder();
    let at = start;
    while (at < end && this.out.length < most) {
      const limit = Math.min(MAX_MATCH, input.length - at);
      const repeated = at > this.rep0 ? finder.common(at, at - this.rep0 - 1, limit) : 0;
      const found = finder.longest(at, limit);
      let length = 1;
      if (repeated >= MIN_MATCH && repeated + 1 >= found.length) {
        this.rep(at, (length = repeated));
      } else if (found.length >= 3) {
        this.match(at, (length = found.length), found.distance);
      } else {
        this.literal(at);
      }
      finder.skip(at, length);
      at += length;
    }
    return { bytes: this.out.finish(), next: at };
  }

  private literal(at: number): void {
    const { input, out } = this;
    out.bit(this.isMatch, (this.state << 4) | (at & POSITION_MASK), 0);
    const symbol = input[at]!;
    const base = 0x300 * ((at > 0 ? input[at - 1]! : 0) >> (8 - LITERAL_CONTEXT_BITS));
    let node = 1;
    let shift = 7;
    if (this.state >= 7) {
      // After a match, the byte that would have continued it predicts this one, until they differ.
      const expected = input[at - this.rep0 - 1]!;
      for (let same = true; same && shift >= 0; shift--) {
        const expectedBit = (expected >> shift) & 1;
        const bit = (symbol >> shift) & 1;
        out.bit(this.literals, base + ((1 + expectedBit) << 8) + node, bit);
        node = (node << 1) | bit;
        same = bit === expectedBit;
      }
    }
    for (; shift >= 0; shift--) {
      const bit = (symbol >> shift) & 1;
      out.bit(this.literals, base + node, bit);
      node = (node << 1) | bit;
    }
    this.state = afterLiteral(this.state);
  }

  private rep(at: number, length: number): void {
    const positionState = at & POSITION_MASK;
    this.out.bit(this.isMatch, (this.state << 4) | positionState, 1);
    this.out.bit(this.isRep, this.state, 1);
    this.out.bit(this.isRep0, this.state, 0);
    this.out.bit(this.isRep0Long, (this.state << 4) | positionState, 1);
    this.repLength.encode(this.out, length, positionState);
    this.state = afterRep(this.state);
  }

  /** A `distance` of 0 is the previous byte. */
  private match(at: number, length: number, distance: number): void {
    const { out } = this;
    const positionState = at & POSITION_MASK;
    out.bit(this.isMatch, (this.state << 4) | positionState, 1);
    out.bit(this.isRep, this.state, 0);
    this.matchLength.encode(out, length, positionState);
    const slotBase = Math.min(length - MIN_MATCH, LEN_STATES - 1) << 6;
    const bits = distance < 4 ? 0 : 31 - Math.clz32(distance);
    const slot = distance < 4 ? distance : (bits << 1) | ((distance >>> (bits - 1)) & 1);
    out.tree(this.slots, slotBase, 6, slot);
    if (slot >= 4) {
      const footer = bits - 1;
      const base = ((2 | (slot & 1)) << footer) >>> 0;
      if (slot < 14) {
        out.reverseTree(this.special, base - slot, footer, distance - base);
      } else {
        out.direct((distance - base) >>> 4, footer - 4);
        out.reverseTree(this.align, 0, 4, (distance - base) & 15);
      }
    }
    this.rep0 = distance;
    this.state = afterMatch(this.state);
  }
}

export function lzmaEncode(input: Uint8Array): Uint8Array {
  return new LzmaEncoder(input).encode(0, input.length, Infinity).bytes;
}
