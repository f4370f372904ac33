/**
 * The heap of the machine: values as cells in linear memory, made by moving a pointer and never freed. A value is the address of its cell;
 * the first byte of a cell is its tag, the second its flags.
 *
 *     null, bool           {tag}                       the constant cells of constants.ts
 *     int                  {tag, -, i64}
 *     float                {tag, -, f64}
 *     string, path         {tag, length, context, bytes...}   context: 0 or a context (context.ts)
 *     list                 {tag, length, values...}
 *     set                  {tag, size, (symbol, value, position)...}   ordered by symbols (attrs.ts)
 *     lambda               {tag, expression, scope}
 *     partial application  {tag, function, count, values...}   of a lambda or a builtin that takes more
 *     builtin              {tag, number, arity, name}
 *     thunk                {tag, expression, scope}; of a call {tag, function, argument}, of two {tag, function, a, b};
 *                          of an inherited attribute {tag, set, symbol}; of JavaScript {tag, number}
 *     evaluated thunk      {tag, value}
 *
 * While it is evaluated a thunk has the tag HOLE and its own in the flags, so that it can be restored when an error is caught.
 */
import { fail } from './host';
import { T_ATTRS, T_BOOL, T_CALL, T_CALL2, T_FLOAT, T_INT, T_LAMBDA, T_LIST, T_NULL, T_PARTIAL, T_STRING, T_THUNK } from './tags';

export * from './tags';

/** A string that is a symbol: the only one with these bytes that is. */
export const F_SYMBOL: u32 = 1;

/** Why the machine stops: see src/machine/machine.ts. */
export const STOP_MEMORY: u32 = 1;
export const STOP_ERROR: u32 = 2;
export const STOP_RECURSION: u32 = 3;
export const STOP_UNSUPPORTED: u32 = 4;

let heap: u32 = 0;
let heapEnd: u32 = 0;

/** The memory from `start` to `end` is the heap's. */
export function initHeap(start: u32, end: u32): void {
  heap = start;
  heapEnd = end;
}

/** `size` in bytes, a multiple of 4. The memory is zero. */
// @ts-ignore: decorator
@inline
export function alloc(size: u32): u32 {
  const p = heap;
  heap = p + size;
  if (heap > heapEnd || heap < p) fail(STOP_MEMORY);
  return p;
}

/** Takes back all from `p` on, which was allocated last: nothing refers to it. */
// @ts-ignore: decorator
@inline
export function giveBack(p: u32): void {
  memory.fill(p, 0, heap - p);
  heap = p;
}

/** As `alloc`, for who calls from outside. */
export function allocate(size: u32): u32 {
  return alloc((size + 3) & ~3);
}

// @ts-ignore: decorator
@inline
export function tagOf(p: u32): u32 {
  return load<u8>(p);
}

// @ts-ignore: decorator
@inline
export function word(p: u32, offset: u32): u32 {
  return load<u32>(p + offset);
}

export const NULL: u32 = <u32>memory.data<u32>([T_NULL, 0]);
export const TRUE: u32 = <u32>memory.data<u32>([T_BOOL, 1]);
export const FALSE: u32 = <u32>memory.data<u32>([T_BOOL, 0]);
export const EMPTY_LIST: u32 = <u32>memory.data<u32>([T_LIST, 0]);
export const EMPTY_ATTRS: u32 = <u32>memory.data<u32>([T_ATTRS, 0]);
export const EMPTY_STRING: u32 = <u32>memory.data<u32>([T_STRING, 0, 0, 0]);

// @ts-ignore: decorator
@inline
export function boolean(b: bool): u32 {
  return b ? TRUE : FALSE;
}

const SMALL: i64 = 256;
const smallInts: u32 = <u32>memory.data(4 * 256, 4);

export function int(n: i64): u32 {
  if (n >= 0 && n < SMALL) {
    const known = load<u32>(smallInts + 4 * <u32>n);
    if (known !== 0) return known;
    const p = newInt(n);
    store<u32>(smallInts + 4 * <u32>n, p);
    return p;
  }
  return newInt(n);
}

