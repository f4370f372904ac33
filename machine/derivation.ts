/**
 * builtins.derivationStrict, for what derivations mostly are: attributes as environment, outputs addressed by inputs or by one hash. All else, and all
 * that is wrong, is left to the other evaluator (src/derive). The formats are those of src/nix-format/derivation.ts and derivation-hash.ts.
 */
import { alloc, bytesOf, contextOf, elementOf, EMPTY_LIST, lengthOf, newList, NULL, setElement, stringFrom, T_BOOL, T_STRING, tagOf, TRUE } from './cells';
import { attrsFrom, ENTRY, entriesByName, find, nameAt, setEntry, sortByName, valueAt } from './attrs';
import { coerceToString } from './coerce';
import { contextFrom, mergeContexts } from './context';
import { knownHash, putHashedInputs, putInputs, putReferences, putSources, putStrings, readInputs, references, rememberHash, sortedStrings } from './derivation-inputs';
import { forceAttrs, forceList } from './expect';
import { force } from './force';
import { fixedOutput, otherDerivation, writeDerivation } from './host';
import { symbolOf } from './symbols';
import { backTo, digestFrom, here, put, putBytes, putHex, putPathHash, putQuoted, putString, symbolFrom } from './text';

/** Names of attributes with a meaning, as an array of symbols in this order. */
let names: u32 = 0;
const NAME: u32 = 0;
const BUILDER: u32 = 1;
const SYSTEM: u32 = 2;
const ARGS: u32 = 3;
const OUTPUTS: u32 = 4;
const OUTPUT_HASH: u32 = 5;
const OUTPUT_HASH_ALGO: u32 = 6;
const OUTPUT_HASH_MODE: u32 = 7;
const IGNORE_NULLS: u32 = 8;
const STRUCTURED: u32 = 9;
const CONTENT_ADDRESSED: u32 = 10;
const IMPURE: u32 = 11;
const JSON: u32 = 12;
const OUT: u32 = 13;
const DRV_PATH: u32 = 14;
const STORE_DIR: u32 = 15;

/** `symbols`: as the constants above number them. */
export function initDerivations(symbols: u32): void {
  names = symbols;
}

// @ts-ignore: decorator
@inline
function known(number: u32): u32 {
  return load<u32>(names + 4 * number);
}

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

function isGoodName(name: u32): bool {
  const length = lengthOf(name);
  if (length === 0 || length > 160 || load<u8>(bytesOf(name)) === 46) return false;
  if (length > 4 && load<u32>(bytesOf(name) + length - 4) === 0x7672642e) return false;
  for (let i: u32 = 0; i < length; i++) {
    const c = <u32>load<u8>(bytesOf(name) + i);
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57);
    if (!letter && c !== 43 && c !== 45 && c !== 46 && c !== 95 && c !== 63 && c !== 61) return false;
  }
  return true;
}

function variable(env: u32, count: u32, number: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (nameAt(env + ENTRY * i) === known(number)) return valueAt(env + ENTRY * i);
  return 0;
}

/** Words as a list of symbols in the order of their bytes; 0 where they are no names of outputs or one comes twice. */
function outputNames(words: u32): u32 {
  if (words === 0) {
    const list = newList(1);
    setElement(list, 0, known(OUT));
    return list;
  }
  const bytes = bytesOf(words);
  const length = lengthOf(words);
  const list = newList(length / 2 + 1);
  let count: u32 = 0;
  let i: u32 = 0;
  while (i < length) {
    while (i < length && isSpace(load<u8>(bytes + i))) i++;
    const start = i;
    while (i < length && !isSpace(load<u8>(bytes + i))) i++;
    if (i === start) break;
    const name = symbolOf(bytes + start, i - start);
    if (name === known(DRV_PATH) || i - start > 40 || !isGoodName(name)) return 0;
    setElement(list, count++, name);
  }
  if (count === 0) return 0;
  store<u32>(list + 4, count);
  const sorted = sortedStrings(list);
  return lengthOf(sorted) === count ? sorted : 0;
}

