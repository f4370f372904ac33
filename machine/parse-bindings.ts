/** Attribute names, and sets that are written in several places, merged: what src/lang/bindings.ts does. */
import { N_ATTRS, N_LAMBDA, N_PATTERN, M_FROM, M_INNER, M_OUTER } from './nodes';
import { append, appendItem, cannot, countOf, newSequence, room } from './syntax-arena';
import {
  B_MODE,
  B_NAME,
  B_POSITION,
  B_SOURCE,
  B_VALUE,
  kindOf,
  L_BODY,
  L_NAME,
  newBindings,
  S_DYNAMIC,
  S_LIST,
  S_MASK,
  S_SOURCES,
  S_TABLE,
  setOf,
  X_STRING,
} from './syntax-tree';
import { nameOf, nameOr, T_ID } from './syntax-names';
import { name, next, position, T_EOF, T_INHERIT, T_INTERPOLATION, T_OR, token } from './lexer';
import { expect, expression, interpolation } from './parser';
import { string } from './parse-strings';

/** Definitions up to, not including, the token that closes them. */
export function bindings(close: u32): u32 {
  const set = newBindings();
  while (token !== close) {
    if (token === T_EOF) cannot();
    if (token === T_INHERIT) {
      next();
      inherit(set);
      expect(59);
      continue;
    }
    const at = position();
    const path = attrPath();
    expect(61);
    const value = expression();
    expect(59);
    addBinding(set, path, value, at);
  }
  return set;
}

function inherit(set: u32): void {
  let mode: u32 = M_OUTER;
  let source: u32 = 0;
  if (token === 40) {
    next();
    mode = M_FROM;
    source = countOf(set + S_SOURCES);
    const from = expression();
    appendItem(set + S_SOURCES, from);
    expect(41);
  }
  while (startsAttrName()) {
    const at = position();
    const attr = attrName();
    const known = load<u32>(attr, 4);
    if (known === 0) cannot();
    addStatic(set, newBinding(known, at, 0, mode, source));
  }
}

function startsAttrName(): bool {
  return token === T_ID || token === T_OR || token === 34 || token === T_INTERPOLATION;
}

export function attrPath(): u32 {
  const path = newSequence();
  append(path, attrName());
  while (token === 46) {
    next();
    append(path, attrName());
  }
  return path;
}

function attrName(): u32 {
  const cell = room(12);
  let known: u32 = 0;
  let value: u32 = 0;
  if (token === T_ID) {
    known = name;
    next();
  } else if (token === T_OR) {
    known = nameOr;
    next();
  } else {
    if (token === 34) value = string();
    else if (token === T_INTERPOLATION) {
      value = interpolation();
      next();
    } else cannot();
    if (kindOf(value) === X_STRING) known = nameOf(load<u32>(value, 4), load<u32>(value, 8));
  }
  store<u32>(cell, known, 4);
  store<u32>(cell, value, 8);
  return cell;
}

function newBinding(known: u32, at: u32, value: u32, mode: u32, source: u32): u32 {
  const binding = room(32);
  store<u32>(binding, known, B_NAME);
  store<u32>(binding, at, B_POSITION);
  store<u32>(binding, value, B_VALUE);
  store<u32>(binding, mode, B_MODE);
  store<u32>(binding, source, B_SOURCE);
  return binding;
}

function addDynamic(set: u32, key: u32, value: u32, at: u32): void {
  const cell = room(16);
  store<u32>(cell, key, 4);
  store<u32>(cell, value, 8);
  store<u32>(cell, at, 12);
  append(set + S_DYNAMIC, cell);
}

