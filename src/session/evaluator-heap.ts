/**
 * V8's flags for evaluation, set from within the running evaluator thread. Not earlier: Node starts a thread from a snapshot of its own
 * modules' code, which V8 accepts only while all flags are as they were when Node was built; otherwise a thread takes twice as long to
 * start. Flags apply to the whole process: in a program that imports bootflake none is changed.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

interface Flag {
  text: string;
  /** The major versions of V8 that know the flag and for which it was measured. */
  from: number;
  upTo: number;
}

/**
 * V8 prints an error for an unknown flag, so each is set only in versions known to have it: Node 20 has V8 11, Node 22 has 12, Node 24 has
 * 13, Node 26 has 14. An unknown version gets none.
 *
 * Evaluation allocates many small objects, most of which live either very briefly or until its end. Predicting the long-lived ones by
 * allocation site costs more than it gains. Optimising code three times later than V8's default saves a fifth of the work of a short
 * evaluation and costs a long one nothing. The young generation grows to its full size as soon as it has been too small once.
 */
const FLAGS: Flag[] = [
  { text: '--no-allocation-site-pretenuring', from: 11, upTo: 14 },
  { text: '--interrupt-budget=400000', from: 11, upTo: 11 },
  { text: '--semi-space-growth-factor=16', from: 11, upTo: 14 },
];

/** The flags that this version of V8 (as in `process.versions.v8`) knows and benefits from. */
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

/** True for the versions of V8 whose heap is known to grow as that flag says; false in a program that imports bootflake. */
function knowsGrowth(): boolean {
  return mayChangeFlags && isWithin(process.versions.v8, { from: 11, upTo: 14 });
}

function isWithin(v8Version: string, { from, upTo }: Pick<Flag, 'from' | 'upTo'>): boolean {
  const major = Number.parseInt(v8Version, 10);
  return major >= from && major <= upTo;
}

/**
 * Collecting old objects before there is about 1 GB of them is wasted work. Only a flag sets the initial limit of a heap, too late once a
 * thread runs; but each full collection sets it again, and one takes 5 ms on the small heap that a thread begins with.
 */
export function letHeapGrow(): void {
  if (!knowsGrowth()) return;
  setFlagsFromString('--expose-gc');
  growing(() => (runInNewContext('gc') as () => void)());
  setFlagsFromString('--no-expose-gc');
}

/** Calls `run`, which makes V8 collect the whole heap; afterwards the heap may grow as after `letHeapGrow`. */
export function growing<T>(run: () => T): T {
  if (!knowsGrowth()) return run();
  setFlagsFromString(`${GROWTH}=30000`);
  try {
    return run();
  } finally {
    setFlagsFromString(`${GROWTH}=0`);
  }
}
