/** `+ - * /` on numbers, and `+` on strings and paths. Ints have 64 bits; beyond them is an error. */
import type { Pos } from '../lang/position.ts';
import { Attrs } from './attrs.ts';
import { normalizePath } from '../lang/paths.ts';
import { coerceToString } from './coerce.ts';
import { ContextCollector } from './context.ts';
import { evalError, typeError } from './error.ts';
import type { Evaluator } from './evaluator.ts';
import { describe, describeType, shownAfterType } from './print.ts';
import { isFunction, isInt, NixFloat, NixPath, normalizeInt, type Forced, type Value } from './value.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/';

const verbs: Record<ArithmeticOperator, string> = { '+': 'adding', '-': 'subtracting', '*': 'multiplying', '/': 'dividing' };

/** Both operands must be evaluated. */
export function arithmetic(op: ArithmeticOperator, a: Value, b: Value, pos: Pos): number | bigint | NixFloat {
  if (typeof a === 'number' && typeof b === 'number') {
    if (op !== '/') {
      const n = op === '+' ? a + b : op === '-' ? a - b : a * b;
      // Adding 0 turns -0 into 0, which ints don't tell apart.
      if (Number.isSafeInteger(n)) return n + 0;
    } else if (b !== 0) return Math.trunc(a / b) + 0;
  }
  if (isInt(a) && isInt(b)) return bigArithmetic(op, BigInt(a), BigInt(b), pos);
  // Of a division Nix looks at the divisor first.
  if (op === '/' && asDouble(b, op, pos) === 0) throw divisionByZero(pos);
  const x = asDouble(a, op, pos);
  const y = asDouble(b, op, pos);
  return new NixFloat(op === '+' ? x + y : op === '-' ? x - y : op === '*' ? x * y : x / y);
}

function bigArithmetic(op: ArithmeticOperator, a: bigint, b: bigint, pos: Pos): number | bigint {
  if (op === '/' && b === 0n) throw divisionByZero(pos);
  const result = normalizeInt(op === '+' ? a + b : op === '-' ? a - b : op === '*' ? a * b : a / b);
  if (result === undefined) throw evalError('eval/integer-overflow', `integer overflow in ${verbs[op]} ${a} ${op} ${b}`, pos);
  return result;
}

function divisionByZero(pos: Pos): Error {
  return evalError('eval/division-by-zero', 'division by zero', pos);
}

function asDouble(v: Value, op: ArithmeticOperator, pos: Pos): number {
  if (v instanceof NixFloat) return v.value;
  if (isInt(v)) return Number(v);
  throw typeError(`expected a number for \`${op}\` but found ${describe(v)}`, pos);
}

/** `a + b`: numbers are added; a path and a string give a path; all else is joined as strings. */
export function addValues(ev: Evaluator, a: Forced | Value, b: Forced | Value, pos: Pos): Value {
  if (isInt(a) || a instanceof NixFloat) {
    if (!isInt(b) && !(b instanceof NixFloat))
      throw typeError(`cannot add ${describeType(b)} to ${isInt(a) ? 'an integer' : 'a float'}${shownAfterType(b)}`, pos);
    return arithmetic('+', a, b, pos);
  }
  if (a instanceof NixPath) {
    const context = new ContextCollector();
    const path = a.path + coerceToString(ev, b, context, {}, pos, 'a path segment');
    if (context.context.size > 0) {
      throw evalError(
        'eval/unwanted-context',
        'a string that refers to a store path cannot be appended to a path',
        pos,
        'make the path a string first: "${./path}" copies it to the store, toString keeps it where it is',
      );
    }
    return new NixPath(normalizePath(path), a.pos);
  }
  return addTexts(ev, a, () => b, pos);
}

/** Whether `+` has to turn the value on the left into text before it evaluates what is on the right: all but numbers, strings and paths. */
export function startsText(a: Value): boolean {
  return (
    typeof a !== 'string' &&
    typeof a !== 'number' &&
    (a instanceof Attrs || a === null || typeof a === 'boolean' || Array.isArray(a) || isFunction(a))
  );
}

/** `a + b` where both are text or become it. */
export function addTexts(ev: Evaluator, a: Value, b: () => Value, pos: Pos): Value {
  const context = new ContextCollector();
  // A set on the left (a derivation) keeps paths on the right from being copied, as in Nix.
  const copyToStore = isStringValue(a);
  const s = coerceToString(ev, a, context, { copyToStore }, pos, 'a path segment');
  return context.string(s + coerceToString(ev, b(), context, { copyToStore }, pos, 'a path segment'));
}

function isStringValue(v: Value): boolean {
  return typeof v === 'string' || (typeof v === 'object' && v !== null && 's' in v);
}
