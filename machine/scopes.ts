/** Where each name is bound while a tree is written: in the name's own record, what it was before on a stack. */
import { cannot, room } from './syntax-arena';
import { NAME_SCOPE, NAME_SLOT, NAME_SPECIAL, S_OPERATOR } from './syntax-names';

/** How many scopes there are around the place at hand. */
export let depth: u32 = 0;
/** The `with`s among them, innermost first: cells {next, number of the scope}. */
export let withs: u32 = 0;
let top: u32 = 0;
let end: u32 = 0;

/** The stack's memory. */
export function openScopes(from: u32, to: u32): void {
  depth = withs = 0;
  top = from;
  end = to;
}

/** Begins a scope; what it answers is given to `leave`. */
export function enter(): u32 {
  depth++;
  return top;
}

/** A name that comes twice belongs to its last place. */
export function bind(name: u32, slot: u32): void {
  // Operators and search paths that a program defines itself are the other evaluator's.
  if (load<u32>(name, NAME_SPECIAL) >= S_OPERATOR || top + 12 > end) cannot();
  store<u32>(top, name);
  store<u32>(top, load<u32>(name, NAME_SCOPE), 4);
  store<u32>(top, load<u32>(name, NAME_SLOT), 8);
  top += 12;
  store<u32>(name, depth, NAME_SCOPE);
  store<u32>(name, slot, NAME_SLOT);
}

export function leave(to: u32): void {
  depth--;
  while (top > to) {
    top -= 12;
    const name = load<u32>(top);
    store<u32>(name, load<u32>(top, 4), NAME_SCOPE);
    store<u32>(name, load<u32>(top, 8), NAME_SLOT);
  }
}

export function enterWith(): void {
  depth++;
  const cell = room(8);
  store<u32>(cell, withs);
  store<u32>(cell, depth, 4);
  withs = cell;
}

export function leaveWith(): void {
  depth--;
  withs = load<u32>(withs);
}
