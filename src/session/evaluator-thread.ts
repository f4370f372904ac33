import { SHARE_ENV, type Worker } from 'node:worker_threads';
import { startThread } from '../system/start-thread.ts';

/**
 * The stack of the evaluator, in MB of address space: memory is taken only as deep as it is used. A nested call of a small Nix function takes about
 * 400 bytes once its code has been optimised, twice as much before: this holds a million of `1 + f (n - 1)` (Nix itself stops at 10,000), which 380 MB
 * just do. The garbage collector looks through the whole stack again and again, so a recursion without end takes longer to be found out than a
 * stack is larger: 1.3 s of processor time and 0.45 GB with 256 MB, 3 s and 0.7 GB with this one, 12 s and 1.4 GB with 950 MB.
 */
const STACK_MB = 448;
/** The heap's young part. Larger semi-spaces than 16 MB (a third of it) did not make evaluation faster, 64 MB slower; smaller ones keep the peak of memory down. */
const YOUNG_MB = 48;

/** What the thread knows from its start. */
export interface EvaluatorThreadData {
  /** The process is the command line's own, so V8's flags, which are those of the whole process, may be changed. */
  ownsProcess: boolean;
}

/**
 * Starts the evaluator's thread, which waits to be told its options: so it can be begun before they are known, and starts beside the main
 * thread. The process's environment is shared, unless it is to have another.
 */
export function startEvaluatorThread({ ownsProcess, env }: EvaluatorThreadData & { env?: NodeJS.ProcessEnv | undefined }): Worker {
  const workerData: EvaluatorThreadData = { ownsProcess };
  return startThread(
    'eval-worker',
    { workerData, env: env ?? SHARE_ENV, resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB } },
    'eval-start.cjs',
  );
}

/** What there was before the evaluator was asked for, in a process that is the command line's own. */
export interface EarlyEvaluator {
  /** A thread that was begun already, for the first who asks. */
  thread: Worker | undefined;
  /** To be done before a thread is told its options, which changes V8's flags for the whole process. */
  beforeUse(): void;
}

let early: EarlyEvaluator | undefined;

export function offerEvaluator(offered: EarlyEvaluator): void {
  early = offered;
}

/** A thread that was begun already has the process's environment. */
export function takeEvaluatorThread(env?: NodeJS.ProcessEnv): Worker {
  const begun = env === undefined ? early?.thread : undefined;
  const thread = begun ?? startEvaluatorThread({ ownsProcess: early !== undefined, env });
  if (early && begun) early.thread = undefined;
  early?.beforeUse();
  thread.ref();
  return thread;
}
