/** What JavaScript calls (src/machine/machine.ts). */
import { initCall } from './call';
import { initHeap } from './cells';
import { initAttrsets } from './attrsets';
import { initClosure } from './closure';
import { initCoerce } from './coerce';
import { initCompare } from './compare';
import { initInputs } from './derivation-inputs';
import { initForce } from './force';
import { initImport } from './import';
import { initLists } from './lists';
import { initSymbols } from './symbols';
import { initText } from './text';

export { allocate, EMPTY_ATTRS, EMPTY_LIST, EMPTY_STRING, FALSE, float, heapTop, int, NULL, TRUE } from './cells';
export { attrsFrom } from './attrs';
export { call1, call2, callMany } from './call';
export { contextFrom, mergeContexts } from './context';
export { entriesByName } from './attrs';
export { evaluate } from './evaluate';
export { forceValue, mark, restore } from './force';
export { initDerivations } from './derivation-names';
export { knownHash } from './derivation-inputs';
export { initSyntax } from './syntax-names';
export { link } from './link';
export { parse } from './parse';
export { setTypeName } from './types';
export { symbol, symbolOf } from './symbols';
export { coerceToString } from './coerce';
export { writtenSize } from './written';

/** The heap from `start` to `text`, bytes that are put together from there to `end`; room for `depth` values that are being evaluated. To be called first. */
export function init(start: u32, text: u32, end: u32, depth: u32): void {
  initHeap(start, text);
  initText(text, end);
  initSymbols();
  initForce(depth);
  initInputs();
}

/** The symbols that the machine itself needs. */
export function initNames(
  functor: u32, toString: u32, outPath: u32, one: u32, type: u32, derivation: u32, right: u32, wrong: u32, name: u32, value: u32,
  startSet: u32, operator: u32, key: u32, success: u32,
): void {
  initCall(functor);
  initCoerce(toString, outPath, one);
  initCompare(type, derivation, outPath);
  initLists(right, wrong);
  initAttrsets(name, value);
  initClosure(startSet, operator, key);
  initImport(success, value);
}

/** Where the memory of constants ends and the heap may begin. */
export function heapBase(): u32 {
  return <u32>__heap_base;
}

