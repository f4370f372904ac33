/**
 * How an expression becomes a value that is evaluated later, if ever: as a thunk, as a constant, or by a computation that is
 * so cheap and safe that no thunk is worth it (a variable, a function, a selection from an evaluated set).
 */
import { FunctionValue, Thunk, type Code, type Env, type Value } from '../value.ts';

export const thunkKind = 0;
export const constantKind = 1;
export const computeKind = 2;

/** `code` is the thunk's code, the constant, or the computation. A thunk's code is compiled when first run, and then replaced here. */
export class Delay {
  constructor(
    readonly kind: 0 | 1 | 2,
    public code: any,
  ) {}
}

export function constant(value: Value): Delay {
  return new Delay(constantKind, value);
}

export function compute(code: Code): Delay {
  return new Delay(computeKind, code);
}

/** The delayed value in a scope. */
export function make(d: Delay, env: Env): Value {
  const { kind, code } = d;
  return kind === thunkKind ? new Thunk(code, env) : kind === constantKind ? code : code(env);
}

/**
 * What a selection gives without a thunk: the value of a slot, when that is evaluated. A function is copied, as the thunk would
 * have held a copy (see FunctionValue), and a list gets a thunk of its own, as lists are told apart by what holds them (print.ts).
 * Undefined when there has to be a thunk.
 */
export function settled(slot: Value): Value | undefined {
  const v: Value | undefined = slot instanceof Thunk ? (slot.code === null ? (slot.env as Value) : undefined) : slot;
  if (v instanceof FunctionValue) return v.copy() as Value;
  return Array.isArray(v) ? new Thunk(null, v) : v;
}
