/** What JavaScript calls (src/machine/machine.ts). */
import { initHeap } from './cells';
import { initInputs } from './derivation-inputs';
import { initForce } from './force';
import { initSymbols } from './symbols';
import { initText } from './text';

export { allocate, EMPTY_ATTRS, EMPTY_LIST, EMPTY_STRING, FALSE, float, int, NULL, TRUE } from './cells';
export { attrsFrom, entriesByName, find } from './attrs';
export { callMany } from './call';
export { contextFrom, mergeContexts } from './context';
export { evaluate } from './evaluate';
export { forceValue } from './force';
export { initNames } from './names';
export { knownHash } from './derivation-inputs';
export { initSyntax } from './syntax-names';
export { link } from './link';
export { parse } from './parse';
export { setTypeName } from './types';
export { symbol } from './symbols';
export { coerceToString } from './coerce';
export { writtenSize } from './written';

/**
 * The heap from `start` to `text`, bytes that are put together from there to `end`; room for `depth` values that are being evaluated. To be
 * called first.
 */
export function init(start: u32, text: u32, end: u32, depth: u32): void {
  initHeap(start, text);
  initText(text, end);
  initSymbols();
  initForce(depth);
  initInputs();
}

/** Where the memory of constants ends and the heap may begin. */
export function heapBase(): u32 {
  return <u32>__heap_base;
}
