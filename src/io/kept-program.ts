/**
 * Runs a bundled program with the code that V8 kept of an earlier run, which saves most of what it costs to start. The program is one CommonJS
 * script, as only scripts, not modules, can be given kept code.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as vm from 'node:vm';
import { CodeCacheFile } from './code-cache.ts';

export interface RunningProgram<Exports> {
  exports: Exports;
  /**
   * Keeps what was compiled until now, when nothing is kept or more was done than by the run that it is of. To be called when the work is done, as
   * functions are compiled when they are first called.
   */
  keepCode(milliseconds: number): void;
}

export function runProgram<Exports extends object>(file: string, require: NodeJS.Require, cachePath: string): RunningProgram<Exports> {
  // Node before 20.12 cannot tell a script how to import.
  const importing = (vm.constants as typeof vm.constants | undefined)?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  if (importing === undefined) return { exports: require(file) as Exports, keepCode: () => {} };
  const bytes = readFileSync(file);
  const cache = new CodeCacheFile(cachePath, bytes);
  const kept = cache.load();
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${bytes.toString('utf8')}\n})`, {
    filename: file, cachedData: kept?.data, importModuleDynamically: importing,
  });
  const program = { exports: {} as Exports };
  (script.runInThisContext() as (...args: unknown[]) => void)(program.exports, require, program, file, dirname(file));
  return {
    exports: program.exports,
    keepCode(milliseconds) {
      const work = Math.max(0, Math.ceil(Math.log2(milliseconds)));
      if (!kept || script.cachedDataRejected || work > kept.work) cache.save({ data: script.createCachedData(), work });
    },
  };
}
