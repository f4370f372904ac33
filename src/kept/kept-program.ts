/**
 * Runs a bundled program with the code cache that V8 produced in an earlier run, which saves most of the start-up time. The program is a
 * single CommonJS script without imports, as only scripts, not modules, accept cached code. V8 accepts the cache only under the flags that
 * it was produced with.
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
   * Saves the code compiled so far, unless the saved code is of a longer run. Call it when the work is done, as V8 compiles functions on
   * their first call.
   */
  keepCode(milliseconds: number): void {
    const work = Math.max(0, Math.ceil(Math.log2(milliseconds)));
    if (!this.script || (this.kept && !this.script.cachedDataRejected && work <= this.kept.work)) return;
    this.cache.save({ data: this.script.createCachedData(), work });
  }
}
