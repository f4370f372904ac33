/**
 * Runs a program over a byte string with the priorities of libstdc++'s depth-first executor:
 *
 * - alternatives are all tried, and the longest match counts; of matches that end at the same place, the first found;
 * - a repetition tries once more first, and goes on only when that led to no match at all;
 * - a repetition may go round at most twice without taking a byte; groups keep what an earlier round took.
 *
 * What follows once a byte is taken depends on the state and the place alone, not on how one came there. So each such pair is looked at
 * once: the time is proportional to states x bytes where that library's is exponential. The stack is our own, so length is no limit.
 */
import { Op, type RegexProgram } from './program.ts';

/** Begin and end of each group, -1 for one that took no part; the whole match comes first. */
export type Match = Int32Array;

const enum Frame {
  Explore,
  Memo,
  GroupBegin,
  GroupEnd,
  Repeat,
  ChoiceNext,
  ChoiceJoin,
}

const UNKNOWN = 0;
const FAILS = 1;
const MATCHES = 2;

export class RegexRun {
  private readonly memo: Uint8Array;
  private readonly width: number;
  /** Memo places that say MATCHES: true of one search only. */
  private matched: number[] = [];
  private readonly groupBegin: Int32Array;
  private readonly groupEnd: Int32Array;
  private readonly repeatAt: Int32Array;
  private readonly repeatCount: Uint8Array;
  private readonly stack: number[] = [];
  private found = false;
  private best: Match | undefined;
  private start = 0;
  private whole = false;
  private notEmpty = false;

  constructor(
    private readonly program: RegexProgram,
    private readonly text: string,
  ) {
    this.width = text.length + 1;
    this.memo = new Uint8Array(program.ops.length * this.width);
    this.groupBegin = new Int32Array(program.groups);
    this.groupEnd = new Int32Array(program.groups).fill(-1);
    this.repeatAt = new Int32Array(program.ops.length).fill(-1);
    this.repeatCount = new Uint8Array(program.ops.length);
  }

  /** Whether the pattern matches all of the text. */
  matchAll(): Match | undefined {
    this.whole = true;
    return this.matchAt(0);
  }

  /** The first match that begins at `from` or later; with `notEmpty` only one that begins just there and takes a byte. */
  search(from: number, notEmpty = false): Match | undefined {
    this.notEmpty = notEmpty;
    for (let at = from; at <= this.text.length; at++) {
      const match = this.matchAt(at);
      if (match || notEmpty) return match;
    }
    return undefined;
  }

  private matchAt(start: number): Match | undefined {
    this.start = start;
    this.found = false;
    this.best = undefined;
    this.explore(this.program.start, start);
    while (this.stack.length > 0 && !(this.whole && this.found)) this.resume();
    if (this.stack.length > 0) this.stack.length = 0;
    for (const place of this.matched) this.memo[place] = UNKNOWN;
    this.matched = [];
    return this.best;
  }

  /** Goes on from a state until the path ends, leaving on the stack what is to be tried or undone after it. */
  private explore(state: number, at: number): void {
    const { ops, next, alternative, group, sets } = this.program;
    const { stack } = this;
    for (;;) {
      switch (ops[state]) {
        case Op.Set: {
          if (at >= this.text.length || sets[state]![this.text.charCodeAt(at)] !== 1) return;
          const place = state * this.width + at;
          const known = this.memo[place];
          if (known !== UNKNOWN) {
            this.found = known === MATCHES;
            return;
          }
          stack.push(place, Frame.Memo);
          at++;
          break;
        }
        case Op.Begin:
          if (at !== 0) return;
          break;
        case Op.End:
          if (at !== this.text.length) return;
          break;
        case Op.GroupBegin: {
          const index = group[state]!;
          stack.push(this.groupBegin[index]!, index, Frame.GroupBegin);
          this.groupBegin[index] = at;
          break;
        }
        case Op.GroupEnd: {
          const index = group[state]!;
          stack.push(this.groupEnd[index]!, index, Frame.GroupEnd);
          this.groupEnd[index] = at;
          break;
        }
        case Op.Repeat: {
          const idle = this.repeatCount[state] !== 0 && this.repeatAt[state] === at;
          if (idle && this.repeatCount[state]! >= 2) break;
          stack.push(at, this.repeatAt[state]!, this.repeatCount[state]!, state, Frame.Repeat);
          this.repeatCount[state] = idle ? 2 : 1;
          this.repeatAt[state] = at;
          state = alternative[state]!;
          continue;
        }
        case Op.Choice:
          stack.push(at, next[state]!, Frame.ChoiceNext);
          state = alternative[state]!;
          continue;
        default:
          this.accept(at);
          return;
      }
      state = next[state]!;
    }
  }

  private accept(at: number): void {
    if (this.whole ? at !== this.text.length : this.notEmpty && at === this.start) return;
    this.found = true;
    if (this.best && this.best[1]! >= at) return;
    const match = new Int32Array(2 + 2 * this.program.groups);
    match[0] = this.start;
    match[1] = at;
    for (let i = 0; i < this.program.groups; i++) {
      match[2 + 2 * i] = this.groupEnd[i]! < 0 ? -1 : this.groupBegin[i]!;
      match[3 + 2 * i] = this.groupEnd[i]!;
    }
    this.best = match;
  }

  private resume(): void {
    const { stack } = this;
    switch (stack.pop()) {
      case Frame.Memo: {
        const place = stack.pop()!;
        this.memo[place] = this.found ? MATCHES : FAILS;
        if (this.found) this.matched.push(place);
        return;
      }
      case Frame.GroupBegin:
        this.groupBegin[stack.pop()!] = stack.pop()!;
        return;
      case Frame.GroupEnd:
        this.groupEnd[stack.pop()!] = stack.pop()!;
        return;
      case Frame.Repeat: {
        const state = stack.pop()!;
        this.repeatCount[state] = stack.pop()!;
        this.repeatAt[state] = stack.pop()!;
        const at = stack.pop()!;
        if (!this.found) this.explore(this.program.next[state]!, at);
        return;
      }
      case Frame.ChoiceNext: {
        const state = stack.pop()!;
        const at = stack.pop()!;
        stack.push(this.found ? 1 : 0, Frame.ChoiceJoin);
        this.found = false;
        this.explore(state, at);
        return;
      }
      default:
        if (stack.pop() === 1) this.found = true;
    }
  }
}
