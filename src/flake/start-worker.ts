import type { Worker } from 'node:worker_threads';
import { openCallLine } from '../io/main-thread-calls.ts';
import { startThread } from '../io/start-thread.ts';
import { ensureIndex, lockDebian } from './debian-service.ts';
import { hostSystem } from './host-system.ts';
import type { FlakeSessionOptions } from './session-types.ts';
import type { MainThreadRequests, WorkerStart } from './worker-protocol.ts';

/**
 * The stack of the evaluator, in MB of address space: memory is taken only as deep as it is used, about a kilobyte for a nested call of a Nix
 * function (Nix itself stops at 10,000). 900 MB hold a million of them, but as the garbage collector looks through the whole stack again and
 * again, a recursion without end then took a minute to be found out.
 */
const STACK_MB = 256;
/** The heap's young part. Larger semi-spaces than 32 MB (a third of it) made evaluation slower. */
const YOUNG_MB = 96;

/** Starts the evaluator's thread and answers what it asks of this one. */
export function startEvalWorker(options: FlakeSessionOptions, cacheDir: string): { worker: Worker; close(): void } {
  const answers: { [M in keyof MainThreadRequests]: (argument: MainThreadRequests[M]['argument']) => Promise<MainThreadRequests[M]['answer']> } = {
    realise: (items) => options.realise(items),
    lockDebian: ({ suite, previous }) => lockDebian(suite, previous, options, cacheDir),
    ensureDebianIndex: (facts) => ensureIndex(facts, options, cacheDir),
  };
  const { line, close } = openCallLine((method, argument) => answers[method as keyof MainThreadRequests](argument as never));
  const workerData: WorkerStart = {
    options: { flake: options.settings, baseDir: options.cwd, storeRoot: options.store.root, cacheDir, system: hostSystem() }, line,
  };
  const worker = startThread('eval-worker', { workerData, transferList: [line.port], resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB } });
  return { worker, close };
}
