/** Values of one type, or the evaluation stops. */
import { intOf, STOP_ERROR, T_ATTRS, T_BOOL, T_INT, T_LIST, T_STRING, tagOf, TRUE } from './cells';
import { isCallable } from './call';
import { nameFrom } from './evaluate';
import { force } from './force';
import { fail } from './host';

export function forceAttrs(v: u32): u32 {
  const value = force(v);
  if (tagOf(value) !== T_ATTRS) fail(STOP_ERROR);
  return value;
}

export function forceList(v: u32): u32 {
  const value = force(v);
  if (tagOf(value) !== T_LIST) fail(STOP_ERROR);
  return value;
}

export function forceString(v: u32): u32 {
  const value = force(v);
  if (tagOf(value) !== T_STRING) fail(STOP_ERROR);
  return value;
}

export function forceInt(v: u32): i64 {
  const value = force(v);
  if (tagOf(value) !== T_INT) fail(STOP_ERROR);
  return intOf(value);
}

export function forceBool(v: u32): bool {
  const value = force(v);
  if (tagOf(value) !== T_BOOL) fail(STOP_ERROR);
  return value === TRUE;
}

/** A function, or a set that can be called. */
export function forceFunction(v: u32): u32 {
  const value = force(v);
  if (!isCallable(value)) fail(STOP_ERROR);
  return value;
}

/** A string without context as a symbol. */
export function forceName(v: u32): u32 {
  return nameFrom(force(v));
}