function isSpace(c: u32): bool {
  return c === 32 || c === 9 || c === 10 || c === 13;
}

/** The outputs of the derivation being made: (name, path, 0)... in order; and of a fixed output the algorithm and hash, else 0. */
let outputs: u32 = 0;
let outputCount: u32 = 0;
let algorithm: u32 = 0;
let hash: u32 = 0;

/** Nothing is evaluated from here on. */
function assembled(name: u32, env: u32, count: u32, args: u32, context: u32): u32 {
  const builder = variable(env, count, BUILDER);
  const system = variable(env, count, SYSTEM);
  if (builder === 0 || system === 0 || lengthOf(builder) === 0 || lengthOf(system) === 0) return 0;
  const list = outputNames(variable(env, count, OUTPUTS));
  if (list === 0 || !readInputs(context)) return 0;
  outputCount = lengthOf(list);
  outputs = alloc(ENTRY * outputCount);
  for (let i: u32 = 0; i < outputCount; i++) setEntry(outputs + ENTRY * i, elementOf(list, i), 0, 0);
  algorithm = 0;
  hash = 0;
  // The environment in order, with the outputs: the third word is the output's number + 1.
  const all = alloc(ENTRY * (count + outputCount));
  const order = alloc(4 * (count + outputCount));
  const total = withOutputs(all, order, env, count);
  const outputHash = variable(env, count, OUTPUT_HASH);
  // How to hash, but no hash: it may be told wrong.
  if (outputHash === 0 && variable(env, count, OUTPUT_HASH_MODE) !== 0) return 0;
  if (outputHash !== 0) {
    if (outputCount !== 1 || elementOf(list, 0) !== known(OUT)) return 0;
    const fixed = fixedOutput(outputHash, variable(env, count, OUTPUT_HASH_ALGO), variable(env, count, OUTPUT_HASH_MODE), name);
    if (fixed === 0) return 0;
    store<u32>(outputs + 4, elementOf(fixed, 0));
    algorithm = elementOf(fixed, 1);
    hash = elementOf(fixed, 2);
  } else {
    const start = here();
    putDerivation(true, true, system, builder, args, order, total);
    const modulo = digestFrom(start);
    const hex = here();
    putHex(modulo, 32);
    for (let i: u32 = 0; i < outputCount; i++) store<u32>(outputs + ENTRY * i + 4, outputPath(nameAt(outputs + ENTRY * i), hex, name));
    backTo(start);
  }
  return registered(name, system, builder, args, order, total);
}

function withOutputs(all: u32, order: u32, env: u32, count: u32): u32 {
  memory.copy(all, env, ENTRY * count);
  let total = count;
  for (let i: u32 = 0; i < outputCount; i++) {
    let at: u32 = 0;
    while (at < total && nameAt(all + ENTRY * at) !== nameAt(outputs + ENTRY * i)) at++;
    setEntry(all + ENTRY * at, nameAt(outputs + ENTRY * i), 0, i + 1);
    if (at === total) total++;
  }
  for (let i: u32 = 0; i < total; i++) store<u32>(order + 4 * i, all + ENTRY * i);
  sortByName(order, total);
  return total;
}

/** /nix/store/HASH-NAME of an output; `hex`: where the 64 digits of the derivation's hash are. */
function outputPath(output: u32, hex: u32, name: u32): u32 {
  const start = here();
  putText('output:');
  putString(output);
  return storePath(start, hex, name, output === known(OUT) ? 0 : output, false);
}

/** Ends what was put since `start`, the type of a path, to what a path's hash is of; answers the path as a symbol. */
function storePath(start: u32, hex: u32, name: u32, output: u32, isDrv: bool): u32 {
  putText(':sha256:');
  putBytes(hex, 64);
  put(58);
  putString(known(STORE_DIR));
  put(58);
  putName(name, output, isDrv);
  const digest = digestFrom(start);
  backTo(start);
  putString(known(STORE_DIR));
  put(47);
  putPathHash(digest);
  put(45);
  putName(name, output, isDrv);
  return symbolFrom(start);
}

