/**
 * builtins.derivationStrict, for what derivations mostly are: attributes as environment, outputs addressed by inputs or by one hash. All
 * else, and all that is wrong, is left to the other evaluator (src/derive). The formats are those of src/nix-format/derivation.ts and
 * derivation-hash.ts.
 */
import { alloc, contextOf, elementOf, EMPTY_LIST, lengthOf, newList, NULL, setElement, T_BOOL, T_STRING, tagOf, TRUE } from './cells';
import { ENTRY, entriesByName, find, nameAt, setEntry, valueAt } from './attrs';
import { coerceToString } from './coerce';
import { mergeContexts } from './context';
import { assembled } from './derivation-assembly';
import { ARGS, CONTENT_ADDRESSED, IGNORE_NULLS, IMPURE, JSON, known, NAME, OUTPUT_HASH_MODE, OUTPUTS, STRUCTURED } from './names';
import { isGoodName, isHashMode, outputNames } from './derivation-outputs';
import { forceAttrs, forceList } from './expect';
import { force } from './force';
import { otherDerivation } from './host';

export function derivationStrict(v: u32): u32 {
  const set = forceAttrs(v);
  const made = plainDerivation(set);
  return made !== 0 ? made : otherDerivation(set);
}

function has(set: u32, number: u32): bool {
  return find(set, known(number)) !== 0;
}

/** 0 where it is no derivation of the plain kind, or something is wrong. */
function plainDerivation(set: u32): u32 {
  const nameEntry = find(set, known(NAME));
  if (nameEntry === 0) return 0;
  const name = force(valueAt(nameEntry));
  if (tagOf(name) !== T_STRING || contextOf(name) !== 0 || !isGoodName(name)) return 0;
  if (has(set, STRUCTURED) || has(set, CONTENT_ADDRESSED) || has(set, IMPURE) || has(set, JSON)) return 0;
  let ignoreNulls = false;
  const flag = find(set, known(IGNORE_NULLS));
  if (flag !== 0) {
    const value = force(valueAt(flag));
    if (tagOf(value) !== T_BOOL) return 0;
    ignoreNulls = value === TRUE;
  }
  const order = entriesByName(set);
  const size = lengthOf(order);
  // The environment: (name, string, 0)...
  const env = alloc(ENTRY * size);
  let count: u32 = 0;
  let args: u32 = EMPTY_LIST;
  let context: u32 = 0;
  for (let i: u32 = 0; i < size; i++) {
    const entry = elementOf(order, i);
    const key = nameAt(entry);
    if (key === known(IGNORE_NULLS)) continue;
    if (ignoreNulls && force(valueAt(entry)) === NULL) continue;
    if (key === known(ARGS)) {
      args = coercedList(valueAt(entry));
      for (let k: u32 = 0; k < lengthOf(args); k++) context = mergeContexts(context, contextOf(elementOf(args, k)));
      continue;
    }
    const string = coerceToString(valueAt(entry), true, true);
    // Those that are wrong end here, before what comes later throws.
    if (key === known(OUTPUTS) && outputNames(string) === 0) return 0;
    if (key === known(OUTPUT_HASH_MODE) && !isHashMode(string)) return 0;
    context = mergeContexts(context, contextOf(string));
    setEntry(env + ENTRY * count++, key, string, 0);
  }
  return assembled(name, env, count, args, context);
}

function coercedList(v: u32): u32 {
  const list = forceList(v);
  const result = newList(lengthOf(list));
  for (let i: u32 = 0; i < lengthOf(list); i++) setElement(result, i, coerceToString(elementOf(list, i), true, true));
  return result;
}
