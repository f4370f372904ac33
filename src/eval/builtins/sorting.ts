import { call2 } from '../apply.ts';
import { compareValues } from '../compare.ts';
import { addStep } from '../error.ts';
import { forceBool, forceFunction, forceList } from '../expect.ts';
import { force } from '../force.ts';
import { noPos } from '../../lang/position.ts';
import { PrimOp, type BuiltinDef, type Value } from '../value.ts';

/** Up to this many items are sorted by insertion. */
const fewItems = 16;

/**
 * Peeksort (Munro and Wild, "Nearly-Optimal Mergesorts", 2018): stable, and takes what it finds in order as it is. Nix sorts so, with the
 * same limit for insertion: then a comparator that contradicts itself, or throws, is asked the same questions and gives the same list.
 */
class PeekSort<T> {
  constructor(
    private readonly items: T[],
    private readonly before: (a: T, b: T) => boolean,
  ) {}

  /** Sorts [start, end), of which [start, leftEnd) and [rightStart, end) are sorted. */
  sort(start: number, end: number, leftEnd: number, rightStart: number): void {
    if (leftEnd === end || rightStart === start) return;
    if (end - start <= fewItems) return this.insert(start, end);
    const middle = start + ((end - start) >> 1);
    if (middle <= leftEnd) {
      this.sort(leftEnd, end, leftEnd + 1, rightStart);
      this.merge(start, leftEnd, end);
    } else if (middle >= rightStart) {
      this.sort(start, rightStart, leftEnd, rightStart - 1);
      this.merge(start, rightStart, end);
    } else this.aroundRun(start, end, leftEnd, rightStart, middle);
  }

  /** Finds the run that the middle lies in, and sorts what is left and right of it. */
  private aroundRun(start: number, end: number, leftEnd: number, rightStart: number, middle: number): void {
    const { items } = this;
    const falls = this.falls(middle);
    let from = middle - 1;
    while (from > leftEnd && this.falls(from) === falls) from--;
    let to = middle + 1;
    while (to < rightStart && this.falls(to) === falls) to++;
    if (falls) for (let a = from, b = to - 1; a < b; a++, b--) [items[a], items[b]] = [items[b]!, items[a]!];
    if (from === start && to === end) return;
    // The run goes to the side that has less of it.
    const runIsRight = middle - from < to - middle;
    const split = runIsRight ? from : to;
    this.sort(start, split, leftEnd, runIsRight ? from - 1 : from);
    this.sort(split, end, runIsRight ? to : to + 1, rightStart);
    this.merge(start, split, end);
  }

  private falls(at: number): boolean {
    return this.before(this.items[at]!, this.items[at - 1]!);
  }

  private insert(start: number, end: number): void {
    const { items } = this;
    for (let next = start + 1; next < end; next++) {
      const item = items[next]!;
      let at = next;
      for (; at > start && this.before(item, items[at - 1]!); at--) items[at] = items[at - 1]!;
      items[at] = item;
    }
  }

  private merge(start: number, middle: number, end: number): void {
    const { items } = this;
    const copy = items.slice(start, end);
    let left = 0;
    let right = middle - start;
    for (let at = start; at < end; at++) {
      if (left === middle - start) return;
      items[at] = right === copy.length || !this.before(copy[right]!, copy[left]!) ? copy[left++]! : copy[right++]!;
    }
  }
}

function sorted<T>(list: readonly T[], before: (a: T, b: T) => boolean): T[] {
  const items = list.slice();
  new PeekSort(items, before).sort(0, items.length, 0, items.length);
  return items;
}

export const sortBuiltins: BuiltinDef[] = [
  {
    name: 'sort',
    args: ['comparator', 'list'],
    doc:
      'The list sorted by *comparator*, which says whether its first argument comes before its second: `sort builtins.lessThan [ 3 1 2 ' +
      ']`. Equal elements keep their order.',
    run(_ev, pos, comparator, v) {
      const list = forceList(v!, pos, 'the second argument passed to builtins.sort');
      if (list.length === 0) return list;
      const fn = forceFunction(comparator!, pos, 'the first argument passed to builtins.sort');
      const items = list.map(settle);
      if (fn instanceof PrimOp && fn.name === 'lessThan') return sortByValue(items);
      return sorted<Value>(items, (a, b) =>
        forceBool(call2(fn, a, b, pos), pos, 'the return value of the sorting function passed to builtins.sort'),
      );
    },
  },
  {
    name: 'lessThan',
    args: ['e1', 'e2'],
    doc: 'Whether *e1* is less than *e2*: numbers, strings by their bytes, paths, and lists element by element.',
    run: (_ev, pos, a, b) => compareValues(a!, b!, pos) < 0,
  },
];

/** The evaluated item, which a list's holder stays (print.ts). */
function settle(item: Value): Value {
  const forced = force(item);
  return Array.isArray(forced) ? item : forced;
}

function sortByValue(items: Value[]): Value[] {
  if (items.every((item) => typeof item === 'string')) return (items as string[]).slice().sort();
  try {
    return sorted(items, (a, b) => compareValues(a, b, noPos) < 0);
  } catch (error) {
    addStep(error, 'while evaluating the ordering function passed to builtins.sort', noPos);
    throw error;
  }
}
