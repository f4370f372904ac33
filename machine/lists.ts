/** Builtins for lists. */
import { alloc, boolean, elementOf, EMPTY_LIST, int, lazyCall, lengthOf, newList, setElement, STOP_ERROR } from './cells';
import { attrsFrom, ENTRY, setEntry, sortEntries } from './attrs';
import { call1, call2 } from './call';
import { equalInside } from './compare';
import { forceBool, forceFunction, forceInt, forceList, forceName } from './expect';
import { force } from './force';
import { fail } from './host';
import { known, RIGHT, WRONG } from './names';

export function elementAt(list: u32, i: i64): u32 {
  if (i < 0 || i >= <i64>lengthOf(list)) fail(STOP_ERROR);
  return force(elementOf(list, <u32>i));
}

export function tail(list: u32): u32 {
  const length = lengthOf(list);
  if (length === 0) fail(STOP_ERROR);
  const p = newList(length - 1);
  memory.copy(p + 8, list + 12, 4 * (length - 1));
  return p;
}

export function isElement(x: u32, list: u32): bool {
  for (let i: u32 = 0; i < lengthOf(list); i++) if (equalInside(x, elementOf(list, i))) return true;
  return false;
}

export function map(f: u32, v: u32): u32 {
  const list = forceList(v);
  const length = lengthOf(list);
  if (length === 0) return list;
  const fn = forceFunction(f);
  const p = newList(length);
  for (let i: u32 = 0; i < length; i++) setElement(p, i, lazyCall(fn, elementOf(list, i)));
  return p;
}

export function filter(f: u32, v: u32): u32 {
  const list = forceList(v);
  const length = lengthOf(list);
  if (length === 0) return list;
  const fn = forceFunction(f);
  const p = newList(length);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const element = elementOf(list, i);
    if (forceBool(call1(fn, element))) setElement(p, kept++, element);
  }
  return kept === length ? list : cut(p, kept);
}

/** The first elements of a list that is not yet a value. */
function cut(list: u32, length: u32): u32 {
  if (length === 0) return EMPTY_LIST;
  store<u32>(list + 4, length);
  return list;
}

/** Whether one element's answer is `wanted`; stops there. */
export function anyOrAll(f: u32, v: u32, wanted: bool): u32 {
  const fn = forceFunction(f);
  const list = forceList(v);
  for (let i: u32 = 0; i < lengthOf(list); i++) if (forceBool(call1(fn, elementOf(list, i))) === wanted) return boolean(wanted);
  return boolean(!wanted);
}

/** Elements of lists, which are evaluated in place, as one list. */
export function concatLists(lists: u32): u32 {
  const count = lengthOf(lists);
  const forced = alloc(4 * count);
  let total: u32 = 0;
  let parts: u32 = 0;
  let only: u32 = EMPTY_LIST;
  for (let i: u32 = 0; i < count; i++) {
    const list = forceList(elementOf(lists, i));
    store<u32>(forced + 4 * i, list);
    if (lengthOf(list) === 0) continue;
    total += lengthOf(list);
    only = list;
    parts++;
  }
  return parts <= 1 ? only : joined(forced, count, total);
}

export function joined(lists: u32, count: u32, total: u32): u32 {
  const p = newList(total);
  let to = p + 8;
  for (let i: u32 = 0; i < count; i++) {
    const list = load<u32>(lists + 4 * i);
    const size = 4 * lengthOf(list);
    memory.copy(to, list + 8, size);
    to += size;
  }
  return p;
}

export function concatMap(f: u32, v: u32): u32 {
  const fn = forceFunction(f);
  const list = forceList(v);
  const count = lengthOf(list);
  const parts = alloc(4 * count);
  let total: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const part = forceList(call1(fn, elementOf(list, i)));
    store<u32>(parts + 4 * i, part);
    total += lengthOf(part);
  }
  return joined(parts, count, total);
}

export function genList(f: u32, length: u32): u32 {
  const size = forceInt(length);
  if (size < 0 || size > 0x3fffffff) fail(STOP_ERROR);
  const fn = forceFunction(f);
  const p = newList(<u32>size);
  for (let i: u32 = 0; i < <u32>size; i++) setElement(p, i, lazyCall(fn, int(i)));
  return p;
}

export function fold(f: u32, nul: u32, v: u32): u32 {
  const fn = forceFunction(f);
  const list = forceList(v);
  let result = nul;
  for (let i: u32 = 0; i < lengthOf(list); i++) result = call2(fn, result, elementOf(list, i));
  return force(result);
}

export function partition(f: u32, v: u32): u32 {
  const fn = forceFunction(f);
  const list = forceList(v);
  const length = lengthOf(list);
  const right = newList(length);
  const wrong = newList(length);
  let rights: u32 = 0;
  let wrongs: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const element = elementOf(list, i);
    force(element);
    if (forceBool(call1(fn, element))) setElement(right, rights++, element);
    else setElement(wrong, wrongs++, element);
  }
  const entries = alloc(2 * ENTRY);
  setEntry(entries, known(RIGHT), cut(right, rights), 0);
  setEntry(entries + ENTRY, known(WRONG), cut(wrong, wrongs), 0);
  return attrsFrom(entries, 2);
}

/** Entries of groups that are one by name and go from front to back: a set of lists. */
export function grouped(entries: u32, count: u32, sorted: u32): u32 {
  let to = sorted;
  let i: u32 = 0;
  let groups: u32 = 0;
  while (i < count) {
    const name = load<u32>(entries + ENTRY * i);
    let end = i + 1;
    while (end < count && load<u32>(entries + ENTRY * end) === name) end++;
    const list = newList(end - i);
    for (let k = i; k < end; k++) setElement(list, k - i, load<u32>(entries + ENTRY * k + 4));
    setEntry(to, name, list, 0);
    to += ENTRY;
    groups++;
    i = end;
  }
  return attrsFrom(sorted, groups);
}

export function groupBy(f: u32, v: u32): u32 {
  const fn = forceFunction(f);
  const list = forceList(v);
  const count = lengthOf(list);
  const entries = alloc(ENTRY * count);
  for (let i: u32 = 0; i < count; i++) {
    const element = elementOf(list, i);
    setEntry(entries + ENTRY * i, forceName(call1(fn, element)), element, 0);
  }
  sortEntries(entries, count);
  return grouped(entries, count, alloc(ENTRY * count));
}
