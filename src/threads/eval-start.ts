/** Starts the bundled evaluator in its thread: dist/eval-start.cjs runs dist/eval-worker.cjs with V8's code cache of an earlier run. */
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { WorkerStart } from '../session/worker-protocol.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { fitFlags } from '../session/evaluator-heap.ts';
import { KeptProgram } from '../kept/kept-program.ts';
import { version } from '../base/version.ts';

const program = new KeptProgram<typeof import('./eval-worker.ts')>(
  join(__dirname, 'eval-worker.cjs'),
  join(cacheDirectory(), `eval-worker-${version}.code`),
);

parentPort?.once('message', (start: WorkerStart) => {
  // Only now, as flags apply to the whole process, and the main thread uses a code cache too.
  fitFlags();
  const begun = monotonicMilliseconds();
  const { begin, beforeFirstResult } = program.run(require);
  beforeFirstResult(() => program.keepCode(monotonicMilliseconds() - begun));
  begin(start);
});
