/**
 * Parts of a text that become a syntax tree when they are first evaluated, as most of a large program never is. Nothing is taken on trust:
 * a text is parsed and its variables resolved as a whole once, so that every error in it is found, and only then are its parts known.
 * Whoever meets the same text again (`known`) may leave them out.
 */
import type { Expr, LaterExpr } from './ast.ts';
import type { ParseOptions } from './parser.ts';
import type { SourceText } from './position.ts';

/** Shorter expressions are parsed at once: what stands for one costs as much as its tree. In bytes. */
const LEAST = 40;

/** The parts of one text that can be parsed later. They may lie within each other. */
export class LaterParts {
  /** Where each part begins and ends, ordered by beginnings; null as long as the text was not parsed to its end. */
  private ranges: Uint32Array | null;
  private found: number[] = [];
  /** Set by who resolves the text. */
  resolve: (expr: Expr, scope: unknown) => void = () => {};
  /** Whether the text means the same wherever it is parsed but for the paths in it. */
  portable = true;

  constructor(
    readonly source: SourceText,
    readonly options: ParseOptions,
    known: Uint32Array | null,
  ) {
    this.ranges = known;
  }

  get known(): Uint32Array | null {
    return this.ranges;
  }

  /** A reader of the ranges behind `start`, for places that come in order: answers where the part that begins there ends, or 0. */
  endsFrom(start: number): (at: number) => number {
    const { ranges } = this;
    if (ranges === null) return () => 0;
    let next = firstBehind(ranges, start);
    return (at) => {
      while (next < ranges.length && ranges[next]! < at) next += 2;
      return ranges[next] === at ? ranges[next + 1]! : 0;
    };
  }

  /** What was just parsed as a whole; `end` is where the token behind it begins. */
  note(expr: Expr, start: number, end: number): Expr {
    if (this.ranges !== null || end - start < (this.options.leastPart ?? LEAST) || !canWait(expr)) return expr;
    this.found.push(start, end);
    return laterExpr(this, start, expr);
  }

  /**
   * Answers the set that stands behind a LaterExpr, as it is merged with another and so has no text of its own; any other expression as it
   * is.
   */
  static wholeSet(e: Expr | null): Expr | null {
    if (e?.kind !== 'later' || e.expr?.kind !== 'attrs') return e;
    const { found } = e.parts;
    // It was among the last that were found.
    for (let i = found.length - 2; i >= 0; i -= 2) {
      if (found[i] === e.start) {
        found.splice(i, 2);
        break;
      }
    }
    return e.expr;
  }

  /** The text was parsed and resolved to its end. */
  close(): Uint32Array {
    if (this.ranges) return this.ranges;
    const { found } = this;
    const order = Array.from({ length: found.length / 2 }, (_, i) => i * 2).sort((a, b) => found[a]! - found[b]!);
    const ranges = new Uint32Array(found.length);
    order.forEach((from, i) => {
      ranges[i * 2] = found[from]!;
      ranges[i * 2 + 1] = found[from + 1]!;
    });
    this.found = [];
    return (this.ranges = ranges);
  }
}

export function laterExpr(parts: LaterParts, start: number, expr: Expr | null): LaterExpr {
  return { kind: 'later', pos: parts.source.base + start, parts, start, expr, scope: null };
}

/** Not what has no thunk of its own, nor functions, which take arguments together. */
function canWait(e: Expr): boolean {
  switch (e.kind) {
    case 'int':
    case 'float':
    case 'string':
    case 'path':
    case 'var':
    case 'select':
    case 'lambda':
    case 'curPos':
    case 'later':
      return false;
    case 'list':
      return e.elements.length > 0;
    case 'attrs':
      return e.bindings.list.length + e.bindings.dynamic.length > 0;
    default:
      return true;
  }
}

/** The first range that begins behind `start`. */
function firstBehind(ranges: Uint32Array, start: number): number {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle * 2]! <= start) low = middle + 1;
    else high = middle;
  }
  return low * 2;
}
