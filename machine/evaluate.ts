/** Expressions (nodes.ts) to values. A scope is `{the scope around it, values...}`. */
import {
  alloc,
  boolean,
  EMPTY_ATTRS,
  EMPTY_LIST,
  FALSE,
  newList,
  setElement,
  STOP_ERROR,
  T_ATTRS,
  T_BOOL,
  T_DONE,
  T_LAMBDA,
  T_LAZY,
  T_LIST,
  T_STRING,
  tagOf,
  thunk,
  TRUE,
  word,
  cell3,
} from './cells';
import { find, valueAt } from './attrs';
import { callExpression } from './call';
import { force, forceLazy, inOtherPlace, settled, settledPlace } from './force';
import { fail, failCatchably, findFile, positionValue } from './host';
import { binary, negate } from './operators';
import { letScope, setValue } from './bindings';
import { symbol } from './symbols';
import { literalPath, pathText, text } from './coerce';
import * as N from './nodes';

export function evaluate(expression: u32, scope: u32): u32 {
  let e = expression;
  let env = scope;
  for (;;) {
    switch (load<u32>(e)) {
      case N.N_CONSTANT: return force(word(e, 4));
      case N.N_VARIABLE: return variable(e, env);
      case N.N_WITH_VARIABLE: return withVariable(e, env);
      case N.N_SELECT: return select(e, env);
      case N.N_HAS_ATTR: return hasAttr(e, env);
      case N.N_CALL: return callExpression(e, env);
      case N.N_LAMBDA: case N.N_PATTERN: return cell3(T_LAMBDA, e, env);
      case N.N_LET:
        env = letScope(e, env);
        e = word(e, 4);
        continue;
      case N.N_ATTRS: return setValue(e, env);
      case N.N_LIST: return list(e, env);
      case N.N_WITH: {
        const inner = alloc(8);
        store<u32>(inner, env);
        store<u32>(inner + 4, delay(word(e, 4), env));
        env = inner;
        e = word(e, 8);
        continue;
      }
      case N.N_ASSERT:
        if (!condition(word(e, 4), env)) failCatchably(0);
        e = word(e, 8);
        continue;
      case N.N_IF:
        e = condition(word(e, 4), env) ? word(e, 8) : word(e, 12);
        continue;
      case N.N_NOT: return boolean(!condition(word(e, 4), env));
      case N.N_NEGATE: return negate(evaluate(word(e, 4), env));
      case N.N_TEXT: return text(e, env);
      case N.N_PATH: return literalPath(e);
      case N.N_PATH_TEXT: return pathText(e, env);
      case N.N_SEARCH_PATH: return findFile(word(e, 4));
      case N.N_CURRENT_POSITION: return positionValue(word(e, 4));
      case N.N_AND: return boolean(condition(word(e, 4), env) && condition(word(e, 8), env));
      case N.N_OR: return boolean(condition(word(e, 4), env) || condition(word(e, 8), env));
      case N.N_IMPLIES: return boolean(!condition(word(e, 4), env) || condition(word(e, 8), env));
      default: return binary(load<u32>(e), word(e, 4), word(e, 8), env);
    }
  }
}

/** An expression as a value that is evaluated later, if ever; what is at hand, or as cheap as a thunk, is no thunk. */
export function delay(e: u32, env: u32): u32 {
  switch (load<u32>(e)) {
    case N.N_CONSTANT: return word(e, 4);
    case N.N_VARIABLE: {
      const value = load<u32>(scopeAt(env, word(e, 4)) + 4 + 4 * word(e, 8));
      // Its scope is still being filled.
      return value === 0 ? thunk(e, env) : settledPlace(value);
    }
    case N.N_LAMBDA: case N.N_PATTERN: return cell3(T_LAMBDA, e, env);
    case N.N_SELECT: return delaySelect(e, env);
    case N.N_PATH: return literalPath(e);
    case N.N_LIST: return word(e, 4) === 0 ? EMPTY_LIST : thunk(e, env);
    case N.N_ATTRS: return word(e, 8) === 0 && word(e, 16) === 0 ? EMPTY_ATTRS : thunk(e, env);
    default: return thunk(e, env);
  }
}