/** Adds `path = value;` to a set. */
function addBinding(set: u32, path: u32, value: u32, at: u32): void {
  let target = set;
  let part = load<u32>(path);
  for (; load<u32>(part) !== 0; part = load<u32>(part)) {
    const known = load<u32>(part, 4);
    if (known === 0) {
      const nested = newBindings();
      addDynamic(target, load<u32>(part, 8), setOf(nested, 0), at);
      target = nested;
      continue;
    }
    const before = findBinding(target, known);
    if (before === 0) {
      const nested = newBindings();
      add(target, newBinding(known, at, setOf(nested, 0), M_INNER, 0));
      target = nested;
    } else target = bindingsOf(load<u32>(before, B_VALUE));
  }
  const last = load<u32>(part, 4);
  if (last === 0) addDynamic(target, load<u32>(part, 8), value, at);
  else addStatic(target, newBinding(last, at, value, M_INNER, 0));
}

function bindingsOf(value: u32): u32 {
  if (value === 0 || kindOf(value) !== N_ATTRS) cannot();
  return load<u32>(value, 4);
}

/** Adds one attribute. When it is there already and both are written as sets, they are merged. */
function addStatic(set: u32, binding: u32): void {
  const value = load<u32>(binding, B_VALUE);
  const known = load<u32>(binding, B_NAME);
  const before = findBinding(set, known);
  if (before === 0) {
    add(set, binding);
    for (let e = value; e !== 0 && (kindOf(e) === N_LAMBDA || kindOf(e) === N_PATTERN); e = load<u32>(e, L_BODY))
      store<u32>(e, known, L_NAME);
    return;
  }
  // As in Nix, `rec` of the first set covers the second's attributes, and `rec` of the second is lost.
  const into = bindingsOf(load<u32>(before, B_VALUE));
  const from = bindingsOf(value);
  const shift = countOf(into + S_SOURCES);
  for (let cell = load<u32>(from + S_SOURCES); cell !== 0; cell = load<u32>(cell)) appendItem(into + S_SOURCES, load<u32>(cell, 4));
  for (let inner = load<u32>(from + S_LIST); inner !== 0; ) {
    const after = load<u32>(inner);
    store<u32>(inner, load<u32>(inner, B_SOURCE) + shift, B_SOURCE);
    addStatic(into, inner);
    inner = after;
  }
  for (let cell = load<u32>(from + S_DYNAMIC); cell !== 0; cell = load<u32>(cell))
    addDynamic(into, load<u32>(cell, 4), load<u32>(cell, 8), load<u32>(cell, 12));
}

function findBinding(set: u32, known: u32): u32 {
  const table = load<u32>(set, S_TABLE);
  if (table !== 0) return load<u32>(slotOf(table, load<u32>(set, S_MASK), known));
  let binding = load<u32>(set + S_LIST);
  while (binding !== 0 && load<u32>(binding, B_NAME) !== known) binding = load<u32>(binding);
  return binding;
}

function add(set: u32, binding: u32): void {
  append(set + S_LIST, binding);
  const count = countOf(set + S_LIST);
  const table = load<u32>(set, S_TABLE);
  if (table === 0 ? count > 12 : count * 2 > load<u32>(set, S_MASK)) index(set, count);
  else if (table !== 0) store<u32>(slotOf(table, load<u32>(set, S_MASK), load<u32>(binding, B_NAME)), binding);
}

/** Where the binding of a name stands in a table, or is to stand. */
function slotOf(table: u32, mask: u32, known: u32): u32 {
  let slot = ((known * 0x9e3779b1) >>> 12) & mask;
  let binding = load<u32>(table + 4 * slot);
  while (binding !== 0 && load<u32>(binding, B_NAME) !== known) {
    slot = (slot + 1) & mask;
    binding = load<u32>(table + 4 * slot);
  }
  return table + 4 * slot;
}

function index(set: u32, count: u32): void {
  let mask: u32 = 63;
  while (mask < count * 4) mask = mask * 2 + 1;
  const table = room(4 * (mask + 1));
  memory.fill(table, 0, 4 * (mask + 1));
  store<u32>(set, table, S_TABLE);
  store<u32>(set, mask, S_MASK);
  for (let binding = load<u32>(set + S_LIST); binding !== 0; binding = load<u32>(binding))
    store<u32>(slotOf(table, mask, load<u32>(binding, B_NAME)), binding);
}
