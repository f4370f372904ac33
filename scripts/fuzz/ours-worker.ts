/** Our evaluator in a thread with a large stack: receives files and sends outcomes one by one. */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { BootflakeError } from '../../src/base/errors.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { NixString, type Value } from '../../src/eval/value.ts';
import type { EvalHost } from '../../src/eval/host.ts';
import { flakeRefToAttrs, flakeRefFromAttrs, parseFlakeRef, printFlakeRef } from '../../src/flake/ref.ts';
import { packageRoot } from '../../src/system/package-root.ts';
import { decodeBytes, encodeBytes } from '../../src/lang/bytes.ts';
import { ExpressionTexts } from '../../src/machine/expression-texts.ts';
import { Machine } from '../../src/machine/machine.ts';
import { MemoryHost } from '../../test/eval/builtins/memory-host.ts';
import type { Outcome } from './outcome.ts';

/** The same environment as for nix in oracle.ts: the folder is also the home. */
class FuzzHost extends MemoryHost implements EvalHost {
  constructor(private readonly home: string) {
    super();
  }

  /** Files below a store path are read from where the path was copied from. */
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

  override readFile(path: string): string {
    return super.readFile(this.source(path));
  }
  override readDirectory(path: string): ReturnType<MemoryHost['readDirectory']> {
    return super.readDirectory(this.source(path));
  }
  override fileType(path: string): ReturnType<MemoryHost['fileType']> {
    return super.fileType(this.source(path));
  }
  override isValidPath(path: string): boolean {
    return this.copies.has(path) || super.isValidPath(path);
  }
  override getEnv(name: string): string {
    return name === 'HOME' ? encodeBytes(this.home) : '';
  }
  parseFlakeRef(text: string): ReturnType<NonNullable<EvalHost['parseFlakeRef']>> {
    return flakeRefToAttrs(parseFlakeRef(text));
  }
  flakeRefToString(attrs: Record<string, string | number | boolean>): string {
    return printFlakeRef(flakeRefFromAttrs(attrs));
  }
}

const text = (v: Value): string => (v instanceof NixString ? v.s : (v as string));

/** One memory for all machines: V8 collects garbage each time one is created. */
const memory = new WebAssembly.Memory({ initial: 512, maximum: 512 });
const module = new WebAssembly.Module(readFileSync(join(packageRoot(), 'dist/machine.wasm')));

function newEvaluator(file: string): Evaluator {
  return new Evaluator({
    host: new FuzzHost(dirname(file)),
    locate: (path) => resolve(dirname(file), path),
    builtins: allBuiltins,
    features: new Set(['flakes', 'fetch-tree', 'pipe-operators']),
  });
}

function evaluateBy(ev: Evaluator, file: string): Outcome {
  try {
    return {
      kind: 'value',
      text: decodeBytes(ev.toplevel(() => text(ev.evalFile(encodeBytes(file))))).slice('(value) '.length, -' (end)'.length),
    };
  } catch (error) {
    if (!(error instanceof BootflakeError))
      return { kind: 'lost', text: error instanceof Error ? (error.stack ?? String(error)) : String(error) };
    return { kind: 'error', text: error.message.replace(/\r/g, '').replace(/\s+/g, ' ').trim() };
  }
}

/** Evaluates with both evaluators. The outcome is `lost` when the machine finishes with a result that the plain evaluator does not have. */
function evaluate(file: string): Outcome {
  const plain = evaluateBy(newEvaluator(file), file);
  const ev = newEvaluator(file);
  new Uint8Array(memory.buffer).fill(0);
  const machine = new Machine(ev, module, new ExpressionTexts(ev, undefined), memory);
  ev.fast = machine;
  const fast = evaluateBy(ev, file);
  if (machine.stopped !== undefined || (fast.kind === plain.kind && fast.text === plain.text)) return plain;
  return { kind: 'lost', text: `by the machine ${fast.kind} ${fast.text}, by the plain evaluator ${plain.kind} ${plain.text}` };
}

parentPort!.on('message', (files: string[]) => {
  for (const file of files) parentPort!.postMessage(evaluate(file));
});
