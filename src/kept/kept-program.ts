/**
 * A bundled program, run with the code that V8 kept of an earlier run, which saves most of what it costs to start. The program is one CommonJS
 * script that imports nothing, as only scripts, not modules, can be given kept code. V8 takes it only with the flags that it was kept with.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';
import { CodeCacheFile, type KeptCode } from './code-cache.ts';

export class KeptProgram<Exports extends object> {
  private readonly bytes: Buffer;
  private readonly cache: CodeCacheFile;
  private readonly kept: KeptCode | undefined;
  private script: Script | undefined;

  constructor(
    private readonly file: string,
    cachePath: string,
  ) {
    this.bytes = readFileSync(file);
    this.cache = new CodeCacheFile(cachePath, this.bytes);
    this.kept = this.cache.load();
  }

  run(require: NodeJS.Require): Exports {
    this.script = new Script(`(function (exports, require, module, __filename, __dirname) {${this.bytes.toString('utf8')}\n})`, {
      filename: this.file,
      cachedData: this.kept?.data,
    });
    const program = { exports: {} as Exports };
    (this.script.runInThisContext() as (...args: unknown[]) => void)(program.exports, require, program, this.file, dirname(this.file));
    return program.exports;
  }

  /**
   * Keeps what was compiled until now, when nothing is kept or less was done by the run that it is of. Functions are compiled when they are first
   * called, so this is for when the work is done.
   */
  keepCode(milliseconds: number): void {
    const work = Math.max(0, Math.ceil(Math.log2(milliseconds)));
    if (!this.script || (this.kept && !this.script.cachedDataRejected && work <= this.kept.work)) return;
    this.cache.save({ data: this.script.createCachedData(), work });
  }
}
