import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { openCallLine } from '../io/main-thread-calls.ts';
import { startThread } from '../io/start-thread.ts';
import { downloadToFile } from './download-service.ts';
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
/** The heap's young part. Larger semi-spaces than 16 MB (a third of it) did not make evaluation faster, 64 MB slower; smaller ones keep the peak of memory down. */
const YOUNG_MB = 48;

/**
 * Evaluation makes many small objects, most of which live either very shortly or to its end. Guessing the long-lived ones by where they were
 * made costs more than it gives, and collecting the old ones before there is 1 GB of them is in vain: together a quarter of the time of
 * evaluating a NixOS system of nixpkgs. And optimising code only when it has run three times longer than V8 waits by itself saves a fifth of
 * the work of a short evaluation, and costs a long one nothing. Only threads started from now on go by the heap's flags; all may be set while V8 runs.
 */
const V8_FLAGS = ['--no-allocation-site-pretenuring', '--initial-old-space-size=1000', '--min-semi-space-size=16', '--interrupt-budget=400000'];

/** Starts the evaluator's thread and answers what it asks of this one. */
export function startEvalWorker(options: FlakeSessionOptions, cacheDir: string, interrupt: Int32Array): { worker: Worker; close(): void } {
  const forCall = (): FlakeSessionOptions => ({ ...options, signal: options.callSignal?.() ?? options.signal });
  const answers: { [M in keyof MainThreadRequests]: (argument: MainThreadRequests[M]['argument']) => Promise<MainThreadRequests[M]['answer']> } = {
    realise: (items) => options.realise(items),
    progress: async (event) => options.onProgress(event),
    download: (request) => downloadToFile(request, forCall().signal, options.onProgress),
    lockDebian: ({ suite, previous }) => lockDebian(suite, previous, forCall(), cacheDir),
    ensureDebianIndex: (facts) => ensureIndex(facts, forCall(), cacheDir),
  };
  const { line, close } = openCallLine((method, argument) => answers[method as keyof MainThreadRequests](argument as never));
  const workerData: WorkerStart = {
    options: { flake: options.settings, baseDir: options.cwd, storeRoot: options.store.root, cacheDir, system: hostSystem() }, line, interrupt,
  };
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  const worker = startThread('eval-worker', { workerData, transferList: [line.port], resourceLimits: { stackSizeMb: STACK_MB, maxYoungGenerationSizeMb: YOUNG_MB } }, 'eval-start.cjs');
  return { worker, close };
}
