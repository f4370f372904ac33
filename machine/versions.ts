/** builtins.compareVersions */
import { bytesOf, contextOf, lengthOf, STOP_ERROR } from './cells';
import { forceString } from './expect';
import { fail } from './host';

/** A component: where it lies, how long it is, and the number that it is when that fits a C int, else -1. */
const left: u32 = <u32>memory.data(16, 8);
const right: u32 = <u32>memory.data(16, 8);

// @ts-ignore: decorator
@inline
function startOf(component: u32): u32 {
  return load<u32>(component);
}

// @ts-ignore: decorator
@inline
function sizeOf(component: u32): u32 {
  return load<u32>(component + 4);
}

// @ts-ignore: decorator
@inline
function numberOf(component: u32): i64 {
  return load<i64>(component + 8);
}

export function compareVersions(a: u32, b: u32): i64 {
  const x = forceString(a);
  const y = forceString(b);
  if (contextOf(x) !== 0 || contextOf(y) !== 0) fail(STOP_ERROR);
  let p = bytesOf(x);
  const endP = p + lengthOf(x);
  let q = bytesOf(y);
  const endQ = q + lengthOf(y);
  while (p < endP || q < endQ) {
    p = next(left, p, endP);
    q = next(right, q, endQ);
    if (sizeOf(left) === 0 && sizeOf(right) === 0) break;
    if (before(left, right)) return -1;
    if (before(right, left)) return 1;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function isSeparator(c: u32): bool {
  return c === 45 || c === 46;
}

// @ts-ignore: decorator
@inline
function isDigit(c: u32): bool {
  return c >= 48 && c <= 57;
}

/** Reads the component at `from`; answers where it ends. */
function next(component: u32, from: u32, end: u32): u32 {
  let at = from;
  while (at < end && isSeparator(load<u8>(at))) at++;
  const start = at;
  let number: i64 = -1;
  if (at < end) {
    const digits = isDigit(load<u8>(at));
    let n: i64 = 0;
    while (at < end && !isSeparator(load<u8>(at)) && isDigit(load<u8>(at)) === digits) {
      if (digits) n = min<i64>(n * 10 + load<u8>(at) - 48, 1 << 40);
      at++;
    }
    if (digits && n <= 0x7fffffff) number = n;
  }
  store<u32>(component, start);
  store<u32>(component + 4, at - start);
  store<i64>(component + 8, number);
  return at;
}

function isPre(c: u32): bool {
  const at = startOf(c);
  return sizeOf(c) === 3 && load<u8>(at) === 112 && load<u8>(at + 1) === 114 && load<u8>(at + 2) === 101;
}

function before(a: u32, b: u32): bool {
  const m = numberOf(a);
  const n = numberOf(b);
  if (m >= 0 && n >= 0) return m < n;
  if (sizeOf(a) === 0 && n >= 0) return true;
  if (isPre(a) && !isPre(b)) return true;
  if (isPre(b)) return false;
  // "2.3a" comes before "2.3.1".
  if (n >= 0) return true;
  if (m >= 0) return false;
  const order = memory.compare(startOf(a), startOf(b), min(sizeOf(a), sizeOf(b)));
  return order !== 0 ? order < 0 : sizeOf(a) < sizeOf(b);
}