function putName(name: u32, output: u32, isDrv: bool): void {
  putString(name);
  if (output !== 0) {
    put(45);
    putString(output);
  }
  if (isDrv) putText('.drv');
}

// @ts-ignore: decorator
@inline
function putText(text: string): void {
  for (let i = 0; i < text.length; i++) put(text.charCodeAt(i));
}

/** The ATerm. `mask`: without the outputs' paths; `hashed`: with hashes for inputs. */
function putDerivation(mask: bool, hashed: bool, system: u32, builder: u32, args: u32, env: u32, count: u32): void {
  putText('Derive([');
  for (let i: u32 = 0; i < outputCount; i++) {
    const output = outputs + ENTRY * i;
    if (i > 0) put(44);
    put(40);
    putQuoted(nameAt(output));
    putText(',"');
    if (!mask) putString(valueAt(output));
    putText('","');
    if (algorithm !== 0) putString(algorithm);
    putText('","');
    if (hash !== 0) putString(hash);
    putText('")');
  }
  putText('],');
  if (hashed) putHashedInputs();
  else putInputs();
  put(44);
  putSources();
  put(44);
  putQuoted(system);
  put(44);
  putQuoted(builder);
  put(44);
  putStrings(args);
  putText(',[');
  for (let i: u32 = 0; i < count; i++) {
    const entry = load<u32>(env + 4 * i);
    const output = load<u32>(entry + 8);
    if (i > 0) put(44);
    put(40);
    putQuoted(nameAt(entry));
    put(44);
    if (output === 0) putQuoted(valueAt(entry));
    else if (mask) putText('""');
    else putQuoted(valueAt(outputs + ENTRY * (output - 1)));
    put(41);
  }
  putText('])');
}

/** Writes the derivation, unless that was done, and answers what derivationStrict does. */
function registered(name: u32, system: u32, builder: u32, args: u32, env: u32, count: u32): u32 {
  const start = here();
  putDerivation(false, false, system, builder, args, env, count);
  const length = here() - start;
  const paths = references();
  const hex = here();
  putHex(digestFrom(start), 32);
  const type = here();
  putText('text');
  putReferences(paths);
  const drvPath = storePath(type, hex, name, 0, true);
  if (knownHash(drvPath) === 0) {
    writeDerivation(drvPath, start, length, paths);
    backTo(start);
    rememberHash(drvPath, inputHashOf(system, builder, args, env, count));
  }
  backTo(start);
  return answer(drvPath);
}

/** What stands for the derivation in the hashes of those that use it. */
function inputHashOf(system: u32, builder: u32, args: u32, env: u32, count: u32): u32 {
  const start = here();
  if (hash !== 0) {
    putText('fixed:out:');
    putString(algorithm);
    put(58);
    putString(hash);
    put(58);
    putString(valueAt(outputs));
  } else putDerivation(false, true, system, builder, args, env, count);
  const digest = digestFrom(start);
  backTo(start);
  putHex(digest, 32);
  const result = stringFrom(start, 64, 0);
  backTo(start);
  return result;
}

/** `{ drvPath, OUTPUT = path, ... }` with the contexts that make their users depend on the derivation. */
function answer(drvPath: u32): u32 {
  const entries = alloc(ENTRY * (outputCount + 1));
  const start = here();
  put(61);
  putString(drvPath);
  setEntry(entries, known(DRV_PATH), stringFrom(bytesOf(drvPath), lengthOf(drvPath), contextFrom(symbolFrom(start))), 0);
  for (let i: u32 = 0; i < outputCount; i++) {
    const output = outputs + ENTRY * i;
    put(33);
    putString(nameAt(output));
    put(33);
    putString(drvPath);
    const path = valueAt(output);
    setEntry(entries + ENTRY * (i + 1), nameAt(output), stringFrom(bytesOf(path), lengthOf(path), contextFrom(symbolFrom(start))), 0);
  }
  return attrsFrom(entries, outputCount + 1);
}
