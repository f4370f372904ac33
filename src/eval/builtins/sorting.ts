import { call2 } from '../apply.ts';
import { compareValues } from '../compare.ts';
import { addStep } from '../error.ts';
import { forceBool, forceFunction, forceList } from '../expect.ts';
import { force } from '../force.ts';
import { noPos } from '../../lang/position.ts';
import { PrimOp, type BuiltinDef, type Value } from '../value.ts';

/**
 * A stable merge sort that asks nothing but "is a before b?", and takes what it finds already in order as it is. The order of
 * questions does not depend on the engine's own sort, which may give up on a comparator that contradicts itself.
 */
export function mergeSort<T>(items: readonly T[], before: (a: T, b: T) => boolean): T[] {
  let from = items.slice();
  let bounds = sortedRuns(from, before);
  let to: T[] = new Array(from.length);
  while (bounds.length > 2) {
    const merged = [0];
    for (let run = 0; run + 1 < bounds.length; run += 2) {
      const start = bounds[run]!;
      const middle = bounds[run + 1]!;
      const end = bounds[run + 2] ?? middle;
      mergeRuns(from, to, start, middle, end, before);
      merged.push(end);
    }
    [from, to] = [to, from];
    bounds = merged;
  }
  return from;
}

/** Where the ascending runs of at least 8 items begin and end; short ones are made by insertion. */
function sortedRuns<T>(items: T[], before: (a: T, b: T) => boolean): number[] {
  const bounds = [0];
  let start = 0;
  while (start < items.length) {
    let end = start + 1;
    while (end < items.length && !before(items[end]!, items[end - 1]!)) end++;
    while (end < items.length && end - start < 8) {
      const item = items[end]!;
      let at = end++;
      for (; at > start && before(item, items[at - 1]!); at--) items[at] = items[at - 1]!;
      items[at] = item;
    }
    bounds.push(end);
    start = end;
  }
  return bounds;
}

function mergeRuns<T>(from: T[], to: T[], start: number, middle: number, end: number, before: (a: T, b: T) => boolean): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    if (right >= end || (left < middle && !before(from[right]!, from[left]!))) to[at] = from[left++]!;
    else to[at] = from[right++]!;
  }
}

export const sortBuiltins: BuiltinDef[] = [
  {
    name: 'sort', args: ['comparator', 'list'],
    doc: 'The list sorted by *comparator*, which says whether its first argument comes before its second: `sort builtins.lessThan [ 3 1 2 ]`. Equal elements keep their order.',
    run(_ev, pos, comparator, v) {
      const list = forceList(v!, pos, 'the second argument passed to builtins.sort');
      if (list.length === 0) return list;
      const fn = forceFunction(comparator!, pos, 'the first argument passed to builtins.sort');
      const items = list.map((item) => force(item));
      if (fn instanceof PrimOp && fn.name === 'lessThan') return sortByValue(items);
      return mergeSort<Value>(items, (a, b) => forceBool(call2(fn, a, b, pos), pos, 'the return value of the sorting function passed to builtins.sort'));
    },
  },
  {
    name: 'lessThan', args: ['e1', 'e2'],
    doc: 'Whether *e1* is less than *e2*: numbers, strings by their bytes, paths, and lists element by element.',
    run: (_ev, pos, a, b) => compareValues(a!, b!, pos) < 0,
  },
];

function sortByValue(items: Value[]): Value[] {
  if (items.every((item) => typeof item === 'string')) return (items as string[]).slice().sort();
  try {
    return mergeSort(items, (a, b) => compareValues(a, b, noPos) < 0);
  } catch (error) {
    addStep(error, 'while evaluating the ordering function passed to builtins.sort', noPos);
    throw error;
  }
}
