/** Builtins for strings. */
import { alloc, bytesOf, contextOf, elementOf, lengthOf, newString, STOP_ERROR, stringFrom, T_PATH, tagOf } from './cells';
import { coerceToString, joinStrings } from './coerce';
import { mergeContexts } from './context';
import { forceInt, forceList, forceString } from './expect';
import { force } from './force';
import { fail } from './host';

export function substring(startValue: u32, lengthValue: u32, v: u32): u32 {
  const start = forceInt(startValue);
  if (start < 0) fail(STOP_ERROR);
  const length = forceInt(lengthValue);
  const string = coerceToString(v, false, true);
  const size = <i64>lengthOf(string);
  if (start === 0 && (length < 0 || length >= size)) return string;
  if (start >= size) return stringFrom(0, 0, contextOf(string));
  const count = length < 0 ? size - start : min(length, size - start);
  return stringFrom(bytesOf(string) + <u32>start, <u32>count, contextOf(string));
}

export function concatStringsSep(separatorValue: u32, v: u32): u32 {
  const separator = forceString(separatorValue);
  const list = forceList(v);
  const count = lengthOf(list);
  if (count === 0) return stringFrom(0, 0, contextOf(separator));
  const parts = alloc(8 * count);
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(parts + 8 * i, coerceToString(elementOf(list, i), false, true));
    store<u32>(parts + 8 * i + 4, separator);
  }
  const joined = joinStrings(parts, 2 * count - 1);
  // The separator's context counts even where there is nothing to separate.
  return count > 1 || contextOf(separator) === 0
    ? joined
    : stringFrom(bytesOf(joined), lengthOf(joined), mergeContexts(contextOf(joined), contextOf(separator)));
}

/** One pass from the left; at each place the first of `from` that is there counts. */
export function replaceStrings(fromValue: u32, toValue: u32, v: u32): u32 {
  const from = forceList(fromValue);
  const to = forceList(toValue);
  const count = lengthOf(from);
  if (count !== lengthOf(to)) fail(STOP_ERROR);
  const patterns = alloc(8 * count);
  for (let i: u32 = 0; i < count; i++) store<u32>(patterns + 4 * i, forceString(elementOf(from, i)));
  const replacements = patterns + 4 * count;
  const string = forceString(v);
  const bytes = bytesOf(string);
  const length = lengthOf(string);
  let context = contextOf(string);
  // The parts of the result: (address, length)...
  let capacity: u32 = 16;
  let parts = alloc(8 * capacity);
  let used: u32 = 0;
  let total: u32 = 0;
  let copied: u32 = 0;
  let at: u32 = 0;
  while (at <= length) {
    let found: u32 = count;
    for (let i: u32 = 0; i < count; i++) {
      const pattern = load<u32>(patterns + 4 * i);
      const size = lengthOf(pattern);
      if (
        size <= length - at &&
        (size === 0 || (load<u8>(bytesOf(pattern)) === load<u8>(bytes + at) && memory.compare(bytesOf(pattern), bytes + at, size) === 0))
      ) {
        found = i;
        break;
      }
    }
    if (found === count) {
      at++;
      continue;
    }
    let replacement = load<u32>(replacements + 4 * found);
    if (replacement === 0) {
      replacement = forceString(elementOf(to, found));
      store<u32>(replacements + 4 * found, replacement);
      context = mergeContexts(context, contextOf(replacement));
    }
    if (used + 2 > capacity) {
      const more = alloc(16 * capacity);
      memory.copy(more, parts, 8 * used);
      parts = more;
      capacity *= 2;
    }
    store<u32>(parts + 8 * used, bytes + copied);
    store<u32>(parts + 8 * used + 4, at - copied);
    store<u32>(parts + 8 * used + 8, bytesOf(replacement));
    store<u32>(parts + 8 * used + 12, lengthOf(replacement));
    used += 2;
    total += at - copied + lengthOf(replacement);
    copied = at;
    const size = lengthOf(load<u32>(patterns + 4 * found));
    if (size === 0) at++;
    else copied = at += size;
  }
  if (used === 0) return string;
  const rest = length - copied;
  const result = newString(total + rest, context);
  let out = bytesOf(result);
  for (let i: u32 = 0; i < used; i++) {
    const size = load<u32>(parts + 8 * i + 4);
    memory.copy(out, load<u32>(parts + 8 * i), size);
    out += size;
  }
  memory.copy(out, bytes + copied, rest);
  return result;
}

/** The part after the last slash; one slash at the end is overlooked. */
export function baseNameOf(v: u32): u32 {
  const string = coerceToString(v, false, false);
  const bytes = bytesOf(string);
  let end = lengthOf(string);
  if (end > 1 && load<u8>(bytes + end - 1) === 47) end--;
  let start = end;
  while (start > 0 && load<u8>(bytes + start - 1) !== 47) start--;
  return stringFrom(bytes + start, end - start, contextOf(string));
}

export function dirOf(v: u32): u32 {
  const value = force(v);
  const isPath = tagOf(value) === T_PATH;
  const string = isPath ? value : coerceToString(value, false, false);
  const bytes = bytesOf(string);
  let end = lengthOf(string);
  while (end > 0 && load<u8>(bytes + end - 1) !== 47) end--;
  let result: u32;
  if (end === 0) {
    result = newString(1, contextOf(string));
    store<u8>(bytesOf(result), 46);
  } else {
    result = newString(end === 1 ? 1 : end - 1, contextOf(string));
    memory.copy(bytesOf(result), bytes, lengthOf(result));
  }
  if (isPath) store<u32>(result, T_PATH);
  return result;
}

export function discardContext(v: u32): u32 {
  const string = coerceToString(v, false, true);
  return contextOf(string) === 0 ? string : stringFrom(bytesOf(string), lengthOf(string), 0);
}
