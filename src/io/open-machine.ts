import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evaluator } from '../eval/evaluator.ts';
import { ExpressionTexts, type ExpressionCache } from '../machine/expression-texts.ts';
import { Machine } from '../machine/machine.ts';
import { growing } from './evaluator-heap.ts';
import { packageRoot } from './package-root.ts';

/** The memory in 64 KiB: addresses have 32 bits. What is not touched is not taken from the system. */
const PAGES = 65535;

/** A machine for an evaluator; undefined where there is not enough address space for one. */
export function openMachine(ev: Evaluator, cache: ExpressionCache | undefined): Machine | undefined {
  const module = new WebAssembly.Module(readFileSync(join(packageRoot(), 'dist/machine.wasm')));
  try {
    // V8 counts its memory, and so collects the heap.
    return growing(() => new Machine(ev, module, new ExpressionTexts(ev, cache), new WebAssembly.Memory({ initial: PAGES, maximum: PAGES })));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
