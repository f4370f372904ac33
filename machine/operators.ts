/** Operators. As in Nix the sides are evaluated from left to right, but of `//`, `>` and `<=`. */
import {
  boolean,
  float,
  floatOf,
  int,
  intOf,
  lengthOf,
  newList,
  STOP_ERROR,
  T_ATTRS,
  T_FLOAT,
  T_INT,
  T_LIST,
  T_PATH,
  tagOf,
} from './cells';
import { update } from './attrs';
import { addChain, concatChain, updateChain } from './chains';
import { addTexts, addToPath } from './coerce';
import { compareValues, equalValues } from './compare';
import { evaluate } from './evaluate';
import { fail } from './host';
import * as N from './nodes';

export function binary(kind: u32, left: u32, right: u32, env: u32): u32 {
  if (kind === N.N_GREATER || kind === N.N_LESS_EQUAL) {
    const b = evaluate(right, env);
    const less = compareValues(b, evaluate(left, env)) < 0;
    return boolean(kind === N.N_GREATER ? less : !less);
  }
  if (kind === N.N_UPDATE) {
    if (load<u32>(right) === kind) return updateChain(kind, left, right, env);
    const b = evaluate(right, env);
    if (tagOf(b) !== T_ATTRS) fail(STOP_ERROR);
    const a = evaluate(left, env);
    if (tagOf(a) !== T_ATTRS) fail(STOP_ERROR);
    return update(a, b);
  }
  if (kind === N.N_ADD && load<u32>(left) === kind) return addChain(left, right, env);
  if (kind === N.N_CONCAT && load<u32>(right) === kind) return concatChain(kind, left, right, env);
  const a = evaluate(left, env);
  if (kind === N.N_ADD) return add(a, right, env);
  const b = evaluate(right, env);
  switch (kind) {
    case N.N_EQUAL:
      return boolean(equalValues(a, b));
    case N.N_UNEQUAL:
      return boolean(!equalValues(a, b));
    case N.N_LESS:
      return boolean(compareValues(a, b) < 0);
    case N.N_GREATER_EQUAL:
      return boolean(!(compareValues(a, b) < 0));
    case N.N_CONCAT:
      return concat(a, b);
    default:
      return arithmetic(kind, a, b);
  }
}

export function concat(a: u32, b: u32): u32 {
  if (tagOf(a) !== T_LIST || tagOf(b) !== T_LIST) fail(STOP_ERROR);
  const m = lengthOf(a);
  const n = lengthOf(b);
  if (m === 0) return b;
  if (n === 0) return a;
  const p = newList(m + n);
  memory.copy(p + 8, a + 8, 4 * m);
  memory.copy(p + 8 + 4 * m, b + 8, 4 * n);
  return p;
}

export function add(a: u32, right: u32, env: u32): u32 {
  const tag = tagOf(a);
  if (tag === T_INT || tag === T_FLOAT) return arithmetic(N.N_ADD, a, evaluate(right, env));
  if (tag === T_PATH) return addToPath(a, evaluate(right, env));
  return addTexts(a, right, env);
}

export function negate(a: u32): u32 {
  return arithmetic(N.N_SUBTRACT, int(0), a);
}

function numberOf(p: u32): f64 {
  const tag = tagOf(p);
  if (tag === T_INT) return <f64>intOf(p);
  if (tag !== T_FLOAT) fail(STOP_ERROR);
  return floatOf(p);
}

export function arithmetic(kind: u32, a: u32, b: u32): u32 {
  if (tagOf(a) === T_INT && tagOf(b) === T_INT) return int(whole(kind, intOf(a), intOf(b)));
  const x = numberOf(a);
  const y = numberOf(b);
  switch (kind) {
    case N.N_ADD:
      return float(x + y);
    case N.N_SUBTRACT:
      return float(x - y);
    case N.N_MULTIPLY:
      return float(x * y);
    default:
      if (y === 0) fail(STOP_ERROR);
      return float(x / y);
  }
}

/** With 64 bits; more is an error. */
function whole(kind: u32, x: i64, y: i64): i64 {
  switch (kind) {
    case N.N_ADD: {
      const sum = x + y;
      if (((x ^ sum) & (y ^ sum)) < 0) fail(STOP_ERROR);
      return sum;
    }
    case N.N_SUBTRACT: {
      const difference = x - y;
      if (((x ^ y) & (x ^ difference)) < 0) fail(STOP_ERROR);
      return difference;
    }
    case N.N_MULTIPLY: {
      const product = x * y;
      if (x !== 0 && ((x === -1 && y === i64.MIN_VALUE) || product / x !== y)) fail(STOP_ERROR);
      return product;
    }
    default:
      if (y === 0 || (x === i64.MIN_VALUE && y === -1)) fail(STOP_ERROR);
      return x / y;
  }
}
