/** Calls. */
import { alloc, cell3, lengthOf, STOP_ERROR, T_ATTRS, T_LAMBDA, T_PARTIAL, T_PRIMOP, tagOf, word } from './cells';
import { find, valueAt } from './attrs';
import { runBuiltin } from './builtins';
import { delay, evaluate } from './evaluate';
import { force } from './force';
import { fail } from './host';
import { N_LAMBDA } from './nodes';
import { checkFirst, strictArguments } from './strictness';
import { known, FUNCTOR } from './names';

/** A call as it is written. */
export function callExpression(e: u32, env: u32): u32 {
  const f = evaluate(word(e, 4), env);
  const count = word(e, 8);
  const tag = tagOf(f);
  if (tag === T_LAMBDA) {
    const code = word(f, 4);
    if (load<u32>(code) === N_LAMBDA) {
      if (word(code, 4) === count) {
        const scope = alloc(4 + 4 * count);
        store<u32>(scope, word(f, 8));
        for (let i: u32 = 0; i < count; i++) store<u32>(scope + 4 + 4 * i, delay(word(e, 12 + 4 * i), env));
        return evaluate(word(code, 8), scope);
      }
    } else if (count === 1) return callPattern(f, code, delay(word(e, 12), env));
  } else if (tag === T_PRIMOP && word(f, 8) === count) return callBuiltin(f, e, count, env);
  const args = alloc(4 * count);
  for (let i: u32 = 0; i < count; i++) store<u32>(args + 4 * i, delay(word(e, 12 + 4 * i), env));
  return callMany(f, args, count);
}

/** Arguments that a builtin evaluates anyway, first and in order, need no thunks. */
function callBuiltin(f: u32, e: u32, count: u32, env: u32): u32 {
  const number = word(f, 4);
  const strict = strictArguments(number);
  const a = strict > 0 ? evaluate(word(e, 12), env) : delay(word(e, 12), env);
  if (strict > 1) checkFirst(number, a);
  const b: u32 = count < 2 ? 0 : strict > 1 ? evaluate(word(e, 16), env) : delay(word(e, 16), env);
  const c: u32 = count < 3 ? 0 : delay(word(e, 20), env);
  return force(runBuiltin(number, a, b, c));
}

/** A function of a pattern. */
function callPattern(f: u32, code: u32, argument: u32): u32 {
  const set = force(argument);
  if (tagOf(set) !== T_ATTRS) fail(STOP_ERROR);
  const whole = word(code, 8);
  const count = word(code, 16);
  const scope = alloc(4 + 4 * (count + (whole === 0 ? 0 : 1)));
  store<u32>(scope, word(f, 8));
  if (whole !== 0) store<u32>(scope + 4 * whole, set);
  let matched: u32 = 0;
  let formal = code + 20;
  for (let i: u32 = 0; i < count; i++) {
    const entry = find(set, load<u32>(formal));
    if (entry !== 0) {
      store<u32>(scope + 4 + 4 * i, valueAt(entry));
      matched++;
    } else if (load<u32>(formal + 4) === 0) fail(STOP_ERROR);
    formal += 12;
  }
  if (matched < count) {
    formal = code + 20;
    for (let i: u32 = 0; i < count; i++) {
      if (load<u32>(scope + 4 + 4 * i) === 0) store<u32>(scope + 4 + 4 * i, delay(load<u32>(formal + 4), scope));
      formal += 12;
    }
  }
  if (word(code, 12) === 0 && matched !== lengthOf(set)) fail(STOP_ERROR);
  return evaluate(word(code, 4), scope);
}

/** `f x`; f must be evaluated. */
export function call1(f: u32, x: u32): u32 {
  const tag = tagOf(f);
  if (tag === T_LAMBDA) {
    const code = word(f, 4);
    if (load<u32>(code) !== N_LAMBDA) return callPattern(f, code, x);
    if (word(code, 4) === 1) {
      const scope = alloc(8);
      store<u32>(scope, word(f, 8));
      store<u32>(scope + 4, x);
      return evaluate(word(code, 8), scope);
    }
  } else if (tag === T_PRIMOP && word(f, 8) === 1) return force(runBuiltin(word(f, 4), x, 0, 0));
  const args = alloc(4);
  store<u32>(args, x);
  return callMany(f, args, 1);
}

