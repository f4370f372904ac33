/**
 * Typed access to values. `what` completes "while evaluating ..." and names the value for the reader, e.g.
 * `the first argument passed to builtins.substring`.
 */
import type { Attrs } from './attrs.ts';
import { Attrs as AttrsClass } from './attrs.ts';
import { isCallable } from './apply.ts';
import { addStep, evalError, typeError } from './error.ts';
import { force } from './force.ts';
import { describe } from './print.ts';
import { quoteName } from '../lang/quote.ts';
import { type ContextCollector, showOneOf } from './context.ts';
import type { Pos } from '../lang/position.ts';
import { NixFloat, NixString, type Forced, type Value } from './value.ts';

function mismatch(expected: string, found: Value, pos: Pos, what: string): Error {
  const error = typeError(`expected ${expected} but found ${describe(found)}`, pos);
  if (what) addStep(error, `while evaluating ${what}`, pos);
  return error;
}

/** A Nix int: a number, or a bigint beyond 2^53. */
export function forceInt(v: Value, pos: Pos, what: string): number | bigint {
  const f = force(v);
  if (typeof f === 'number' || typeof f === 'bigint') return f;
  throw mismatch('an integer', v, pos, what);
}

/** An int or float as a double. */
export function forceFloat(v: Value, pos: Pos, what: string): number {
  const f = force(v);
  if (typeof f === 'number') return f;
  if (f instanceof NixFloat) return f.value;
  if (typeof f === 'bigint') return Number(f);
  throw mismatch('a float', v, pos, what);
}

export function forceBool(v: Value, pos: Pos, what: string): boolean {
  const f = force(v);
  if (typeof f === 'boolean') return f;
  throw mismatch('a Boolean', v, pos, what);
}

export function forceList(v: Value, pos: Pos, what: string): Value[] {
  const f = force(v);
  if (Array.isArray(f)) return f;
  throw mismatch('a list', v, pos, what);
}

export function forceAttrs(v: Value, pos: Pos, what: string): Attrs {
  const f = force(v);
  if (f instanceof AttrsClass) return f;
  throw mismatch('a set', v, pos, what);
}

/** A function, or a set with `__functor`. */
export function forceFunction(v: Value, pos: Pos, what: string): Forced {
  const f = force(v);
  if (isCallable(f)) return f;
  throw mismatch('a function', v, pos, what);
}

/** A string value with its context, as it is. */
export function forceStringValue(v: Value, pos: Pos, what: string): string | NixString {
  const f = force(v);
  if (typeof f === 'string' || f instanceof NixString) return f;
  throw mismatch('a string', v, pos, what);
}

/** The bytes of a string; its context goes to the collector, or is dropped where there is none. */
export function forceString(v: Value, pos: Pos, what: string, context?: ContextCollector): string {
  const f = force(v);
  if (typeof f === 'string') return f;
  if (f instanceof NixString) {
    context?.addAll(f.context);
    return f.s;
  }
  throw mismatch('a string', v, pos, what);
}

/** The bytes of a string that must not refer to a store path. */
export function forceStringNoContext(v: Value, pos: Pos, what: string): string {
  const f = force(v);
  if (typeof f === 'string') return f;
  if (f instanceof NixString) {
    const error = evalError(
      'eval/unwanted-context',
      `the string '${f.s}' is not allowed to refer to a store path (such as '${showOneOf(f.context)}')`,
      pos,
    );
    if (what) addStep(error, `while evaluating ${what}`, pos);
    throw error;
  }
  throw mismatch('a string', v, pos, what);
}

/** A required attribute, unforced. */
export function requireAttr(attrs: Attrs, name: string, pos: Pos, what: string): Value {
  const v = attrs.get(name);
  if (v === undefined) {
    const error = evalError('eval/missing-attribute', `attribute '${quoteName(name)}' missing`, pos);
    if (what) addStep(error, `while evaluating ${what}`, pos);
    throw error;
  }
  return v;
}