/** `a.b.c` of a variable: the attribute at once, when all sets on the way are evaluated and it is. */
function delaySelect(e: u32, env: u32): u32 {
  const base = word(e, 4);
  const kind = load<u32>(base);
  let value: u32;
  if (kind === N.N_VARIABLE) value = load<u32>(scopeAt(env, word(base, 4)) + 4 + 4 * word(base, 8));
  else if (kind === N.N_CONSTANT) value = word(base, 4);
  else return thunk(e, env);
  if (value === 0 || word(e, 8) !== 0) return thunk(e, env);
  const count = word(e, 12);
  for (let i: u32 = 0; i < count; i++) {
    value = settled(value);
    if (tagOf(value) !== T_ATTRS || word(e, 20 + 8 * i) !== 0) return thunk(e, env);
    const entry = find(value, word(e, 16 + 8 * i));
    if (entry === 0) return thunk(e, env);
    value = valueAt(entry);
  }
  value = settled(value);
  return tagOf(value) >= T_LAZY ? thunk(e, env) : inOtherPlace(value);
}

// @ts-ignore: decorator
@inline
export function scopeAt(env: u32, depth: u32): u32 {
  let scope = env;
  for (let i = depth; i > 0; i--) scope = load<u32>(scope);
  return scope;
}

/** Evaluates the value in a place, which holds what it became from then on; a list stays in what holds it (`settledPlace`). */
export function forceIn(place: u32): u32 {
  const p = load<u32>(place);
  const tag = tagOf(p);
  if (tag < T_LAZY) return p;
  const value = tag === T_DONE ? word(p, 4) : forceLazy(p, tag);
  if (tagOf(value) !== T_LIST) store<u32>(place, value);
  return value;
}

function variable(e: u32, env: u32): u32 {
  return forceIn(scopeAt(env, word(e, 4)) + 4 + 4 * word(e, 8));
}

function withVariable(e: u32, env: u32): u32 {
  const name = word(e, 4);
  const count = word(e, 8);
  for (let i: u32 = 0; i < count; i++) {
    const set = forceIn(scopeAt(env, word(e, 12 + 4 * i)) + 4);
    if (tagOf(set) !== T_ATTRS) fail(STOP_ERROR);
    const entry = find(set, name);
    if (entry !== 0) return forceIn(entry + 4);
  }
  fail(STOP_ERROR);
  return 0;
}

function select(e: u32, env: u32): u32 {
  let value = evaluate(word(e, 4), env);
  // Where the value stands that is still to be evaluated.
  let place: u32 = 0;
  const count = word(e, 12);
  for (let i: u32 = 0; i < count; i++) {
    // As in Nix, a step's name is evaluated before the value in which it is looked up; only the first set is evaluated before its name.
    const name = nameOf(e + 16 + 8 * i, env);
    if (place !== 0) value = forceIn(place);
    const entry = tagOf(value) === T_ATTRS ? find(value, name) : 0;
    if (entry === 0) {
      const fallback = word(e, 8);
      if (fallback === 0) fail(STOP_ERROR);
      return evaluate(fallback, env);
    }
    place = entry + 4;
  }
  return forceIn(place);
}

/** The name at a step of an attribute path: two words. */
function nameOf(step: u32, env: u32): u32 {
  return load<u32>(step + 4) === 0 ? load<u32>(step) : nameFrom(evaluate(load<u32>(step), env));
}

/** A string without context as a symbol. */
export function nameFrom(value: u32): u32 {
  if (tagOf(value) !== T_STRING || word(value, 8) !== 0) fail(STOP_ERROR);
  return symbol(value);
}

function hasAttr(e: u32, env: u32): u32 {
  let value = evaluate(word(e, 4), env);
  const count = word(e, 8);
  for (let i: u32 = 0; i < count; i++) {
    const name = nameOf(e + 12 + 8 * i, env);
    const entry = tagOf(value) === T_ATTRS ? find(value, name) : 0;
    if (entry === 0) return FALSE;
    if (i + 1 < count) value = forceIn(entry + 4);
  }
  return TRUE;
}

/** Evaluates to a Boolean. */
export function condition(e: u32, env: u32): bool {
  const value = evaluate(e, env);
  if (tagOf(value) !== T_BOOL) fail(STOP_ERROR);
  return value === TRUE;
}

function list(e: u32, env: u32): u32 {
  const count = word(e, 4);
  const p = newList(count);
  for (let i: u32 = 0; i < count; i++) setElement(p, i, delay(word(e, 8 + 4 * i), env));
  return p;
}
