/** Values as strings and paths. */
import {
  alloc,
  bytesOf,
  contextOf,
  elementOf,
  EMPTY_STRING,
  giveBack,
  intOf,
  floatOf,
  lengthOf,
  newString,
  STOP_ERROR,
  stringFrom,
  T_ATTRS,
  T_BOOL,
  T_FLOAT,
  T_INT,
  T_LIST,
  T_NULL,
  T_PATH,
  T_STRING,
  tagOf,
  TRUE,
  word,
} from './cells';
import { find, valueAt } from './attrs';
import { call1 } from './call';
import { mergeContexts } from './context';
import { evaluate } from './evaluate';
import { force } from './force';
import { copyToStore, fail, formatFloat } from './host';
import { N_CONSTANT, NO_FOLDER } from './nodes';
import { known, ONE, OUT_PATH, TO_STRING } from './names';

/** A value as a string with its context. `more`: also null, Booleans, numbers and lists; `copy`: paths are copied to the store. */
export function coerceToString(v: u32, more: bool, copy: bool): u32 {
  const value = force(v);
  switch (tagOf(value)) {
    case T_STRING:
      return value;
    case T_PATH:
      return copy ? copyToStore(value) : stringFrom(bytesOf(value), lengthOf(value), 0);
    case T_ATTRS: {
      const toString = find(value, known(TO_STRING));
      if (toString !== 0) return coerceToString(call1(force(valueAt(toString)), value), more, copy);
      const outPath = find(value, known(OUT_PATH));
      if (outPath !== 0) return coerceToString(valueAt(outPath), more, copy);
      break;
    }
    case T_BOOL:
      if (more) return value === TRUE ? known(ONE) : EMPTY_STRING;
      break;
    case T_NULL:
      if (more) return EMPTY_STRING;
      break;
    case T_INT:
      if (more) return formatInt(intOf(value));
      break;
    case T_FLOAT:
      if (more) return formatFloat(floatOf(value));
      break;
    case T_LIST:
      if (more) return coerceList(value, copy);
      break;
  }
  fail(STOP_ERROR);
  return 0;
}

export function formatInt(n: i64): u32 {
  const scratch = alloc(24);
  let at = scratch + 24;
  let rest: u64 = n < 0 ? 0 - <u64>n : <u64>n;
  do {
    at--;
    store<u8>(at, 48 + <u32>(rest % 10));
    rest /= 10;
  } while (rest !== 0);
  if (n < 0) {
    at--;
    store<u8>(at, 45);
  }
  return stringFrom(at, scratch + 24 - at, 0);
}

const SPACE: u32 = <u32>memory.data<u32>([T_STRING, 1, 0, 32]);

/** Separated by spaces; an empty list inside adds none. */
function coerceList(list: u32, copy: bool): u32 {
  const count = lengthOf(list);
  if (count === 0) return EMPTY_STRING;
  const parts = alloc(8 * count);
  let used: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const element = force(elementOf(list, i));
    if (tagOf(element) === T_LIST && lengthOf(element) === 0) continue;
    store<u32>(parts + 4 * used++, coerceToString(element, true, copy));
    if (i + 1 < count) store<u32>(parts + 4 * used++, SPACE);
  }
  return joinStrings(parts, used);
}

/** Strings at `parts` as known(ONE). */
export function joinStrings(parts: u32, count: u32): u32 {
  let length: u32 = 0;
  let context: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const part = load<u32>(parts + 4 * i);
    length += lengthOf(part);
    context = mergeContexts(context, contextOf(part));
  }
  if (length === 0 && context === 0) return EMPTY_STRING;
  const result = newString(length, context);
  let to = bytesOf(result);
  for (let i: u32 = 0; i < count; i++) {
    const part = load<u32>(parts + 4 * i);
    memory.copy(to, bytesOf(part), lengthOf(part));
    to += lengthOf(part);
  }
  return result;
}

/** `"a${b}"` */
export function text(e: u32, env: u32): u32 {
  return interpolated(e, env, true);
}

/** `./a/${b}.nix` */
export function pathText(e: u32, env: u32): u32 {
  return pathFrom(interpolated(e, env, false));
}

/** The parts of an N_TEXT or N_PATH_TEXT as known(ONE) string. */
function interpolated(e: u32, env: u32, copy: bool): u32 {
  const count = word(e, 4);
  const parts = alloc(4 * count);
  for (let i: u32 = 0; i < count; i++) store<u32>(parts + 4 * i, coerceToString(evaluate(word(e, 8 + 4 * i), env), false, copy));
  return joinStrings(parts, count);
}

/** A path as it was written, the same whenever it is evaluated. */
export function literalPath(e: u32): u32 {
  const steps = word(e, 4);
  const suffix = word(e, 8);
  let end: u32 = 0;
  let folder: u32 = 0;
  if (steps !== NO_FOLDER) {
    folder = load<u32>(word(e, 12));
    end = lengthOf(folder);
    for (let i = steps; i > 0 && end > 0; i--) {
      end--;
      while (end > 0 && load<u8>(bytesOf(folder) + end) !== 47) end--;
    }
  }
  // The folder `/` is all of its paths' first slash.
  if (end === 1) end = 0;
  const length = end + lengthOf(suffix);
  const path = newString(max(length, 1), 0);
  store<u32>(path, T_PATH);
  if (length === 0) store<u8>(bytesOf(path), 47);
  memory.copy(bytesOf(path), bytesOf(folder), end);
  memory.copy(bytesOf(path) + end, bytesOf(suffix), lengthOf(suffix));
  store<u32>(e, N_CONSTANT);
  store<u32>(e + 4, path);
  return path;
}

/** A path and a string. */
export function addToPath(path: u32, value: u32): u32 {
  return pathFrom(joinTwo(stringFrom(bytesOf(path), lengthOf(path), 0), coerceToString(value, false, false)));
}

/** What becomes text on the left does so before what is on the right is evaluated. */
export function addTexts(a: u32, right: u32, env: u32): u32 {
  const copy = tagOf(a) === T_STRING;
  const first = coerceToString(a, false, copy);
  return joinTwo(first, coerceToString(evaluate(right, env), false, copy));
}

function joinTwo(a: u32, b: u32): u32 {
  const parts = alloc(8);
  store<u32>(parts, a);
  store<u32>(parts + 4, b);
  return joinStrings(parts, 2);
}

/** A string as a path, without `.`, `..` and doubled slashes. It must have no context. */
export function pathFrom(string: u32): u32 {
  if (contextOf(string) !== 0) fail(STOP_ERROR);
  const length = lengthOf(string);
  const from = bytesOf(string);
  const path = newString(length + 1, 0);
  const start = bytesOf(path);
  let to = start;
  let i: u32 = 0;
  while (i < length) {
    while (i < length && load<u8>(from + i) === 47) i++;
    let end = i;
    while (end < length && load<u8>(from + end) !== 47) end++;
    const size = end - i;
    if (size === 2 && load<u16>(from + i) === 0x2e2e) {
      while (to > start && load<u8>(--to) !== 47) {
        /* The last part goes. */
      }
    } else if (size > 0 && !(size === 1 && load<u8>(from + i) === 46)) {
      store<u8>(to++, 47);
      memory.copy(to, from + i, size);
      to += size;
    }
    i = end;
  }
  if (to === start) store<u8>(to++, 47);
  const used = to - start;
  giveBack(start + ((used + 3) & ~3));
  memory.fill(to, 0, (4 - (used & 3)) & 3);
  store<u32>(path, T_PATH);
  store<u32>(path + 4, used);
  return path;
}
