/**
 * V8's settings for evaluation, made from within the evaluator's thread once it runs. Not sooner: Node starts a thread from a snapshot of its own
 * modules' code, which V8 accepts only while all flags are as they were when Node was built; else starting a thread takes twice as long. Flags are
 * of the whole process: in a program that imports bootflake none is touched.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

interface Flag {
  text: string;
  /** The major versions of V8 that know the flag and that it was measured with. */
  from: number;
  upTo: number;
}

/**
 * V8 prints an error of its own for a flag that it does not know, so each is set only in versions known to have it: Node 20 has V8 11, Node 22
 * has 12, Node 24 has 13, Node 26 has 14. An unknown version gets none.
 *
 * Evaluation makes many small objects, most of which live either very shortly or to its end. Guessing the long-lived ones by where they were
 * made costs more than it gives. Optimising code only when it has run three times longer than V8 waits by itself saves a fifth of the work of a
 * short evaluation, and costs a long one nothing. The young part of the heap gets its whole size as soon as it has once been too small.
 */
const FLAGS: Flag[] = [
  { text: '--no-allocation-site-pretenuring', from: 11, upTo: 14 },
  { text: '--interrupt-budget=400000', from: 11, upTo: 11 },
  { text: '--semi-space-growth-factor=16', from: 11, upTo: 14 },
];

/** The flags that this version of V8 (as in `process.versions.v8`) knows and gains from. */
export function evaluatorFlags(v8Version: string): string[] {
  return FLAGS.filter((flag) => isWithin(v8Version, flag)).map(({ text }) => text);
}

export function fitFlags(): void {
  evaluatorFlags(process.versions.v8).forEach(setFlagsFromString);
}

let mayChangeFlags = false;

/** Without this the functions below change no flag. */
export function allowFlags(): void {
  mayChangeFlags = true;
}

const GROWTH = '--heap-growing-percent';

/** Of V8's versions, those whose heap is known to grow as that flag says; none in a process that is not ours. */
function knowsGrowth(): boolean {
  return mayChangeFlags && isWithin(process.versions.v8, { from: 11, upTo: 14 });
}

function isWithin(v8Version: string, { from, upTo }: Pick<Flag, 'from' | 'upTo'>): boolean {
  const major = Number.parseInt(v8Version, 10);
  return major >= from && major <= upTo;
}

/**
 * Collecting the old objects before there is about 1 GB of them is in vain. How far a heap may grow at first only a flag can say, for which it
 * is too late when a thread runs; but each whole collection sets it anew, and one of the little that a thread begins with takes 5 ms.
 */
export function letHeapGrow(): void {
  if (!knowsGrowth()) return;
  setFlagsFromString('--expose-gc');
  growing(() => (runInNewContext('gc') as () => void)());
  setFlagsFromString('--no-expose-gc');
}

/** Runs what has V8 collect the whole heap, after which the heap may grow as by `letHeapGrow`. */
export function growing<T>(run: () => T): T {
  if (!knowsGrowth()) return run();
  setFlagsFromString(`${GROWTH}=30000`);
  try {
    return run();
  } finally {
    setFlagsFromString(`${GROWTH}=0`);
  }
}
