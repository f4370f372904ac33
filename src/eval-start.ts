/**
 * Starts the bundled evaluator in its thread: dist/eval-start.cjs runs dist/eval-worker.cjs with the code that V8 kept of an earlier run, which
 * saves most of what it costs to start. Both are CommonJS, as only scripts, not modules, can be given kept code.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vm from 'node:vm';
import { workerData } from 'node:worker_threads';
import type { WorkerStart } from './flake/worker-protocol.ts';
import { CodeCacheFile } from './io/code-cache.ts';
import { version } from './version.ts';

/** A run that took longer, in ms, has used most of the program. */
const LONG = 400;

type EvalWorker = typeof import('./eval-worker.ts');

function start(file: string): void {
  // Node before 20.12 cannot tell a script how to import.
  const importing = (vm.constants as typeof vm.constants | undefined)?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  if (importing === undefined) return void require(file);
  const text = readFileSync(file, 'utf8');
  const cache = new CodeCacheFile(join((workerData as WorkerStart).options.cacheDir, `eval-worker-${version}.code`), text);
  const kept = cache.load();
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, { filename: file, cachedData: kept?.data, importModuleDynamically: importing });
  const program = { exports: {} as EvalWorker };
  (script.runInThisContext() as (...args: unknown[]) => void)(program.exports, require, program, file, __dirname);
  if (kept?.thorough && !script.cachedDataRejected) return;
  const begun = performance.now();
  program.exports.beforeFirstAnswer(() => {
    const thorough = performance.now() - begun > LONG;
    if (thorough || !kept || script.cachedDataRejected) cache.save({ data: script.createCachedData(), thorough });
  });
}

start(join(__dirname, 'eval-worker.cjs'));
