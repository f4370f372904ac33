/** Sets: `{tag, size, (symbol, value, position)...}`, ordered by the symbols' addresses, which is no order that a program may see. */
import { alloc, bytesOf, compareBytes, EMPTY_ATTRS, giveBack, lengthOf, newList, setElement, T_ATTRS } from './cells';

/** Bytes of one attribute. */
export const ENTRY: u32 = 12;

// @ts-ignore: decorator
@inline
export function entryAt(set: u32, i: u32): u32 {
  return set + 8 + ENTRY * i;
}

// @ts-ignore: decorator
@inline
export function nameAt(entry: u32): u32 {
  return load<u32>(entry);
}

// @ts-ignore: decorator
@inline
export function valueAt(entry: u32): u32 {
  return load<u32>(entry + 4);
}

// @ts-ignore: decorator
@inline
export function positionAt(entry: u32): u32 {
  return load<u32>(entry + 8);
}

// @ts-ignore: decorator
@inline
export function setEntry(entry: u32, name: u32, value: u32, position: u32): void {
  store<u32>(entry, name);
  store<u32>(entry + 4, value);
  store<u32>(entry + 8, position);
}

/** A set whose attributes are still to be written, in order. */
export function newAttrs(size: u32): u32 {
  if (size === 0) return EMPTY_ATTRS;
  const p = alloc(8 + ENTRY * size);
  store<u32>(p, T_ATTRS);
  store<u32>(p + 4, size);
  return p;
}

/** The attribute's entry, or 0. */
export function find(set: u32, name: u32): u32 {
  let low = set + 8;
  let count = load<u32>(set + 4);
  while (count > 6) {
    const half = count >>> 1;
    const middle = low + ENTRY * half;
    if (load<u32>(middle) <= name) {
      low = middle;
      count -= half;
    } else count = half;
  }
  const end = low + ENTRY * count;
  for (; low < end; low += ENTRY) if (load<u32>(low) === name) return low;
  return 0;
}

/** Makes a set smaller that was the last thing allocated or not: the memory behind stays unused. */
export function shrink(set: u32, size: u32): u32 {
  if (size === 0) return EMPTY_ATTRS;
  store<u32>(set + 4, size);
  return set;
}

/** `a // b` */
export function update(a: u32, b: u32): u32 {
  const m = lengthOf(a);
  const n = lengthOf(b);
  if (n === 0) return a;
  if (m === 0) return b;
  return n * 8 < m ? updateFew(a, b, m, n) : merge(a, b, m, n);
}

function merge(a: u32, b: u32, m: u32, n: u32): u32 {
  const set = newAttrs(m + n);
  let x = a + 8;
  let y = b + 8;
  const endX = x + ENTRY * m;
  const endY = y + ENTRY * n;
  let to = set + 8;
  while (x < endX && y < endY) {
    const nameX = load<u32>(x);
    const nameY = load<u32>(y);
    if (nameX < nameY) {
      setEntry(to, nameX, load<u32>(x + 4), load<u32>(x + 8));
      x += ENTRY;
    } else {
      setEntry(to, nameY, load<u32>(y + 4), load<u32>(y + 8));
      y += ENTRY;
      if (nameX === nameY) x += ENTRY;
    }
    to += ENTRY;
  }
  if (x < endX) {
    memory.copy(to, x, endX - x);
    to += endX - x;
  }
  if (y < endY) {
    memory.copy(to, y, endY - y);
    to += endY - y;
  }
  return finish(set, m + n, to);
}

/** Where the right side has few names, what lies between them is copied in runs. */
function updateFew(a: u32, b: u32, m: u32, n: u32): u32 {
  const set = newAttrs(m + n);
  let from = a + 8;
  const end = from + ENTRY * m;
  let to = set + 8;
  for (let i: u32 = 0; i < n; i++) {
    const entry = entryAt(b, i);
    const name = load<u32>(entry);
    const at = lowerBound(from, end, name);
    memory.copy(to, from, at - from);
    to += at - from;
    memory.copy(to, entry, ENTRY);
    to += ENTRY;
    from = at < end && load<u32>(at) === name ? at + ENTRY : at;
  }
  memory.copy(to, from, end - from);
  return finish(set, m + n, to + end - from);
}

/** Gives back what `set` has too much, as it is the last thing on the heap. */
function finish(set: u32, size: u32, end: u32): u32 {
  const used = (end - set - 8) / ENTRY;
  if (used !== size) store<u32>(set + 4, used);
  giveBack(end);
  return set;
}

