/** What a derivation depends on, from the context of its strings. Nothing is evaluated here. */
import { alloc, bytesOf, elementOf, lengthOf, newList, sameBytes, setElement } from './cells';
import { ENTRY, nameAt, setEntry, sortByName, valueAt } from './attrs';
import { inputHash } from './host';
import { symbolOf } from './symbols';
import { put, putQuoted, putString } from './text';

/**
 * Addresses of entries in order: (path of a derivation, list of its outputs), (path of a source), (all of these paths). Of the derivation
 * being made.
 */
let drvs: u32 = 0;
let drvCount: u32 = 0;
let sources: u32 = 0;
let sourceCount: u32 = 0;

const BANG: u32 = 33;
const EQUALS: u32 = 61;

/** False when there is something that only the other evaluator has: a derivation with all that it depends on. */
export function readInputs(context: u32): bool {
  const count: u32 = context === 0 ? 0 : load<u32>(context);
  const entries = alloc(2 * ENTRY * count);
  const order = alloc(8 * count);
  drvs = order;
  sources = order + 4 * count;
  drvCount = 0;
  sourceCount = 0;
  let pairs: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const element = load<u32>(context + 4 + 4 * i);
    const bytes = bytesOf(element);
    const first = <u32>load<u8>(bytes);
    const entry = entries + ENTRY * i;
    if (first === EQUALS) return false;
    if (first === BANG) {
      let separator: u32 = 1;
      while (load<u8>(bytes + separator) !== BANG) separator++;
      const output = symbolOf(bytes + 1, separator - 1);
      const path = symbolOf(bytes + separator + 1, lengthOf(element) - separator - 1);
      setEntry(entry, path, output, 0);
      store<u32>(drvs + 4 * pairs++, entry);
    } else {
      setEntry(entry, element, 0, 0);
      store<u32>(sources + 4 * sourceCount++, entry);
    }
  }
  sortByName(sources, sourceCount);
  sortByName(drvs, pairs);
  drvCount = grouped(drvs, pairs);
  return true;
}

/** Joins neighbours with one name: their values become a list, in order and each once. Answers how many are left. */
function grouped(order: u32, count: u32): u32 {
  let to: u32 = 0;
  for (let i: u32 = 0; i < count; ) {
    const entry = load<u32>(order + 4 * i);
    let next = i + 1;
    while (next < count && nameAt(load<u32>(order + 4 * next)) === nameAt(entry)) next++;
    const list = newList(next - i);
    for (let k = i; k < next; k++) setElement(list, k - i, valueAt(load<u32>(order + 4 * k)));
    store<u32>(entry + 4, sortedStrings(list));
    store<u32>(order + 4 * to++, entry);
    i = next;
  }
  return to;
}

/** The strings of a list that is no value yet, in the order of their bytes and each once. */
export function sortedStrings(list: u32): u32 {
  const length = lengthOf(list);
  if (length < 2) return list;
  const entries = alloc(ENTRY * length);
  const order = alloc(4 * length);
  for (let i: u32 = 0; i < length; i++) {
    setEntry(entries + ENTRY * i, elementOf(list, i), 0, 0);
    store<u32>(order + 4 * i, entries + ENTRY * i);
  }
  sortByName(order, length);
  let to: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const string = nameAt(load<u32>(order + 4 * i));
    if (to === 0 || !sameBytes(elementOf(list, to - 1), string)) setElement(list, to++, string);
  }
  store<u32>(list + 4, to);
  return list;
}

export function putStrings(list: u32): void {
  put(91);
  for (let i: u32 = 0; i < lengthOf(list); i++) {
    if (i > 0) put(44);
    putQuoted(elementOf(list, i));
  }
  put(93);
}

function putInput(path: u32, outputs: u32, first: bool): void {
  if (!first) put(44);
  put(40);
  putQuoted(path);
  put(44);
  putStrings(outputs);
  put(41);
}

