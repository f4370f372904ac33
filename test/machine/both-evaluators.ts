/** Evaluates texts with the plain evaluator and with the machine, so that the results can be compared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { NixString, type Value } from '../../src/eval/value.ts';
import { decodeBytes, encodeBytes } from '../../src/lang/bytes.ts';
import { packageRoot } from '../../src/system/package-root.ts';
import { ExpressionTexts, type ExpressionCache } from '../../src/machine/expression-texts.ts';
import { Machine } from '../../src/machine/machine.ts';
import { MemoryHost } from '../eval/builtins/memory-host.ts';

/** Enough for short programs. One memory for all machines: V8 collects garbage each time one is created. */
const memory = new WebAssembly.Memory({ initial: 256, maximum: 256 });
const module = new WebAssembly.Module(readFileSync(join(packageRoot(), 'dist/machine.wasm')));

/** A cache of expressions by the hash of their text, for one process. */
export class RememberedExpressions implements ExpressionCache {
  private readonly known = new Map<string, Uint8Array>();

  find(key: Buffer): Uint8Array | undefined {
    return this.known.get(key.toString('latin1'));
  }

  add(key: Buffer, bytes: Uint8Array): void {
    this.known.set(key.toString('latin1'), bytes);
  }
}

/** All observable effects of an evaluation. */
export interface Outcome {
  /** undefined when it failed. */
  value: string | undefined;
  error: unknown;
  /** False when the machine stopped: then the result does not count, and the other evaluator starts again. */
  counts: boolean;
  told: string[];
  /** The store paths that it wrote. */
  written: ReadonlyMap<string, string>;
}

/** Evaluates a text as if it were the file text.nix of the folder, and prints its value with `print`. */
export function evaluate(
  text: string,
  folder: string,
  options: { cache?: ExpressionCache; plain?: boolean; print?: (ev: Evaluator, v: Value) => string } = {},
): Outcome {
  const host = new MemoryHost();
  const ev = new Evaluator({
    host,
    builtins: allBuiltins,
    locate: (path) => join(folder, path),
    features: new Set(['flakes', 'fetch-tree', 'pipe-operators']),
  });
  const machine = options.plain ? undefined : freshMachine(ev, options.cache);
  ev.fast = machine;
  const print = options.print ?? ((_, v) => printValue(v, { style: 'instantiate', force: true }));
  const outcome = { told: host.messages, written: host.texts };
  try {
    const value = ev.toplevel(() =>
      print(ev, ev.evalString(encodeBytes(text), encodeBytes(folder), encodeBytes(join(folder, 'text.nix')))),
    );
    return { ...outcome, value: decodeBytes(value), error: undefined, counts: machine?.stopped === undefined };
  } catch (error) {
    return { ...outcome, value: undefined, error, counts: machine?.stopped === undefined };
  }
}

/** Invalidates the previous machine, whose memory it uses. */
function freshMachine(ev: Evaluator, cache: ExpressionCache | undefined): Machine {
  new Uint8Array(memory.buffer).fill(0);
  return new Machine(ev, module, new ExpressionTexts(ev, cache), memory);
}

/** Prints values that are strings as their text, without the context. */
export function plainText(_: Evaluator, v: Value): string {
  return v instanceof NixString ? v.s : (v as string);
}
