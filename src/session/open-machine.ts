import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Evaluator } from '../eval/evaluator.ts';
import { ExpressionTexts, type ExpressionCache } from '../machine/expression-texts.ts';
import { Machine } from '../machine/machine.ts';
import { growing } from './evaluator-heap.ts';
import { packageRoot } from '../system/package-root.ts';

/** Bytes of a page of WebAssembly's. */
const PAGE = 1 << 16;
/** Addresses have 32 bits. */
const MOST_PAGES = 65535;

/**
 * Half of the memory that there is, as nothing in the machine is ever freed: where that is not enough the plain evaluator, which collects its garbage,
 * takes over. What is not touched is not taken from the system.
 */
function machinePages(): number {
  // Since Node 19.6; 0 or more than there is where nothing is constrained.
  const constrained = process.constrainedMemory?.() || Infinity;
  return Math.min(MOST_PAGES, Math.floor(Math.min(totalmem(), constrained) / 2 / PAGE));
}

/** A machine for an evaluator; undefined where there is not enough address space for one. */
export function openMachine(ev: Evaluator, cache: ExpressionCache | undefined): Machine | undefined {
  const module = new WebAssembly.Module(readFileSync(join(packageRoot(), 'dist/machine.wasm')));
  const pages = machinePages();
  try {
    // V8 counts its memory, and so collects the heap.
    return growing(
      () => new Machine(ev, module, new ExpressionTexts(ev, cache), new WebAssembly.Memory({ initial: pages, maximum: pages })),
    );
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
