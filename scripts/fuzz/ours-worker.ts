/** Our evaluator in a thread with a large stack: is told files, answers outcomes one by one. */
import { dirname, resolve } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { BootflakeError } from '../../src/base/errors.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { NixString, type Value } from '../../src/eval/value.ts';
import type { EvalHost } from '../../src/eval/host.ts';
import { flakeRefToAttrs, flakeRefFromAttrs, parseFlakeRef, printFlakeRef } from '../../src/flake/ref.ts';
import { decodeBytes, encodeBytes } from '../../src/lang/bytes.ts';
import { MemoryHost } from '../../test/builtins/memory-host.ts';
import type { Outcome } from './outcome.ts';

/** As nix is started by oracle.ts: in the folder that is also its home. */
class FuzzHost extends MemoryHost implements EvalHost {
  constructor(private readonly home: string) {
    super();
  }

  /** What lies in a folder of the store is read where it came from. */
  private readonly copies = new Map<string, string>();

  override addToStore(...[name, path, options]: Parameters<MemoryHost['addToStore']>): string {
    const storePath = super.addToStore(name, this.source(path), options);
    this.copies.set(storePath, this.source(path));
    return storePath;
  }

  private source(path: string): string {
    const [, storePath, rest = ''] = /^(\/nix\/store\/[^/]+)(\/.*)?$/s.exec(path) ?? [];
    const copied = storePath === undefined ? undefined : this.copies.get(storePath);
    return copied === undefined ? path : copied + rest;
  }

  override readFile(path: string): string { return super.readFile(this.source(path)); }
  override readDirectory(path: string): ReturnType<MemoryHost['readDirectory']> { return super.readDirectory(this.source(path)); }
  override fileType(path: string): ReturnType<MemoryHost['fileType']> { return super.fileType(this.source(path)); }
  override isValidPath(path: string): boolean { return this.copies.has(path) || super.isValidPath(path); }
  override getEnv(name: string): string { return name === 'HOME' ? encodeBytes(this.home) : ''; }
  parseFlakeRef(text: string): ReturnType<NonNullable<EvalHost['parseFlakeRef']>> { return flakeRefToAttrs(parseFlakeRef(text)); }
  flakeRefToString(attrs: Record<string, string | number | boolean>): string { return printFlakeRef(flakeRefFromAttrs(attrs)); }
}

const text = (v: Value): string => (v instanceof NixString ? v.s : (v as string));

function evaluate(file: string): Outcome {
  const ev = new Evaluator({ host: new FuzzHost(dirname(file)), locate: (path) => resolve(dirname(file), path), builtins: allBuiltins, features: new Set(['flakes', 'fetch-tree', 'pipe-operators']) });
  try {
    return { kind: 'value', text: decodeBytes(ev.toplevel(() => text(ev.evalFile(encodeBytes(file))))).slice('(value) '.length, -' (end)'.length) };
  } catch (error) {
    if (!(error instanceof BootflakeError)) return { kind: 'lost', text: error instanceof Error ? error.stack ?? String(error) : String(error) };
    return { kind: 'error', text: error.message.replace(/\r/g, '').replace(/\s+/g, ' ').trim() };
  }
}

parentPort!.on('message', (files: string[]) => {
  for (const file of files) parentPort!.postMessage(evaluate(file));
});
