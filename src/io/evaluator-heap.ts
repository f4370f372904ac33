/**
 * How V8 is fitted to evaluation, from within the evaluator's thread once it runs. Not sooner: Node starts a thread from code that it keeps of its own
 * modules, which V8 takes only as long as all flags are as they were when Node was built; else starting a thread takes twice as long.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Evaluation makes many small objects, most of which live either very shortly or to its end. Guessing the long-lived ones by where they were
 * made costs more than it gives. Optimising code only when it has run three times longer than V8 waits by itself saves a fifth of the work of a
 * short evaluation, and costs a long one nothing. The young part of the heap gets its whole size as soon as it has once been too small.
 */
const FLAGS = ['--no-allocation-site-pretenuring', '--interrupt-budget=400000', '--semi-space-growth-factor=16'];

export function fitFlags(): void {
  FLAGS.forEach(setFlagsFromString);
}

/**
 * Collecting the old objects before there is about 1 GB of them is in vain. How far a heap may grow at first only a flag can say, for which it
 * is too late when a thread runs; but each whole collection sets it anew, and one of the little that a thread begins with takes 5 ms.
 */
export function letHeapGrow(): void {
  setFlagsFromString('--expose-gc');
  growing(() => (runInNewContext('gc') as () => void)());
  setFlagsFromString('--no-expose-gc');
}

/** Runs what has V8 collect the whole heap, after which the heap may grow as by `letHeapGrow`. */
export function growing<T>(run: () => T): T {
  setFlagsFromString('--heap-growing-percent=30000');
  try {
    return run();
  } finally {
    setFlagsFromString('--heap-growing-percent=0');
  }
}
