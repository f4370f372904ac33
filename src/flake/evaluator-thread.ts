import { SHARE_ENV, type Worker } from 'node:worker_threads';
import { startThread } from '../io/start-thread.ts';

/**
 * The stack of the evaluator, in MB of address space: memory is taken only as deep as it is used, about a kilobyte for a nested call of a Nix
 * function (Nix itself stops at 10,000). 900 MB hold a million of them, but as the garbage collector looks through the whole stack again and
 * again, a recursion without end then took a minute to be found out.
 */
const STACK_MB = 256;
/** The heap's young part. Larger semi-spaces than 16 MB (a third of it) did not make evaluation faster, 64 MB slower; smaller ones keep the peak of memory down. */
const YOUNG_MB = 48;

/**
 * Starts the evaluator's thread, which waits to be told its options: so it can be begun before they are known, and starts beside the main
 * thread. The environment is shared, as the command line may set variables meanwhile.
 */
export function startEvaluatorThread(): Worker {
  return startThread('eval-worker', { env: SHARE_ENV, resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB } }, 'eval-start.cjs');
}

/** What there was before the evaluator was asked for. */
export interface EarlyEvaluator {
  /** A thread that was begun already, for the first who asks. */
  thread: Worker | undefined;
  /** To be done before a thread is told its options, which changes V8's flags for the whole process. */
  beforeUse(): void;
}

let early: EarlyEvaluator = { thread: undefined, beforeUse: () => {} };

export function offerEvaluator(offered: EarlyEvaluator): void {
  early = offered;
}

export function takeEvaluatorThread(): Worker {
  const thread = early.thread ?? startEvaluatorThread();
  early.thread = undefined;
  early.beforeUse();
  thread.ref();
  return thread;
}
