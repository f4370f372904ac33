/**
 * `a + b + c` of strings, `a ++ b ++ c` and `a // b // c` as one operation each: pair by pair they would copy what is there once an
 * operand, and the machine frees nothing. What is evaluated, and in which order, is as with pairs.
 */
import { alloc, EMPTY_LIST, lengthOf, STOP_ERROR, T_ATTRS, T_LIST, T_STRING, tagOf, word } from './cells';
import { update } from './attrs';
import { coerceToString, joinStrings } from './coerce';
import { evaluate } from './evaluate';
import { fail } from './host';
import { joined } from './lists';
import { N_ADD } from './nodes';
import { add } from './operators';

/** `left + right`, where `left` is one as well. */
export function addChain(left: u32, right: u32, env: u32): u32 {
  let count: u32 = 1;
  let first = left;
  for (; load<u32>(first) === N_ADD; first = word(first, 4)) count++;
  const operands = alloc(4 * count);
  store<u32>(operands + 4 * (count - 1), right);
  let node = left;
  for (let i = count - 1; i > 0; i--) {
    store<u32>(operands + 4 * (i - 1), word(node, 8));
    node = word(node, 4);
  }
  let sum = evaluate(first, env);
  let i: u32 = 0;
  for (; i < count && tagOf(sum) !== T_STRING; i++) sum = add(sum, load<u32>(operands + 4 * i), env);
  if (i === count) return sum;
  // A string to which all else is added as a string.
  const parts = alloc(4 * (count - i + 1));
  store<u32>(parts, sum);
  let used: u32 = 1;
  for (; i < count; i++) store<u32>(parts + 4 * used++, coerceToString(evaluate(load<u32>(operands + 4 * i), env), false, true));
  return joinStrings(parts, used);
}

/** How many operands `left OPERATOR right` has, where `right` may be one as well. */
function operandsOf(kind: u32, right: u32): u32 {
  let count: u32 = 2;
  for (let e = right; load<u32>(e) === kind; e = word(e, 8)) count++;
  return count;
}

/** The operands' expressions from left to right. */
function operandList(left: u32, right: u32, count: u32): u32 {
  const operands = alloc(4 * count);
  store<u32>(operands, left);
  let e = right;
  for (let i: u32 = 1; i + 1 < count; i++) {
    store<u32>(operands + 4 * i, word(e, 4));
    e = word(e, 8);
  }
  store<u32>(operands + 4 * (count - 1), e);
  return operands;
}

/** `left ++ right`, where `right` is one as well. */
export function concatChain(kind: u32, left: u32, right: u32, env: u32): u32 {
  const count = operandsOf(kind, right);
  const lists = operandList(left, right, count);
  for (let i: u32 = 0; i < count; i++) store<u32>(lists + 4 * i, evaluate(load<u32>(lists + 4 * i), env));
  let total: u32 = 0;
  let filled: u32 = 0;
  let only: u32 = EMPTY_LIST;
  for (let i: u32 = 0; i < count; i++) {
    const list = load<u32>(lists + 4 * i);
    if (tagOf(list) !== T_LIST) fail(STOP_ERROR);
    if (lengthOf(list) === 0) continue;
    total += lengthOf(list);
    only = list;
    filled++;
  }
  return filled <= 1 ? only : joined(lists, count, total);
}

/** `left // right`, where `right` is one as well: evaluated from right to left. */
export function updateChain(kind: u32, left: u32, right: u32, env: u32): u32 {
  const count = operandsOf(kind, right);
  const sets = operandList(left, right, count);
  for (let i = <i32>count - 1; i >= 0; i--) {
    const set = evaluate(load<u32>(sets + 4 * i), env);
    if (tagOf(set) !== T_ATTRS) fail(STOP_ERROR);
    store<u32>(sets + 4 * i, set);
  }
  return updated(sets, 0, count);
}

/** Halves at a time: each attribute is copied as often as there are halves. */
function updated(sets: u32, from: u32, to: u32): u32 {
  if (to - from === 1) return load<u32>(sets + 4 * from);
  const middle = (from + to) >>> 1;
  return update(updated(sets, from, middle), updated(sets, middle, to));
}
