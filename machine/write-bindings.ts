/** Writes sets and `let`s. */
import { M_FROM, M_INNER, N_ATTRS, N_LET } from './nodes';
import { bind, depth, enter, leave } from './scopes';
import { cannot, countOf } from './syntax-arena';
import { NAME_SCOPE, NAME_SLOT, NAME_SPECIAL, S_OVERRIDES } from './syntax-names';
import { B_MODE, B_NAME, B_POSITION, B_SCOPE, B_SLOT, B_SOURCE, B_VALUE, S_DYNAMIC, S_LIST, S_SOURCES } from './syntax-tree';
import { putOffsets, variable, write, writeItems } from './writer';
import { address, offset, plain, position, symbol, symbolNumber } from './written';

/** Begins the scope of a set's names. What is inherited remembers what it was around it. */
function enterSet(set: u32): u32 {
  const scope = enter();
  let slot: u32 = 0;
  for (let binding = load<u32>(set + S_LIST); binding !== 0; binding = load<u32>(binding)) {
    const name = load<u32>(binding, B_NAME);
    store<u32>(binding, load<u32>(name, NAME_SCOPE), B_SCOPE);
    store<u32>(binding, load<u32>(name, NAME_SLOT), B_SLOT);
    bind(name, slot++);
  }
  return scope;
}

/** `scoped`: the names of the set are in scope within it. The values become offsets. */
function writeValues(set: u32, scoped: bool): void {
  for (let binding = load<u32>(set + S_LIST); binding !== 0; binding = load<u32>(binding)) {
    const name = load<u32>(binding, B_NAME);
    const mode = load<u32>(binding, B_MODE);
    if (mode === M_INNER) store<u32>(binding, write(load<u32>(binding, B_VALUE)), B_VALUE);
    else if (mode === M_FROM) symbolNumber(name);
    else if (scoped) store<u32>(binding, variable(name, load<u32>(binding, B_SCOPE), load<u32>(binding, B_SLOT), depth - 1), B_VALUE);
    else store<u32>(binding, variable(name, load<u32>(name, NAME_SCOPE), load<u32>(name, NAME_SLOT), depth), B_VALUE);
  }
}

function putValue(binding: u32): void {
  const mode = load<u32>(binding, B_MODE);
  plain(mode);
  if (mode === M_FROM) {
    plain(load<u32>(binding, B_SOURCE));
    symbol(load<u32>(binding, B_NAME));
  } else {
    address(load<u32>(binding, B_VALUE));
    plain(0);
  }
}

export function writeLet(set: u32, expression: u32): u32 {
  const scope = enterSet(set);
  const body = write(expression);
  writeItems(set + S_SOURCES);
  writeValues(set, true);
  leave(scope);
  const at = offset();
  plain(N_LET);
  address(body);
  plain(countOf(set + S_LIST));
  plain(countOf(set + S_SOURCES));
  putOffsets(set + S_SOURCES);
  for (let binding = load<u32>(set + S_LIST); binding !== 0; binding = load<u32>(binding)) putValue(binding);
  return at;
}

export function writeSet(set: u32, recursive: u32): u32 {
  const scope = recursive ? enterSet(set) : 0;
  if (recursive) refuseOverrides(set);
  writeItems(set + S_SOURCES);
  writeValues(set, recursive !== 0);
  for (let cell = load<u32>(set + S_DYNAMIC); cell !== 0; cell = load<u32>(cell)) {
    store<u32>(cell, write(load<u32>(cell, 4)), 4);
    store<u32>(cell, write(load<u32>(cell, 8)), 8);
  }
  if (recursive) leave(scope);
  const at = offset();
  plain(N_ATTRS);
  plain(recursive);
  plain(countOf(set + S_LIST));
  plain(countOf(set + S_SOURCES));
  plain(countOf(set + S_DYNAMIC));
  plain(0);
  putOffsets(set + S_SOURCES);
  for (let binding = load<u32>(set + S_LIST); binding !== 0; binding = load<u32>(binding)) {
    symbol(load<u32>(binding, B_NAME));
    position(load<u32>(binding, B_POSITION));
    putValue(binding);
  }
  for (let cell = load<u32>(set + S_DYNAMIC); cell !== 0; cell = load<u32>(cell)) {
    address(load<u32>(cell, 4));
    address(load<u32>(cell, 8));
    position(load<u32>(cell, 12));
  }
  return at;
}

/** `__overrides` is the other evaluator's. */
function refuseOverrides(set: u32): void {
  for (let binding = load<u32>(set + S_LIST); binding !== 0; binding = load<u32>(binding)) {
    if (load<u32>(load<u32>(binding, B_NAME), NAME_SPECIAL) === S_OVERRIDES) cannot();
  }
}
