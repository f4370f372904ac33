import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Evaluator } from '../evaluator/index.ts';
import { type ExpressionCache, ExpressionTexts, Machine } from '../evaluator/machine.ts';
import { growing } from './evaluator-heap.ts';
import { packageRoot } from '../system/package-root.ts';

/** Bytes of a WebAssembly page. */
const PAGE = 1 << 16;
/** Addresses have 32 bits. */
const MOST_PAGES = 65535;

/**
 * Half of the available memory, as the machine never frees anything: when that is not enough, the plain evaluator, which collects garbage,
 * takes over. Untouched memory is not taken from the system.
 */
function machinePages(): number {
  // Since Node 19.6; without a limit it is 0 or more than the memory of the host.
  const constrained = process.constrainedMemory?.() || Infinity;
  return Math.min(MOST_PAGES, Math.floor(Math.min(totalmem(), constrained) / 2 / PAGE));
}

/** Returns a machine for an evaluator; undefined when the address space does not suffice. */
export function openMachine(ev: Evaluator, cache: ExpressionCache | undefined): Machine | undefined {
  const module = new WebAssembly.Module(readFileSync(join(packageRoot(), 'dist/machine.wasm')));
  const pages = machinePages();
  try {
    // V8 counts the machine's memory and therefore collects the heap.
    return growing(
      () => new Machine(ev, module, new ExpressionTexts(ev, cache), new WebAssembly.Memory({ initial: pages, maximum: pages })),
    );
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
