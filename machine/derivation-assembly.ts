/** The second half of derivationStrict: from strings to a derivation's text, hashes and paths. Nothing is evaluated here. */
import { alloc, bytesOf, elementOf, lengthOf, stringFrom } from './cells';
import { attrsFrom, ENTRY, nameAt, setEntry, sortByName, valueAt } from './attrs';
import { contextFrom } from './context';
import {
  knownHash,
  putHashedInputs,
  putInputs,
  putReferences,
  putSources,
  putStrings,
  readInputs,
  references,
  rememberHash,
} from './derivation-inputs';
import { BUILDER, DRV_PATH, known, OUT, OUTPUT_HASH, OUTPUT_HASH_ALGO, OUTPUT_HASH_MODE, OUTPUTS, STORE_DIR, SYSTEM } from './names';
import { outputNames } from './derivation-outputs';
import { fixedOutput, writeDerivation } from './host';
import { backTo, digestFrom, here, put, putBytes, putHex, putPathHash, putQuoted, putString, symbolFrom } from './text';

function variable(env: u32, count: u32, number: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (nameAt(env + ENTRY * i) === known(number)) return valueAt(env + ENTRY * i);
  return 0;
}

/** The outputs of the derivation being made: (name, path, 0)... in order; and of a fixed output the algorithm and hash, else 0. */
let outputs: u32 = 0;
let outputCount: u32 = 0;
let algorithm: u32 = 0;
let hash: u32 = 0;

/** What derivationStrict answers; 0 where something is not as it is mostly. `env`: (name, string, 0)... in the order of the names. */
export function assembled(name: u32, env: u32, count: u32, args: u32, context: u32): u32 {
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
