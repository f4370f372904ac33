/** Evaluation of lazy values. */
import {
  alloc,
  cell3,
  EMPTY_LIST,
  isFunction,
  STOP_ERROR,
  STOP_RECURSION,
  T_ATTRS,
  T_CALL,
  T_CALL2,
  T_DONE,
  T_HOLE,
  T_INHERITED,
  T_LAMBDA,
  T_LAZY,
  T_LIST,
  T_PARTIAL,
  T_THUNK,
  tagOf,
  word,
} from './cells';
import { find, valueAt } from './attrs';
import { call1, call2 } from './call';
import { evaluate } from './evaluate';
import { fail, forceOutside } from './host';

/** The thunks that are being evaluated, so that they can be restored when an error is caught. */
let stack: u32 = 0;
let stackTop: u32 = 0;
let stackEnd: u32 = 0;

export function initForce(depth: u32): void {
  stack = alloc(4 * depth);
  stackTop = stack;
  stackEnd = stack + 4 * depth;
}

/** The value itself, never lazy. */
export function force(p: u32): u32 {
  const tag = tagOf(p);
  return tag < T_LAZY ? p : tag === T_DONE ? word(p, 4) : forceLazy(p, tag);
}

/** For who calls from outside. */
export function forceValue(p: u32): u32 {
  return force(p);
}

/** The value of a lazy one that is known, else itself. */
// @ts-ignore: decorator
@inline
export function settled(p: u32): u32 {
  return tagOf(p) === T_DONE ? word(p, 4) : p;
}

/** As `settled`, but a list stays what it is held by, as lists are told apart by that (src/eval/print.ts). */
// @ts-ignore: decorator
@inline
export function settledPlace(p: u32): u32 {
  if (tagOf(p) !== T_DONE) return p;
  const value = word(p, 4);
  return tagOf(value) === T_LIST ? p : value;
}

/** Another place for an evaluated value: a function is copied, a list gets a holder of its own. */
export function inOtherPlace(value: u32): u32 {
  const tag = tagOf(value);
  if (tag === T_LIST && value !== EMPTY_LIST) {
    const holder = alloc(8);
    store<u32>(holder, T_DONE);
    store<u32>(holder + 4, value);
    return holder;
  }
  return tag >= T_LAMBDA ? copyFunction(value) : value;
}

export function forceLazy(p: u32, tag: u32): u32 {
  if (tag === T_HOLE) {
    fail(STOP_RECURSION);
    return 0;
  }
  if (stackTop >= stackEnd) fail(STOP_ERROR);
  store<u32>(p, T_HOLE | (tag << 8));
  store<u32>(stackTop, p);
  stackTop += 4;
  let value: u32;
  if (tag === T_THUNK) value = evaluate(word(p, 4), word(p, 8));
  else if (tag === T_CALL) value = call1(force(word(p, 4)), word(p, 8));
  else if (tag === T_CALL2) value = call2(force(word(p, 4)), word(p, 8), word(p, 12));
  else if (tag === T_INHERITED) value = inherited(word(p, 4), word(p, 8));
  else value = forceOutside(word(p, 4));
  stackTop -= 4;
  // Functions are told apart by the place that holds them.
  if (isFunction(value)) value = copyFunction(value);
  store<u32>(p, T_DONE);
  store<u32>(p + 4, value);
  return value;
}

function inherited(source: u32, name: u32): u32 {
  const set = force(source);
  if (tagOf(set) !== T_ATTRS) fail(STOP_ERROR);
  const entry = find(set, name);
  if (entry === 0) fail(STOP_ERROR);
  return force(valueAt(entry));
}

/** Another cell for the same function. */
export function copyFunction(p: u32): u32 {
  const tag = tagOf(p);
  if (tag === T_LAMBDA) return cell3(T_LAMBDA, word(p, 4), word(p, 8));
  const size: u32 = tag === T_PARTIAL ? 12 + 4 * word(p, 8) : 16;
  const copy = alloc(size);
  memory.copy(copy, p, size);
  return copy;
}

/** Where the stack of thunks stands; for `restore`. */
export function mark(): u32 {
  return stackTop;
}

/** Undoes the evaluation of all thunks since `mark`: who asks again gets the error again. */
export function restore(to: u32): void {
  while (stackTop > to) {
    stackTop -= 4;
    const p = load<u32>(stackTop);
    store<u32>(p, load<u8>(p + 1));
  }
}
