/** Starts the bundled evaluator in its thread: dist/eval-start.cjs runs dist/eval-worker.cjs with V8's code cache of an earlier run. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvaluatorThreadData } from '../session/evaluator-thread.ts';
import type { WorkerStart } from '../session/worker-protocol.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { fitFlags } from '../session/evaluator-heap.ts';
import { KeptProgram } from '../kept/kept-program.ts';
import { version } from '../base/version.ts';

const { ownsProcess } = workerData as EvaluatorThreadData;

// V8 takes kept code only with the flags that it was kept with.
const program = new KeptProgram<typeof import('./eval-worker.ts')>(
  join(__dirname, 'eval-worker.cjs'),
  join(cacheDirectory(), `${ownsProcess ? 'eval-worker' : 'eval-library'}-${version}.code`),
);

parentPort?.once('message', (start: WorkerStart) => {
  // Only now, as flags apply to the whole process, and the main thread uses a code cache too.
  if (ownsProcess) fitFlags();
  const begun = monotonicMilliseconds();
  const { begin, beforeFirstResult } = program.run(require);
  beforeFirstResult(() => program.keepCode(monotonicMilliseconds() - begun));
  begin(start);
});