export function putInputs(): void {
  put(91);
  for (let i: u32 = 0; i < drvCount; i++) {
    const entry = load<u32>(drvs + 4 * i);
    putInput(nameAt(entry), valueAt(entry), i === 0);
  }
  put(93);
}

/** The same with hashes for paths; derivations with the same hash are one. */
export function putHashedInputs(): void {
  const entries = alloc(ENTRY * drvCount);
  const order = alloc(4 * drvCount);
  for (let i: u32 = 0; i < drvCount; i++) {
    const entry = load<u32>(drvs + 4 * i);
    setEntry(entries + ENTRY * i, hashOf(nameAt(entry)), valueAt(entry), 0);
    store<u32>(order + 4 * i, entries + ENTRY * i);
  }
  sortByName(order, drvCount);
  put(91);
  for (let i: u32 = 0; i < drvCount; ) {
    const hash = nameAt(load<u32>(order + 4 * i));
    let total: u32 = 0;
    let next = i;
    for (; next < drvCount && sameBytes(nameAt(load<u32>(order + 4 * next)), hash); next++)
      total += lengthOf(valueAt(load<u32>(order + 4 * next)));
    const all = newList(total);
    let to = all + 8;
    for (let k = i; k < next; k++) {
      const outputs = valueAt(load<u32>(order + 4 * k));
      memory.copy(to, outputs + 8, 4 * lengthOf(outputs));
      to += 4 * lengthOf(outputs);
    }
    putInput(hash, sortedStrings(all), i === 0);
    i = next;
  }
  put(93);
}

export function putSources(): void {
  put(91);
  for (let i: u32 = 0; i < sourceCount; i++) {
    if (i > 0) put(44);
    putQuoted(nameAt(load<u32>(sources + 4 * i)));
  }
  put(93);
}

/** All paths, derivations and sources, in order. */
export function references(): u32 {
  const list = newList(drvCount + sourceCount);
  for (let i: u32 = 0; i < drvCount; i++) setElement(list, i, nameAt(load<u32>(drvs + 4 * i)));
  for (let i: u32 = 0; i < sourceCount; i++) setElement(list, drvCount + i, nameAt(load<u32>(sources + 4 * i)));
  return sortedStrings(list);
}

/** `:path` of each. */
export function putReferences(list: u32): void {
  for (let i: u32 = 0; i < lengthOf(list); i++) {
    put(58);
    putString(elementOf(list, i));
  }
}

/** Hashes that stand for derivations, by the addresses of their paths: (path, hash)... as a table with open addressing. */
let table: u32 = 0;
let mask: u32 = 0;
let known: u32 = 0;

export function initInputs(): void {
  mask = 4095;
  table = alloc(8 * (mask + 1));
}

function slotOf(path: u32): u32 {
  let i = ((path * 0x9e3779b1) >>> 12) & mask;
  let slot = table + 8 * i;
  while (load<u32>(slot) !== 0 && load<u32>(slot) !== path) {
    i = (i + 1) & mask;
    slot = table + 8 * i;
  }
  return slot;
}

/** The hash of a derivation that was made here, or 0. `path`: a symbol. */
export function knownHash(path: u32): u32 {
  return load<u32>(slotOf(path) + 4);
}

function hashOf(path: u32): u32 {
  const hash = knownHash(path);
  if (hash !== 0) return hash;
  const found = inputHash(path);
  rememberHash(path, found);
  return found;
}

export function rememberHash(path: u32, hash: u32): void {
  const slot = slotOf(path);
  store<u32>(slot, path);
  store<u32>(slot + 4, hash);
  known++;
  if (known * 2 < mask) return;
  const old = table;
  const size = mask + 1;
  mask = 2 * size - 1;
  table = alloc(16 * size);
  for (let i: u32 = 0; i < size; i++) {
    const key = load<u32>(old + 8 * i);
    if (key === 0) continue;
    const place = slotOf(key);
    store<u32>(place, key);
    store<u32>(place + 4, load<u32>(old + 8 * i + 4));
  }
}
