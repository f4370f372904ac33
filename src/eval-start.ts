/** Starts the bundled evaluator in its thread: dist/eval-start.cjs runs dist/eval-worker.cjs with the code that V8 kept of an earlier run. */
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import type { WorkerStart } from './flake/worker-protocol.ts';
import { runProgram } from './io/kept-program.ts';
import { version } from './version.ts';

const cachePath = join((workerData as WorkerStart).options.cacheDir, `eval-worker-${version}.code`);
const program = runProgram<typeof import('./eval-worker.ts')>(join(__dirname, 'eval-worker.cjs'), require, cachePath);
const begun = performance.now();
program.exports.beforeFirstAnswer(() => program.keepCode(performance.now() - begun));
