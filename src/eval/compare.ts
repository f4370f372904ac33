import { Attrs } from './attrs.ts';
import { typeError } from './error.ts';
import { force } from './force.ts';
import { describeType, printShort, typeName } from './print.ts';
import type { Pos } from '../lang/position.ts';
import { NixFloat, NixPath, NixString, type Value } from './value.ts';

/** `a == b`. Functions equal nothing, but the same function inside of a list or set equals itself, as in Nix. */
export function equalValues(a: Value, b: Value, pos: Pos): boolean {
  const x = force(a);
  const y = force(b);
  // Lists and sets are looked into even when they are the same: Nix evaluates their elements.
  return (x === y && (x === null || typeof x !== 'object')) || equalForced(x, y, pos);
}

/** Equality of elements: the very same value equals itself, functions included. */
export function equalInside(a: Value, b: Value, pos: Pos): boolean {
  const x = force(a);
  const y = force(b);
  return x === y || equalForced(x, y, pos);
}

function equalForced(x: Value, y: Value, pos: Pos): boolean {
  if (typeof x === 'string') return typeof y === 'string' ? x === y : y instanceof NixString && x === y.s;
  if (typeof x === 'number' || typeof x === 'bigint') return y instanceof NixFloat ? Number(x) === y.value : x === y;
  if (x instanceof NixFloat) {
    return y instanceof NixFloat ? x.value === y.value : (typeof y === 'number' || typeof y === 'bigint') && x.value === Number(y);
  }
  if (x instanceof NixString) return y instanceof NixString ? x.s === y.s : x.s === y;
  if (x instanceof NixPath) return y instanceof NixPath && x.path === y.path;
  if (Array.isArray(x)) {
    if (!Array.isArray(y) || x.length !== y.length) return false;
    for (let i = 0; i < x.length; i++) if (!equalInside(x[i]!, y[i]!, pos)) return false;
    return true;
  }
  if (x instanceof Attrs) return y instanceof Attrs && equalAttrs(x, y, pos);
  return false;
}

function equalAttrs(x: Attrs, y: Attrs, pos: Pos): boolean {
  if (isDerivation(x) && isDerivation(y)) {
    const a = x.get('outPath');
    const b = y.get('outPath');
    if (a !== undefined && b !== undefined) return equalInside(a, b, pos);
  }
  if (x.size !== y.size) return false;
  const names = x.names();
  if (x.shape !== y.shape) {
    const others = y.names();
    for (let i = 0; i < names.length; i++) if (names[i] !== others[i]) return false;
  }
  for (const name of names) if (!equalInside(x.get(name)!, y.get(name)!, pos)) return false;
  return true;
}

/** Whether a set has `type = "derivation"`. */
export function isDerivation(attrs: Attrs): boolean {
  const type = attrs.get('type');
  if (type === undefined) return false;
  const f = force(type);
  return f === 'derivation' || (f instanceof NixString && f.s === 'derivation');
}

/**
 * The order of `<` and builtins.sort: negative, zero or positive. Numbers, strings (by bytes), paths, and lists by their elements. NaN is
 * unordered: the answer is NaN.
 */
export function compareValues(a: Value, b: Value, pos: Pos): number {
  const x = force(a);
  const y = force(b);
  if (typeof x === 'number' && typeof y === 'number') return x - y;
  if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : x > y ? 1 : 0;
  if (isNumeric(x) && isNumeric(y)) return compareNumbers(x, y);
  const s = stringOf(x);
  const t = stringOf(y);
  if (s !== undefined && t !== undefined) return s < t ? -1 : s > t ? 1 : 0;
  if (x instanceof NixPath && y instanceof NixPath) return x.path < y.path ? -1 : x.path > y.path ? 1 : 0;
  if (Array.isArray(x) && Array.isArray(y)) {
    for (let i = 0; ; i++) {
      if (i >= y.length) return x.length > i ? 1 : 0;
      if (i >= x.length) return -1;
      if (!equalInside(x[i]!, y[i]!, pos)) return compareValues(x[i]!, y[i]!, pos);
    }
  }
  const types = `cannot compare ${describeType(x)} with ${describeType(y)}`;
  const values = `values are ${printShort(x)} and ${printShort(y)}`;
  throw typeError(typeName(x) === typeName(y) ? `${types}; values of that type are incomparable (${values})` : `${types}; ${values}`, pos);
}

function isNumeric(v: Value): v is number | bigint | NixFloat {
  return typeof v === 'number' || typeof v === 'bigint' || v instanceof NixFloat;
}

function compareNumbers(x: number | bigint | NixFloat, y: number | bigint | NixFloat): number {
  if (!(x instanceof NixFloat) && !(y instanceof NixFloat)) return x < y ? -1 : x > y ? 1 : 0;
  const a = x instanceof NixFloat ? x.value : Number(x);
  const b = y instanceof NixFloat ? y.value : Number(y);
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : NaN;
}

function stringOf(v: Value): string | undefined {
  return typeof v === 'string' ? v : v instanceof NixString ? v.s : undefined;
}
