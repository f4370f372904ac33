/**
 * The names of one text, each a record of its own, so that names are compared by address. A hash table with open addressing, made anew for
 * each text.
 */
import { find } from './attrs';
import { bytesOf, lengthOf } from './cells';
import { room } from './syntax-arena';
import { knownSymbolOf } from './symbols';

/** Offsets in a record, behind the address of its bytes. Where the name is bound: the number of the scope, from 1, and the slot. */
export const NAME_LENGTH: u32 = 4;
const NAME_HASH: u32 = 8;
/** What the lexer answers for it. */
export const NAME_TOKEN: u32 = 12;
/** Which of the names that mean something to us it is, from 1; 0: none. */
export const NAME_SPECIAL: u32 = 16;
/** Its number as a symbol of the expression + 1, and the name that got the next one. */
export const NAME_NUMBER: u32 = 20;
export const NAME_NEXT: u32 = 24;
export const NAME_SCOPE: u32 = 28;
export const NAME_SLOT: u32 = 32;
/** Which list of arguments it was last seen in. */
export const NAME_SEEN: u32 = 36;
/** The paths whose text it is: cells {next, steps, offset}. */
export const NAME_PATHS: u32 = 40;
const NAME_GLOBAL: u32 = 44;
const SIZE: u32 = 48;

export const T_ID: u32 = 128;
/** The keywords follow in the order of the list given to `initSyntax`. */
export const T_IF: u32 = 140;
const KEYWORDS: u32 = 10;
const S_OR: u32 = 10;
export const S_CURRENT_POSITION: u32 = 11;
export const S_OVERRIDES: u32 = 12;
const S_BODY: u32 = 13;
/** From here on: what operators and search paths stand for. */
export const S_OPERATOR: u32 = 14;

let table: u32 = 0;
let mask: u32 = 0;
let count: u32 = 0;
let globals: u32 = 0;
let specials: u32 = 0;
export let nameOr: u32 = 0;
export let nameBody: u32 = 0;

/**
 * `list`: if, then, else, assert, with, let, in, rec, inherit, or; __curPos, __overrides, body; what operators and search paths stand for.
 */
export function initSyntax(list: u32): void {
  specials = list;
}

/** Forgets all names. `scope`: the set of what is in scope everywhere. */
export function openNames(scope: u32, length: u32): void {
  globals = scope;
  mask = 255;
  while (mask < length >>> 4) mask = mask * 2 + 1;
  table = newTable();
  count = 0;
  const n = lengthOf(specials);
  for (let i: u32 = 0; i < n; i++) {
    const string = load<u32>(specials + 8 + 4 * i);
    const name = nameOf(bytesOf(string), lengthOf(string));
    store<u32>(name, i + 1, NAME_SPECIAL);
    if (i < KEYWORDS) store<u32>(name, T_IF + i, NAME_TOKEN);
    if (i + 1 === S_OR) nameOr = name;
    if (i + 1 === S_BODY) nameBody = name;
  }
}

function newTable(): u32 {
  const p = room(4 * (mask + 1));
  memory.fill(p, 0, 4 * (mask + 1));
  return p;
}

export const HASH_START: u32 = 2166136261;

// @ts-ignore: decorator
@inline
export function addToHash(hash: u32, byte: u32): u32 {
  return (hash ^ byte) * 16777619;
}

export function nameOf(bytes: u32, length: u32): u32 {
  let hash = HASH_START;
  for (let i: u32 = 0; i < length; i++) hash = addToHash(hash, load<u8>(bytes + i));
  return hashedName(bytes, length, hash);
}

/** The record of these bytes, which stay where they are. */
export function hashedName(bytes: u32, length: u32, hash: u32): u32 {
  let slot = (hash ^ (hash >>> 15)) & mask;
  while (true) {
    const p = load<u32>(table + 4 * slot);
    if (p === 0) break;
    if (load<u32>(p, NAME_HASH) === hash && load<u32>(p, NAME_LENGTH) === length && same(load<u32>(p), bytes, length)) return p;
    slot = (slot + 1) & mask;
  }
  const p = room(SIZE);
  memory.fill(p, 0, SIZE);
  store<u32>(p, bytes);
  store<u32>(p, length, NAME_LENGTH);
  store<u32>(p, hash, NAME_HASH);
  store<u32>(p, T_ID, NAME_TOKEN);
  store<u32>(table + 4 * slot, p);
  if (++count * 2 > mask) grow();
  return p;
}

// @ts-ignore: decorator
@inline
function same(a: u32, b: u32, length: u32): bool {
  let i: u32 = 0;
  while (i < length && load<u8>(a + i) === load<u8>(b + i)) i++;
  return i === length;
}

function grow(): void {
  const old = table;
  const size = mask + 1;
  mask = size * 2 - 1;
  table = newTable();
  for (let i: u32 = 0; i < size; i++) {
    const p = load<u32>(old + 4 * i);
    if (p === 0) continue;
    const hash = load<u32>(p, NAME_HASH);
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (load<u32>(table + 4 * slot) !== 0) slot = (slot + 1) & mask;
    store<u32>(table + 4 * slot, p);
  }
}

/** Whether it is in scope everywhere. */
export function isGlobal(name: u32): bool {
  let known = load<u32>(name, NAME_GLOBAL);
  if (known === 0) {
    const symbol = knownSymbolOf(load<u32>(name), load<u32>(name, NAME_LENGTH));
    known = symbol !== 0 && find(globals, symbol) !== 0 ? 1 : 2;
    store<u32>(name, known, NAME_GLOBAL);
  }
  return known === 1;
}