function newInt(n: i64): u32 {
  const p = alloc(16);
  store<u32>(p, T_INT);
  store<i64>(p + 8, n);
  return p;
}

export function float(n: f64): u32 {
  const p = alloc(16);
  store<u32>(p, T_FLOAT);
  store<f64>(p + 8, n);
  return p;
}

// @ts-ignore: decorator
@inline
export function intOf(p: u32): i64 {
  return load<i64>(p + 8);
}

// @ts-ignore: decorator
@inline
export function floatOf(p: u32): f64 {
  return load<f64>(p + 8);
}

/** A string whose bytes are still to be written at `bytesOf`. */
export function newString(length: u32, context: u32): u32 {
  const p = alloc((12 + length + 3) & ~3);
  store<u32>(p, T_STRING);
  store<u32>(p + 4, length);
  store<u32>(p + 8, context);
  return p;
}

/** A string of these bytes, which are copied. */
export function stringFrom(bytes: u32, length: u32, context: u32): u32 {
  if (length === 0 && context === 0) return EMPTY_STRING;
  const p = newString(length, context);
  memory.copy(p + 12, bytes, length);
  return p;
}

// @ts-ignore: decorator
@inline
export function bytesOf(p: u32): u32 {
  return p + 12;
}

/** Of a string, list or set. */
// @ts-ignore: decorator
@inline
export function lengthOf(p: u32): u32 {
  return load<u32>(p + 4);
}

// @ts-ignore: decorator
@inline
export function contextOf(p: u32): u32 {
  return load<u32>(p + 8);
}

/** A list whose values are still to be written. */
export function newList(length: u32): u32 {
  if (length === 0) return EMPTY_LIST;
  const p = alloc(8 + 4 * length);
  store<u32>(p, T_LIST);
  store<u32>(p + 4, length);
  return p;
}

// @ts-ignore: decorator
@inline
export function elementOf(list: u32, i: u32): u32 {
  return load<u32>(list + 8 + 4 * i);
}

// @ts-ignore: decorator
@inline
export function setElement(list: u32, i: u32, value: u32): void {
  store<u32>(list + 8 + 4 * i, value);
}

// @ts-ignore: decorator
@inline
export function cell3(tag: u32, a: u32, b: u32): u32 {
  const p = alloc(12);
  store<u32>(p, tag);
  store<u32>(p + 4, a);
  store<u32>(p + 8, b);
  return p;
}

// @ts-ignore: decorator
@inline
export function thunk(expression: u32, scope: u32): u32 {
  return cell3(T_THUNK, expression, scope);
}

/** A lazy `f x`. */
export function lazyCall(f: u32, x: u32): u32 {
  return cell3(T_CALL, f, x);
}

/** A lazy `f x y`. */
export function lazyCall2(f: u32, x: u32, y: u32): u32 {
  const p = alloc(16);
  store<u32>(p, T_CALL2);
  store<u32>(p + 4, f);
  store<u32>(p + 8, x);
  store<u32>(p + 12, y);
  return p;
}

// @ts-ignore: decorator
@inline
export function isFunction(p: u32): bool {
  const tag = tagOf(p);
  return tag >= T_LAMBDA && tag <= T_PARTIAL;
}

/** The same bytes, whatever the contexts. Of strings or paths. */
export function sameBytes(a: u32, b: u32): bool {
  if (a === b) return true;
  const length = lengthOf(a);
  return length === lengthOf(b) && (length === 0 || memory.compare(bytesOf(a), bytesOf(b), length) === 0);
}

/** The order of bytes: negative, 0 or positive. */
export function compareBytes(a: u32, b: u32): i32 {
  const x = lengthOf(a);
  const y = lengthOf(b);
  const order = memory.compare(bytesOf(a), bytesOf(b), min(x, y));
  return order !== 0 ? order : <i32>x - <i32>y;
}
