/** builtins.genericClosure, for keys that are strings or ints; others are the other evaluator's. */
import { alloc, elementOf, intOf, lengthOf, newList, setElement, STOP_ERROR, STOP_UNSUPPORTED, T_INT, T_STRING, tagOf } from './cells';
import { find, valueAt } from './attrs';
import { call1 } from './call';
import { forceAttrs, forceFunction, forceList } from './expect';
import { force } from './force';
import { fail } from './host';
import { symbol } from './symbols';
import { known, KEY, OPERATOR, START_SET } from './names';

function attribute(set: u32, name: u32): u32 {
  const entry = find(set, name);
  if (entry === 0) fail(STOP_ERROR);
  return valueAt(entry);
}

export function genericClosure(argument: u32): u32 {
  const set = forceAttrs(argument);
  const start = forceList(attribute(set, known(START_SET)));
  if (lengthOf(start) === 0) return start;
  const operator = forceFunction(attribute(set, known(OPERATOR)));
  let capacity: u32 = 2 * lengthOf(start) + 32;
  let work = alloc(4 * capacity);
  let count = lengthOf(start);
  memory.copy(work, start + 8, 4 * count);
  // Keys as a hash table of symbols or of numbers.
  let mask: u32 = 255;
  let keys = alloc(8 * (mask + 1));
  let kind: u32 = 0;
  let found: u32 = 0;
  for (let next: u32 = 0; next < count; next++) {
    const element = load<u32>(work + 4 * next);
    const key = force(attribute(forceAttrs(element), known(KEY)));
    const tag = tagOf(key);
    if ((tag !== T_STRING && tag !== T_INT) || (kind !== 0 && kind !== tag)) fail(STOP_UNSUPPORTED);
    kind = tag;
    const code: i64 = tag === T_STRING ? <i64>symbol(key) : intOf(key);
    // Which addKey could not tell from an empty place.
    if (code === -1) fail(STOP_UNSUPPORTED);
    if (!addKey(keys, mask, code)) continue;
    // The results take the places of what was worked off.
    store<u32>(work + 4 * found++, element);
    if (found * 2 > mask) {
      const larger = alloc(16 * (mask + 1));
      for (let i: u32 = 0; i <= mask; i++) {
        const old = load<i64>(keys + 8 * i);
        if (old !== 0) addKey(larger, 2 * mask + 1, old - 1);
      }
      keys = larger;
      mask = 2 * mask + 1;
    }
    const more = forceList(call1(operator, element));
    const length = lengthOf(more);
    if (count + length > capacity) {
      capacity = 2 * (count + length);
      const larger = alloc(4 * capacity);
      memory.copy(larger, work, 4 * count);
      work = larger;
    }
    for (let i: u32 = 0; i < length; i++) {
      force(elementOf(more, i));
      store<u32>(work + 4 * count++, elementOf(more, i));
    }
  }
  const result = newList(found);
  for (let i: u32 = 0; i < found; i++) setElement(result, i, load<u32>(work + 4 * i));
  return result;
}

/** False if the key was there. Kept plus one, as 0 is an empty place. */
function addKey(keys: u32, mask: u32, key: i64): bool {
  let i = <u32>((<u64>key * 0x9e3779b97f4a7c15) >> 40) & mask;
  let old = load<i64>(keys + 8 * i);
  while (old !== 0 && old !== key + 1) {
    i = (i + 1) & mask;
    old = load<i64>(keys + 8 * i);
  }
  if (old !== 0) return false;
  store<i64>(keys + 8 * i, key + 1);
  return true;
}
