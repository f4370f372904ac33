/** Equality and order. */
import {
  compareBytes,
  elementOf,
  floatOf,
  intOf,
  lengthOf,
  sameBytes,
  STOP_ERROR,
  T_ATTRS,
  T_BOOL,
  T_FLOAT,
  T_INT,
  T_LIST,
  T_NULL,
  T_PATH,
  T_STRING,
  tagOf,
} from './cells';
import { entriesByName, entryAt, find, nameAt, valueAt } from './attrs';
import { force } from './force';
import { fail } from './host';
import { known, DERIVATION, OUT_PATH, TYPE } from './names';

/** `a == b`; both must be evaluated. Functions equal nothing, but the same one inside of a list or set equals itself. */
export function equalValues(x: u32, y: u32): bool {
  // Lists and sets are looked into even when they are the same: Nix evaluates their elements.
  return (x === y && tagOf(x) < T_LIST && tagOf(x) !== T_FLOAT) || equalForced(x, y);
}

/** Equality of elements. */
export function equalInside(a: u32, b: u32): bool {
  const x = force(a);
  const y = force(b);
  return x === y || equalForced(x, y);
}

function equalForced(x: u32, y: u32): bool {
  const tag = tagOf(x);
  const other = tagOf(y);
  if (tag !== other) {
    if (tag === T_INT && other === T_FLOAT) return <f64>intOf(x) === floatOf(y);
    if (tag === T_FLOAT && other === T_INT) return floatOf(x) === <f64>intOf(y);
    return false;
  }
  switch (tag) {
    case T_NULL:
      return true;
    case T_BOOL:
      return x === y;
    case T_INT:
      return intOf(x) === intOf(y);
    case T_FLOAT:
      return floatOf(x) === floatOf(y);
    case T_STRING:
    case T_PATH:
      return sameBytes(x, y);
    case T_LIST: {
      const length = lengthOf(x);
      if (length !== lengthOf(y)) return false;
      for (let i: u32 = 0; i < length; i++) if (!equalInside(elementOf(x, i), elementOf(y, i))) return false;
      return true;
    }
    case T_ATTRS:
      return equalAttrs(x, y);
    default:
      return false;
  }
}

function equalAttrs(x: u32, y: u32): bool {
  if (isDerivation(x) && isDerivation(y)) {
    const a = find(x, known(OUT_PATH));
    const b = find(y, known(OUT_PATH));
    if (a !== 0 && b !== 0) return equalInside(valueAt(a), valueAt(b));
  }
  const size = lengthOf(x);
  if (size !== lengthOf(y)) return false;
  for (let i: u32 = 0; i < size; i++) if (nameAt(entryAt(x, i)) !== nameAt(entryAt(y, i))) return false;
  // In the order of the names, as which is looked at first may show.
  const order = entriesByName(x);
  for (let i: u32 = 0; i < size; i++) {
    const entry = elementOf(order, i);
    if (!equalInside(valueAt(entry), valueAt(entry - x + y))) return false;
  }
  return true;
}

/** Whether a set has `type = "derivation"`. */
export function isDerivation(set: u32): bool {
  const entry = find(set, known(TYPE));
  if (entry === 0) return false;
  const value = force(valueAt(entry));
  return tagOf(value) === T_STRING && sameBytes(value, known(DERIVATION));
}

/** The order of `<`: negative, 0 or positive; not a number for what has no order. Both must be evaluated. */
export function compareValues(x: u32, y: u32): f64 {
  const tag = tagOf(x);
  const other = tagOf(y);
  if (tag === T_INT && other === T_INT) {
    const a = intOf(x);
    const b = intOf(y);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if ((tag === T_INT || tag === T_FLOAT) && (other === T_INT || other === T_FLOAT)) {
    const a = tag === T_INT ? <f64>intOf(x) : floatOf(x);
    const b = other === T_INT ? <f64>intOf(y) : floatOf(y);
    return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
  }
  if (tag === other) {
    if (tag === T_STRING || tag === T_PATH) return <f64>compareBytes(x, y);
    if (tag === T_LIST) return compareLists(x, y);
  }
  fail(STOP_ERROR);
  return 0;
}

function compareLists(x: u32, y: u32): f64 {
  const m = lengthOf(x);
  const n = lengthOf(y);
  for (let i: u32 = 0; i < m && i < n; i++) {
    if (!equalInside(elementOf(x, i), elementOf(y, i))) return compareValues(force(elementOf(x, i)), force(elementOf(y, i)));
  }
  return m > n ? 1 : m < n ? -1 : 0;
}
