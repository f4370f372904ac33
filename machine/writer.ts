/**
 * A tree to an expression's words, its variables resolved on the way: what src/lang/resolve.ts and src/machine/write-expression.ts do, in
 * the latter's order.
 */
import { T_FLOAT, T_INT } from './cells';
import {
  N_ATTRS,
  N_CALL,
  N_CONSTANT,
  N_CURRENT_POSITION,
  N_HAS_ATTR,
  N_IF,
  N_LAMBDA,
  N_LET,
  N_LIST,
  N_NEGATE,
  N_NOT,
  N_PATH,
  N_PATH_TEXT,
  N_PATTERN,
  N_SEARCH_PATH,
  N_SELECT,
  N_TEXT,
  N_VARIABLE,
  N_WITH,
  N_WITH_VARIABLE,
} from './nodes';
import { bind, depth, enter, enterWith, leave, leaveWith, withs } from './scopes';
import { cannot, countOf, room } from './syntax-arena';
import { isGlobal, NAME_PATHS, NAME_SCOPE, NAME_SLOT, nameOf } from './syntax-names';
import { L_ARGUMENT, L_BODY, L_ELLIPSIS, L_FORMALS, L_NAME, L_POSITION, X_FLOAT, X_INT, X_STRING } from './syntax-tree';
import { writeLet, writeSet } from './write-bindings';
import { address, builtin, offset, optional, optionalSymbol, plain, position, string, symbol, symbolNumber } from './written';

/** Writes a node and all within; answers its offset. The items of sequences become theirs. */
export function write(e: u32): u32 {
  const kind = load<u32>(e);
  switch (kind) {
    case X_INT:
      return constant(number(T_INT, e));
    case X_FLOAT:
      return constant(number(T_FLOAT, e));
    case X_STRING:
      return constant(string(load<u32>(e, 4), load<u32>(e, 8)));
    case N_SEARCH_PATH:
      return unary(N_SEARCH_PATH, string(load<u32>(e, 4), load<u32>(e, 8)));
    case N_PATH:
      return path(load<u32>(e, 4), load<u32>(e, 8), load<u32>(e, 12));
    case N_TEXT:
    case N_PATH_TEXT:
    case N_LIST: {
      const items = load<u32>(e, 4);
      writeItems(items);
      const at = offset();
      plain(kind);
      putItems(items);
      return at;
    }
    case N_VARIABLE: {
      const name = load<u32>(e, 4);
      return variable(name, load<u32>(name, NAME_SCOPE), load<u32>(name, NAME_SLOT), depth);
    }
    case N_CALL: {
      const args = load<u32>(e, 8);
      writeItems(args);
      const f = write(load<u32>(e, 4));
      const at = offset();
      plain(N_CALL);
      address(f);
      putItems(args);
      return at;
    }
    case N_SELECT:
      return select(e);
    case N_HAS_ATTR:
      return hasAttr(e);
    case N_LAMBDA:
      return lambda(e);
    case N_PATTERN:
      return pattern(e);
    case N_LET:
      return writeLet(load<u32>(e, 4), load<u32>(e, 8));
    case N_ATTRS:
      return writeSet(load<u32>(e, 4), load<u32>(e, 8));
    case N_IF: {
      const condition = write(load<u32>(e, 4));
      const yes = write(load<u32>(e, 8));
      const no = write(load<u32>(e, 12));
      const at = offset();
      plain(N_IF);
      address(condition);
      address(yes);
      address(no);
      return at;
    }
    case N_NOT:
    case N_NEGATE:
      return unary(kind, write(load<u32>(e, 4)));
    case N_CURRENT_POSITION: {
      const at = offset();
      plain(kind);
      position(load<u32>(e, 4));
      return at;
    }
    case N_WITH: {
      const set = write(load<u32>(e, 4));
      enterWith();
      const body = write(load<u32>(e, 8));
      leaveWith();
      return binary(kind, set, body);
    }
    default: {
      const left = write(load<u32>(e, 4));
      return binary(kind, left, write(load<u32>(e, 8)));
    }
  }
}

function unary(kind: u32, operand: u32): u32 {
  const at = offset();
  plain(kind);
  address(operand);
  return at;
}

function binary(kind: u32, left: u32, right: u32): u32 {
  const at = offset();
  plain(kind);
  address(left);
  address(right);
  return at;
}

function constant(value: u32): u32 {
  return unary(N_CONSTANT, value);
}

function number(tag: u32, e: u32): u32 {
  const at = offset();
  plain(tag);
  plain(0);
  plain(load<u32>(e, 4));
  plain(load<u32>(e, 8));
  return at;
}

/** Of a sequence of expressions. */
export function writeItems(sequence: u32): void {
  for (let cell = load<u32>(sequence); cell !== 0; cell = load<u32>(cell)) store<u32>(cell, write(load<u32>(cell, 4)), 4);
}

/** Their number and their offsets. */
function putItems(sequence: u32): void {
  plain(countOf(sequence));
  putOffsets(sequence);
}

export function putOffsets(sequence: u32): void {
  for (let cell = load<u32>(sequence); cell !== 0; cell = load<u32>(cell)) address(load<u32>(cell, 4));
}

