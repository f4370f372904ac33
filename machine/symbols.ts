/**
 * Symbols: strings of which there is only one with the same bytes, so that names are compared by address. A hash table with open
 * addressing.
 */
import { alloc, bytesOf, F_SYMBOL, lengthOf, newString } from './cells';

let table: u32 = 0;
let mask: u32 = 0;
let count: u32 = 0;

export function initSymbols(): void {
  mask = 65535;
  table = alloc(4 * (mask + 1));
}

function hashOf(bytes: u32, length: u32): u32 {
  let h: u32 = 2166136261 ^ length;
  let i: u32 = 0;
  for (; i + 4 <= length; i += 4) {
    h = (h ^ load<u32>(bytes + i)) * 0x9e3779b1;
    h ^= h >>> 15;
  }
  for (; i < length; i++) h = (h ^ load<u8>(bytes + i)) * 16777619;
  return h ^ (h >>> 13);
}

/** The symbol of these bytes. */
export function symbolOf(bytes: u32, length: u32): u32 {
  const slot = find(bytes, length);
  const known = load<u32>(slot);
  if (known !== 0) return known;
  const p = newString(length, 0);
  memory.copy(bytesOf(p), bytes, length);
  return add(slot, p);
}

/** The symbol with a string's bytes: itself, where it may be. */
export function symbol(string: u32): u32 {
  if (load<u8>(string + 1) & F_SYMBOL) return string;
  const length = lengthOf(string);
  const slot = find(bytesOf(string), length);
  const known = load<u32>(slot);
  if (known !== 0) return known;
  // A string with a context is not the one that has its bytes.
  return add(slot, load<u32>(string + 8) === 0 && length > 0 ? string : copied(string));
}

/** The symbol of these bytes, or 0 if there is none, and so no set has an attribute of that name. */
export function knownSymbolOf(bytes: u32, length: u32): u32 {
  return load<u32>(find(bytes, length));
}

function copied(string: u32): u32 {
  const length = lengthOf(string);
  const p = newString(length, 0);
  memory.copy(bytesOf(p), bytesOf(string), length);
  return p;
}

/** Where the symbol is, or is to be put. */
function find(bytes: u32, length: u32): u32 {
  let slot = table + 4 * (hashOf(bytes, length) & mask);
  const end = table + 4 * mask;
  while (!isPlaceOf(load<u32>(slot), bytes, length)) slot = slot === end ? table : slot + 4;
  return slot;
}

function isPlaceOf(p: u32, bytes: u32, length: u32): bool {
  return p === 0 || (lengthOf(p) === length && memory.compare(bytesOf(p), bytes, length) === 0);
}

function add(slot: u32, p: u32): u32 {
  store<u8>(p + 1, F_SYMBOL);
  store<u32>(slot, p);
  count++;
  if (count * 2 > mask) grow();
  return p;
}

function grow(): void {
  const old = table;
  const size = mask + 1;
  mask = size * 2 - 1;
  table = alloc(4 * (mask + 1));
  for (let i: u32 = 0; i < size; i++) {
    const p = load<u32>(old + 4 * i);
    if (p !== 0) store<u32>(find(bytesOf(p), lengthOf(p)), p);
  }
}