/** `f x y`; f must be evaluated. */
export function call2(f: u32, x: u32, y: u32): u32 {
  const tag = tagOf(f);
  if (tag === T_LAMBDA) {
    const code = word(f, 4);
    if (load<u32>(code) === N_LAMBDA && word(code, 4) === 2) {
      const scope = alloc(12);
      store<u32>(scope, word(f, 8));
      store<u32>(scope + 4, x);
      store<u32>(scope + 8, y);
      return evaluate(word(code, 8), scope);
    }
  } else if (tag === T_PRIMOP && word(f, 8) === 2) return force(runBuiltin(word(f, 4), x, y, 0));
  const args = alloc(8);
  store<u32>(args, x);
  store<u32>(args + 4, y);
  return callMany(f, args, 2);
}

/** How many arguments a lambda or builtin takes at once. */
function arityOf(f: u32): u32 {
  if (tagOf(f) === T_PRIMOP) return word(f, 8);
  const code = word(f, 4);
  return load<u32>(code) === N_LAMBDA ? word(code, 4) : 1;
}

/** Applies an evaluated function to `count` arguments, one after the other. */
export function callMany(fn: u32, args: u32, count: u32): u32 {
  let f = fn;
  let i: u32 = 0;
  while (i < count) {
    const left = count - i;
    const tag = tagOf(f);
    if (tag === T_LAMBDA || tag === T_PRIMOP) {
      const arity = arityOf(f);
      if (left < arity) return partial(f, 0, 0, args + 4 * i, left);
      f = callExact(f, args + 4 * i, arity);
      i += arity;
    } else if (tag === T_PARTIAL) {
      const inner = word(f, 4);
      const have = word(f, 8);
      const missing = arityOf(inner) - have;
      if (left < missing) return partial(inner, f + 12, have, args + 4 * i, left);
      const all = alloc(4 * (have + missing));
      memory.copy(all, f + 12, 4 * have);
      memory.copy(all + 4 * have, args + 4 * i, 4 * missing);
      f = callExact(inner, all, have + missing);
      i += missing;
    } else {
      const entry: u32 = tag === T_ATTRS ? find(f, known(FUNCTOR)) : 0;
      if (entry === 0) fail(STOP_ERROR);
      f = call1(force(valueAt(entry)), f);
    }
  }
  return f;
}

function partial(f: u32, have: u32, count: u32, args: u32, more: u32): u32 {
  const p = cell3(T_PARTIAL, f, count + more);
  const to = alloc(4 * (count + more));
  memory.copy(to, have, 4 * count);
  memory.copy(to + 4 * count, args, 4 * more);
  return p;
}

/** With as many arguments as it takes. */
function callExact(f: u32, args: u32, count: u32): u32 {
  if (tagOf(f) === T_PRIMOP) {
    return force(runBuiltin(word(f, 4), load<u32>(args), count > 1 ? load<u32>(args + 4) : 0, count > 2 ? load<u32>(args + 8) : 0));
  }
  const code = word(f, 4);
  if (load<u32>(code) !== N_LAMBDA) return callPattern(f, code, load<u32>(args));
  const scope = alloc(4 + 4 * count);
  store<u32>(scope, word(f, 8));
  memory.copy(scope + 4, args, 4 * count);
  return evaluate(word(code, 8), scope);
}

/** Whether a value can be called. */
export function isCallable(value: u32): bool {
  const tag = tagOf(value);
  return (tag >= T_LAMBDA && tag <= T_PARTIAL) || (tag === T_ATTRS && find(value, known(FUNCTOR)) !== 0);
}