/** The same paths of a text are one node. */
function path(bytes: u32, length: u32, steps: u32): u32 {
  const name = nameOf(bytes, length);
  for (let known = load<u32>(name, NAME_PATHS); known !== 0; known = load<u32>(known))
    if (load<u32>(known, 4) === steps) return load<u32>(known, 8);
  const at = offset();
  const cell = room(12);
  store<u32>(cell, load<u32>(name, NAME_PATHS));
  store<u32>(cell, steps, 4);
  store<u32>(cell, at, 8);
  store<u32>(name, cell, NAME_PATHS);
  plain(N_PATH);
  plain(steps);
  address(at + 4);
  address(0);
  string(bytes, length);
  return at;
}

/** `scope`: where it is bound, or 0; `from`: the number of the scope that it is used in. */
export function variable(name: u32, scope: u32, slot: u32, from: u32): u32 {
  const at = offset();
  if (scope !== 0) {
    plain(N_VARIABLE);
    plain(from - scope);
    plain(slot);
    return at;
  }
  if (isGlobal(name)) {
    plain(N_CONSTANT);
    builtin(name);
    return at;
  }
  if (withs === 0) cannot();
  plain(N_WITH_VARIABLE);
  symbol(name);
  let count: u32 = 0;
  for (let cell = withs; cell !== 0; cell = load<u32>(cell)) count++;
  plain(count);
  for (let cell = withs; cell !== 0; cell = load<u32>(cell)) plain(from - load<u32>(cell, 4));
  return at;
}

/** Of attribute names; what is static becomes a symbol's number. */
function writeSteps(names: u32): void {
  for (let cell = load<u32>(names); cell !== 0; cell = load<u32>(cell)) {
    const name = load<u32>(cell, 4);
    if (name === 0) store<u32>(cell, write(load<u32>(cell, 8)), 8);
    else symbolNumber(name);
  }
}

function putSteps(names: u32): void {
  plain(countOf(names));
  for (let cell = load<u32>(names); cell !== 0; cell = load<u32>(cell)) {
    const name = load<u32>(cell, 4);
    if (name === 0) address(load<u32>(cell, 8));
    else symbol(name);
    plain(name === 0 ? 1 : 0);
  }
}

function select(e: u32): u32 {
  const names = load<u32>(e, 12);
  const set = write(load<u32>(e, 4));
  const fallback = load<u32>(e, 8) === 0 ? 0 : write(load<u32>(e, 8));
  writeSteps(names);
  const at = offset();
  plain(N_SELECT);
  address(set);
  optional(fallback);
  putSteps(names);
  return at;
}

function hasAttr(e: u32): u32 {
  const names = load<u32>(e, 8);
  const set = write(load<u32>(e, 4));
  writeSteps(names);
  const at = offset();
  plain(N_HAS_ATTR);
  address(set);
  putSteps(names);
  return at;
}

/** Functions that are within each other are one function of several arguments. */
function lambda(e: u32): u32 {
  const scope = enter();
  let count: u32 = 0;
  let inner = e;
  for (; load<u32>(inner) === N_LAMBDA; inner = load<u32>(inner, L_BODY)) bind(load<u32>(inner, L_ARGUMENT), count++);
  const body = write(inner);
  leave(scope);
  const at = offset();
  plain(N_LAMBDA);
  plain(count);
  address(body);
  position(load<u32>(e, L_POSITION));
  optionalSymbol(load<u32>(e, L_NAME));
  for (let each = e; each !== inner; each = load<u32>(each, L_BODY)) symbol(load<u32>(each, L_ARGUMENT));
  for (let each = e; each !== inner; each = load<u32>(each, L_BODY)) position(load<u32>(each, L_POSITION));
  return at;
}

function pattern(e: u32): u32 {
  const formals = load<u32>(e, L_FORMALS);
  const argument = load<u32>(e, L_ARGUMENT);
  const count = countOf(formals);
  const scope = enter();
  let slot: u32 = 0;
  for (let formal = load<u32>(formals); formal !== 0; formal = load<u32>(formal)) bind(load<u32>(formal, 4), slot++);
  if (argument !== 0) bind(argument, slot);
  const body = write(load<u32>(e, L_BODY));
  for (let formal = load<u32>(formals); formal !== 0; formal = load<u32>(formal)) {
    const fallback = load<u32>(formal, 12);
    if (fallback !== 0) store<u32>(formal, write(fallback), 12);
  }
  leave(scope);
  const at = offset();
  plain(N_PATTERN);
  address(body);
  plain(argument === 0 ? 0 : count + 1);
  plain(load<u32>(e, L_ELLIPSIS));
  plain(count);
  for (let formal = load<u32>(formals); formal !== 0; formal = load<u32>(formal)) {
    symbol(load<u32>(formal, 4));
    optional(load<u32>(formal, 12));
    position(load<u32>(formal, 8));
  }
  position(load<u32>(e, L_POSITION));
  optionalSymbol(load<u32>(e, L_NAME));
  optionalSymbol(argument);
  return at;
}
