/** Starts the bundled evaluator in its thread: dist/eval-start.cjs runs dist/eval-worker.cjs with the code that V8 kept of an earlier run. */
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { WorkerStart } from './flake/worker-protocol.ts';
import { cacheDirectory } from './io/cache-directory.ts';
import { monotonicMilliseconds } from './io/clock.ts';
import { fitFlags } from './io/evaluator-heap.ts';
import { KeptProgram } from './io/kept-program.ts';
import { version } from './version.ts';

const program = new KeptProgram<typeof import('./eval-worker.ts')>(join(__dirname, 'eval-worker.cjs'), join(cacheDirectory(), `eval-worker-${version}.code`));

parentPort?.once('message', (start: WorkerStart) => {
  // Only now, as flags are of the whole process, and the main thread keeps code too.
  fitFlags();
  const begun = monotonicMilliseconds();
  const { begin, beforeFirstAnswer } = program.run(require);
  beforeFirstAnswer(() => program.keepCode(monotonicMilliseconds() - begun));
  begin(start);
});
