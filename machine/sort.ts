/**
 * builtins.sort: as src/eval/builtins/sorting.ts it asks the comparator the very questions that Nix asks. Peeksort (Munro and Wild,
 * "Nearly-Optimal Mergesorts", 2018): stable, takes what it finds in order as it is, and sorts up to 16 items by insertion.
 */
import { alloc, elementOf, lengthOf, newList, T_PRIMOP, tagOf, word } from './cells';
import { call2 } from './call';
import { compareValues } from './compare';
import { B_lessThan } from './builtin-numbers';
import { forceBool, forceFunction, forceList } from './expect';
import { force } from './force';

const FEW: u32 = 16;

export function sort(f: u32, v: u32): u32 {
  const list = forceList(v);
  const length = lengthOf(list);
  if (length === 0) return list;
  const fn = forceFunction(f);
  const p = newList(length);
  memory.copy(p + 8, list + 8, 4 * length);
  for (let i: u32 = 0; i < length; i++) force(elementOf(p, i));
  sortRange(fn, p + 8, 0, length, 0, length);
  return p;
}

function before(f: u32, a: u32, b: u32): bool {
  if (tagOf(f) === T_PRIMOP && word(f, 4) === B_lessThan) {
    const x = force(a);
    return compareValues(x, force(b)) < 0;
  }
  return forceBool(call2(f, a, b));
}

// @ts-ignore: decorator
@inline
function at(items: u32, i: u32): u32 {
  return load<u32>(items + 4 * i);
}

// @ts-ignore: decorator
@inline
function put(items: u32, i: u32, value: u32): void {
  store<u32>(items + 4 * i, value);
}

function falls(f: u32, items: u32, i: u32): bool {
  return before(f, at(items, i), at(items, i - 1));
}

/** Sorts [start, end), of which [start, leftEnd) and [rightStart, end) are sorted. */
function sortRange(f: u32, items: u32, start: u32, end: u32, leftEnd: u32, rightStart: u32): void {
  if (leftEnd === end || rightStart === start) return;
  if (end - start <= FEW) return insert(f, items, start, end);
  const middle = start + ((end - start) >>> 1);
  if (middle <= leftEnd) {
    sortRange(f, items, leftEnd, end, leftEnd + 1, rightStart);
    merge(f, items, start, leftEnd, end);
  } else if (middle >= rightStart) {
    sortRange(f, items, start, rightStart, leftEnd, rightStart - 1);
    merge(f, items, start, rightStart, end);
  } else aroundRun(f, items, start, end, leftEnd, rightStart, middle);
}

/** Finds the run that the middle lies in, and sorts what is left and right of it. */
function aroundRun(f: u32, items: u32, start: u32, end: u32, leftEnd: u32, rightStart: u32, middle: u32): void {
  const falling = falls(f, items, middle);
  let from = middle - 1;
  while (from > leftEnd && falls(f, items, from) === falling) from--;
  let to = middle + 1;
  while (to < rightStart && falls(f, items, to) === falling) to++;
  if (falling) reverse(items, from, to);
  if (from === start && to === end) return;
  // The run goes to the side that has less of it.
  const runIsRight = middle - from < to - middle;
  const split = runIsRight ? from : to;
  sortRange(f, items, start, split, leftEnd, runIsRight ? from - 1 : from);
  sortRange(f, items, split, end, runIsRight ? to : to + 1, rightStart);
  merge(f, items, start, split, end);
}

function reverse(items: u32, from: u32, to: u32): void {
  let a = from;
  let b = to - 1;
  while (a < b) {
    const item = at(items, a);
    put(items, a++, at(items, b));
    put(items, b--, item);
  }
}

function insert(f: u32, items: u32, start: u32, end: u32): void {
  for (let next = start + 1; next < end; next++) {
    const item = at(items, next);
    let i = next;
    for (; i > start && before(f, item, at(items, i - 1)); i--) put(items, i, at(items, i - 1));
    put(items, i, item);
  }
}

function merge(f: u32, items: u32, start: u32, middle: u32, end: u32): void {
  const count = end - start;
  const half = middle - start;
  const copy = alloc(4 * count);
  memory.copy(copy, items + 4 * start, 4 * count);
  let left: u32 = 0;
  let right = half;
  for (let i = start; i < end; i++) {
    if (left === half) return;
    const takeLeft = right === count || !before(f, at(copy, right), at(copy, left));
    put(items, i, takeLeft ? at(copy, left++) : at(copy, right++));
  }
}
