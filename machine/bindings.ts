/** `let` and sets. */
import { alloc, cell3, EMPTY_ATTRS, lengthOf, NULL, STOP_ERROR, T_ATTRS, T_INHERITED, T_LAZY, tagOf, word } from './cells';
import { attrsFrom, ENTRY, entryAt, find, newAttrs, setEntry, sortEntries, valueAt } from './attrs';
import { delay, evaluate, nameFrom } from './evaluate';
import { inOtherPlace, settled } from './force';
import { fail } from './host';
import { M_FROM, M_OUTER } from './nodes';

/** The scope of a `let`. */
export function letScope(e: u32, env: u32): u32 {
  const count = word(e, 8);
  const sources = word(e, 12);
  const inner = alloc(4 + 4 * count);
  store<u32>(inner, env);
  const from = delaySources(e + 16, sources, inner);
  let binding = e + 16 + 4 * sources;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(inner + 4 + 4 * i, bindingValue(binding, inner, env, from));
    binding += 12;
  }
  return inner;
}

/** The sources of `inherit (source) a b;` as an array. */
function delaySources(at: u32, count: u32, env: u32): u32 {
  if (count === 0) return 0;
  const from = alloc(4 * count);
  for (let i: u32 = 0; i < count; i++) store<u32>(from + 4 * i, delay(load<u32>(at + 4 * i), env));
  return from;
}

/** `at`: mode, a, b. */
function bindingValue(at: u32, inner: u32, outer: u32, sources: u32): u32 {
  const mode = load<u32>(at);
  if (mode === M_FROM) return inheritFrom(load<u32>(sources + 4 * load<u32>(at + 4)), load<u32>(at + 8));
  return delay(load<u32>(at + 4), mode === M_OUTER ? outer : inner);
}

/** The attribute itself when the source is evaluated already and it is. */
function inheritFrom(source: u32, name: u32): u32 {
  const known = settled(source);
  if (tagOf(known) === T_ATTRS) {
    const entry = find(known, name);
    if (entry !== 0) {
      const value = settled(valueAt(entry));
      if (tagOf(value) < T_LAZY) return inOtherPlace(value);
    }
  }
  return cell3(T_INHERITED, source, name);
}

/** Where the words of an N_ATTRS are that are not always there. */
const SOURCES: u32 = 24;

export function setValue(e: u32, env: u32): u32 {
  const recursive = word(e, 4) !== 0;
  const count = word(e, 8);
  const sources = word(e, 12);
  const dynamic = word(e, 16);
  const bindings = e + SOURCES + 4 * sources;
  let inner = env;
  if (recursive) {
    inner = alloc(4 + 4 * count);
    store<u32>(inner, env);
  }
  const from = delaySources(e + SOURCES, sources, inner);
  const set = newAttrs(count);
  const order = orderOf(e, bindings, count);
  for (let i: u32 = 0; i < count; i++) {
    const binding = bindings + 20 * i;
    const value = bindingValue(binding + 8, inner, env, from);
    if (recursive) store<u32>(inner + 4 + 4 * i, value);
    setEntry(entryAt(set, load<u32>(order + 4 * i)), load<u32>(binding), value, load<u32>(binding + 4));
  }
  return dynamic === 0 ? set : addDynamic(set, bindings + 20 * count, dynamic, inner);
}

/** For each binding, in the order of the source, its place in the set: found out once. */
function orderOf(e: u32, bindings: u32, count: u32): u32 {
  const known = word(e, 20);
  if (known !== 0) return known;
  const order = alloc(4 * count + 4);
  const entries = alloc(ENTRY * count);
  for (let i: u32 = 0; i < count; i++) setEntry(entries + ENTRY * i, load<u32>(bindings + 20 * i), i, 0);
  sortEntries(entries, count);
  for (let i: u32 = 0; i < count; i++) store<u32>(order + 4 * load<u32>(entries + ENTRY * i + 4), i);
  store<u32>(e + 20, order);
  return order;
}

/** `{ ${name} = value; }`; a name that is null adds nothing. */
function addDynamic(set: u32, at: u32, count: u32, env: u32): u32 {
  const size = lengthOf(set);
  const entries = alloc(ENTRY * (size + count));
  memory.copy(entries, set + 8, ENTRY * size);
  let total = size;
  for (let i: u32 = 0; i < count; i++) {
    const name = evaluate(load<u32>(at + 12 * i), env);
    if (name === NULL) continue;
    setEntry(entries + ENTRY * total, nameFrom(name), delay(load<u32>(at + 12 * i + 4), env), load<u32>(at + 12 * i + 8));
    total++;
  }
  if (total === 0) return EMPTY_ATTRS;
  const all = attrsFrom(entries, total);
  // A name that comes twice.
  if (lengthOf(all) !== total) fail(STOP_ERROR);
  return all;
}