/** The first entry between two whose name is not less. */
function lowerBound(from: u32, end: u32, name: u32): u32 {
  let low: u32 = 0;
  let high: u32 = (end - from) / ENTRY;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (load<u32>(from + ENTRY * middle) < name) low = middle + 1;
    else high = middle;
  }
  return from + ENTRY * low;
}

/** Orders entries by their names; of those with the same name the order is kept. `from`: the first entry. */
export function sortEntries(from: u32, count: u32): void {
  if (count < 2) return;
  if (count <= 16) return insertionSort(from, count);
  let sorted = true;
  for (let i: u32 = 1; i < count; i++) {
    if (load<u32>(from + ENTRY * (i - 1)) > load<u32>(from + ENTRY * i)) {
      sorted = false;
      break;
    }
  }
  if (sorted) return;
  const half = count >>> 1;
  sortEntries(from, half);
  sortEntries(from + ENTRY * half, count - half);
  const copy = alloc(ENTRY * half);
  memory.copy(copy, from, ENTRY * half);
  let x = copy;
  const endX = copy + ENTRY * half;
  let y = from + ENTRY * half;
  const endY = from + ENTRY * count;
  let to = from;
  while (x < endX) {
    const source = y < endY && load<u32>(y) < load<u32>(x) ? y : x;
    setEntry(to, load<u32>(source), load<u32>(source + 4), load<u32>(source + 8));
    to += ENTRY;
    if (source === x) x += ENTRY;
    else y += ENTRY;
  }
  giveBack(copy);
}

function insertionSort(from: u32, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const entry = from + ENTRY * i;
    const name = load<u32>(entry);
    const value = load<u32>(entry + 4);
    const position = load<u32>(entry + 8);
    let at = entry;
    while (at > from && load<u32>(at - ENTRY) > name) {
      setEntry(at, load<u32>(at - ENTRY), load<u32>(at - ENTRY + 4), load<u32>(at - ENTRY + 8));
      at -= ENTRY;
    }
    setEntry(at, name, value, position);
  }
}

/** A set from entries in any order at `from`; of those with one name the first counts. The entries are ordered where they lie. */
export function attrsFrom(from: u32, count: u32): u32 {
  sortEntries(from, count);
  const set = newAttrs(count);
  if (count === 0) return set;
  let to = set + 8;
  let last: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = from + ENTRY * i;
    const name = load<u32>(entry);
    if (name === last) continue;
    setEntry(to, name, load<u32>(entry + 4), load<u32>(entry + 8));
    to += ENTRY;
    last = name;
  }
  return finish(set, count, to);
}

/** The entries' addresses as a list, in the order of the names' bytes. */
export function entriesByName(set: u32): u32 {
  const size = lengthOf(set);
  const list = newList(size);
  for (let i: u32 = 0; i < size; i++) setElement(list, i, entryAt(set, i));
  if (size > 1) sortByName(list + 8, size);
  return list;
}

/** The first bytes of a name as a number that orders as they do. */
// @ts-ignore: decorator
@inline
function prefixOf(name: u32): u32 {
  return bswap<u32>(load<u32>(bytesOf(name)));
}

// @ts-ignore: decorator
@inline
function lessName(a: u32, b: u32): bool {
  const x = load<u32>(a);
  const y = load<u32>(b);
  // A name is followed by zeros up to a multiple of 4; an empty one by whatever lies behind it.
  if (lengthOf(x) !== 0 && lengthOf(y) !== 0) {
    const p = prefixOf(x);
    const q = prefixOf(y);
    if (p !== q) return p < q;
  }
  return compareBytes(x, y) < 0;
}

/** Addresses of entries, ordered by the bytes of the names. */
export function sortByName(from: u32, count: u32): void {
  if (count <= 12) {
    for (let i: u32 = 1; i < count; i++) {
      const entry = load<u32>(from + 4 * i);
      let at = i;
      for (; at > 0 && lessName(entry, load<u32>(from + 4 * (at - 1))); at--) store<u32>(from + 4 * at, load<u32>(from + 4 * (at - 1)));
      store<u32>(from + 4 * at, entry);
    }
    return;
  }
  const half = count >>> 1;
  sortByName(from, half);
  sortByName(from + 4 * half, count - half);
  const copy = alloc(4 * half);
  memory.copy(copy, from, 4 * half);
  let x = copy;
  const endX = copy + 4 * half;
  let y = from + 4 * half;
  const endY = from + 4 * count;
  let to = from;
  while (x < endX) {
    if (y < endY && lessName(load<u32>(y), load<u32>(x))) {
      store<u32>(to, load<u32>(y));
      y += 4;
    } else {
      store<u32>(to, load<u32>(x));
      x += 4;
    }
    to += 4;
  }
  giveBack(copy);
}

