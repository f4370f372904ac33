import { SHARE_ENV, type Worker } from 'node:worker_threads';
import { startThread } from '../system/start-thread.ts';

/**
 * The evaluator's stack, in MB of address space: only the used depth takes memory. A nested call of a small Nix function takes about 400
 * bytes once its code is optimised, twice as much before: this holds a million calls of `1 + f (n - 1)` (Nix itself stops at 10,000), which
 * just fit in 380 MB. The garbage collector scans the whole stack repeatedly, so the time to detect an infinite recursion grows faster than
 * the stack: 1.3 s of processor time and 0.45 GB with 256 MB, 3 s and 0.7 GB with this one, 12 s and 1.4 GB with 950 MB.
 */
const STACK_MB = 448;
/**
 * The young generation. Semi-spaces above 16 MB (a third of it) did not make evaluation faster, 64 MB made it slower; smaller ones lower
 * the memory peak.
 */
const YOUNG_MB = 48;

/** What the thread knows from its start. */
export interface EvaluatorThreadData {
  /** The process is the command line's own, so V8's flags, which are those of the whole process, may be changed. */
  ownsProcess: boolean;
}

/**
 * Starts the evaluator's thread, which waits for its options: so it can be started before they are known, in parallel to the main thread.
 * The process's environment is shared, unless another one is given.
 */
export function startEvaluatorThread({ ownsProcess, env }: EvaluatorThreadData & { env?: NodeJS.ProcessEnv | undefined }): Worker {
  const workerData: EvaluatorThreadData = { ownsProcess };
  return startThread(
    'eval-worker',
    { workerData, env: env ?? SHARE_ENV, resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB } },
    'eval-start.cjs',
  );
}

/** What exists before the evaluator is first used, in a process that is the command line's own. */
export interface EarlyEvaluator {
  /** A thread started ahead, for the first caller. */
  thread: Worker | undefined;
  /** Must be called before a thread receives its options, which changes V8's flags for the whole process. */
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
