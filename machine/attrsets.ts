/** Builtins for sets. */
import {
  alloc,
  elementOf,
  EMPTY_ATTRS,
  lazyCall2,
  FALSE,
  isFunction,
  lengthOf,
  newList,
  setElement,
  STOP_ERROR,
  T_LAMBDA,
  tagOf,
  TRUE,
  word,
} from './cells';
import {
  attrsFrom,
  ENTRY,
  entriesByName,
  entryAt,
  find,
  nameAt,
  newAttrs,
  positionAt,
  setEntry,
  shrink,
  sortEntries,
  valueAt,
} from './attrs';
import { forceAttrs, forceFunction, forceList, forceName } from './expect';
import { fail } from './host';
import { grouped } from './lists';
import { N_PATTERN } from './nodes';
import { known, NAME, VALUE } from './names';

export function attrNames(set: u32): u32 {
  const list = entriesByName(set);
  for (let i: u32 = 0; i < lengthOf(list); i++) setElement(list, i, nameAt(elementOf(list, i)));
  return list;
}

export function attrValues(set: u32): u32 {
  const list = entriesByName(set);
  for (let i: u32 = 0; i < lengthOf(list); i++) setElement(list, i, valueAt(elementOf(list, i)));
  return list;
}

export function removeAttrs(set: u32, names: u32): u32 {
  const count = lengthOf(names);
  const removed = alloc(ENTRY * (count + 1));
  let found: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const name = forceName(elementOf(names, i));
    if (find(set, name) !== 0) {
      setEntry(removed + ENTRY * found, name, 0, 0);
      found++;
    }
  }
  if (found === 0) return set;
  sortEntries(removed, found);
  const size = lengthOf(set);
  const result = newAttrs(size);
  let to: u32 = 0;
  let next: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const entry = entryAt(set, i);
    while (next < found && load<u32>(removed + ENTRY * next) < nameAt(entry)) next++;
    if (next < found && load<u32>(removed + ENTRY * next) === nameAt(entry)) continue;
    memory.copy(entryAt(result, to++), entry, ENTRY);
  }
  return shrink(result, to);
}

export function listToAttrs(list: u32): u32 {
  const count = lengthOf(list);
  const entries = alloc(ENTRY * count);
  for (let i: u32 = 0; i < count; i++) {
    const pair = forceAttrs(elementOf(list, i));
    const name = find(pair, known(NAME));
    const value = find(pair, known(VALUE));
    if (name === 0) fail(STOP_ERROR);
    const symbol = forceName(valueAt(name));
    // Only of the first with its name is a value asked for: the others' absence is found by who evaluates again.
    if (value === 0) fail(STOP_ERROR);
    setEntry(entries + ENTRY * i, symbol, valueAt(value), positionAt(value));
  }
  return attrsFrom(entries, count);
}

/** The attributes of `b` whose names are in `a`. */
export function intersectAttrs(a: u32, b: u32): u32 {
  const m = lengthOf(a);
  const n = lengthOf(b);
  if (m === 0 || n === 0) return EMPTY_ATTRS;
  const result = newAttrs(min(m, n));
  let to: u32 = 0;
  if (m * 8 < n) {
    for (let i: u32 = 0; i < m; i++) {
      const entry = find(b, nameAt(entryAt(a, i)));
      if (entry !== 0) memory.copy(entryAt(result, to++), entry, ENTRY);
    }
  } else {
    for (let i: u32 = 0; i < n; i++) {
      const entry = entryAt(b, i);
      if (find(a, nameAt(entry)) !== 0) memory.copy(entryAt(result, to++), entry, ENTRY);
    }
  }
  return shrink(result, to);
}

export function catAttrs(name: u32, v: u32): u32 {
  const list = forceList(v);
  const count = lengthOf(list);
  const found = alloc(4 * count);
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const entry = find(forceAttrs(elementOf(list, i)), name);
    if (entry !== 0) store<u32>(found + 4 * total++, valueAt(entry));
  }
  const result = newList(total);
  memory.copy(result + 8, found, 4 * total);
  return result;
}

export function mapAttrs(f: u32, v: u32): u32 {
  const set = forceAttrs(v);
  const size = lengthOf(set);
  const result = newAttrs(size);
  for (let i: u32 = 0; i < size; i++) {
    const entry = entryAt(set, i);
    // As in Nix, the new attributes stand nowhere.
    setEntry(entryAt(result, i), nameAt(entry), lazyCall2(f, nameAt(entry), valueAt(entry)), 0);
  }
  return result;
}

export function zipAttrsWith(f: u32, v: u32): u32 {
  const fn = forceFunction(f);
  const list = forceList(v);
  const count = lengthOf(list);
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) total += lengthOf(forceAttrs(elementOf(list, i)));
  const entries = alloc(ENTRY * total);
  let to = entries;
  for (let i: u32 = 0; i < count; i++) {
    const set = forceAttrs(elementOf(list, i));
    memory.copy(to, set + 8, ENTRY * lengthOf(set));
    to += ENTRY * lengthOf(set);
  }
  sortEntries(entries, total);
  const groups = grouped(entries, total, alloc(ENTRY * total));
  for (let i: u32 = 0; i < lengthOf(groups); i++) {
    const entry = entryAt(groups, i);
    store<u32>(entry + 4, lazyCall2(fn, nameAt(entry), valueAt(entry)));
  }
  return groups;
}

export function functionArgs(f: u32): u32 {
  if (!isFunction(f)) fail(STOP_ERROR);
  const code = word(f, 4);
  if (tagOf(f) !== T_LAMBDA || load<u32>(code) !== N_PATTERN) return EMPTY_ATTRS;
  const count = word(code, 16);
  const entries = alloc(ENTRY * count);
  for (let i: u32 = 0; i < count; i++) {
    const formal = code + 20 + 12 * i;
    setEntry(entries + ENTRY * i, load<u32>(formal), load<u32>(formal + 4) !== 0 ? TRUE : FALSE, load<u32>(formal + 8));
  }
  return attrsFrom(entries, count);
}
