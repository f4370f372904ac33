/** Evaluates expressions over the options' systems with each of the two evaluators. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allBuiltins } from '../../../src/eval/builtins/index.ts';
import { Evaluator } from '../../../src/eval/evaluator.ts';
import { NixString } from '../../../src/eval/value.ts';
import { packageRoot } from '../../../src/system/package-root.ts';
import { decodeBytes, encodeBytes } from '../../../src/lang/bytes.ts';
import { ExpressionTexts } from '../../../src/machine/expression-texts.ts';
import { Machine } from '../../../src/machine/machine.ts';
import { MemoryHost } from '../../eval/builtins/memory-host.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));

function json<T>(ev: Evaluator, expression: string): T {
  const [text, base, name] = [`builtins.toJSON (${expression})`, folder, join(folder, 'test')].map(encodeBytes) as [string, string, string];
  const value = ev.toplevel(() => ev.evalString(text, base, name));
  return JSON.parse(decodeBytes(value instanceof NixString ? value.s : (value as string))) as T;
}

/** Returns values as JSON; throws the expression's error. Imported files are kept for the next expression. */
export class PlainEvaluator {
  private readonly host = new MemoryHost();
  private readonly ev = new Evaluator({ host: this.host, builtins: allBuiltins, features: new Set<string>() });

  /** The trace messages so far. */
  get traces(): string[] {
    return this.host.messages.filter((message) => message.startsWith('trace: ')).map((message) => message.slice('trace: '.length));
  }

  value<T>(expression: string): T {
    return json<T>(this.ev, expression);
  }
}

/** The same with the machine, which is several times faster. Throws an error without a message when the expression fails. */
export class MachineEvaluator {
  private readonly module = new WebAssembly.Module(readFileSync(join(packageRoot(), 'dist/machine.wasm')));
  private readonly memory: WebAssembly.Memory;

  /** `mebibytes`: the memory that one expression may use; a system uses about 20. */
  constructor(mebibytes: number) {
    this.memory = new WebAssembly.Memory({ initial: mebibytes * 16, maximum: mebibytes * 16 });
  }

  value<T>(expression: string): T {
    new Uint8Array(this.memory.buffer).fill(0);
    const ev = new Evaluator({ host: new MemoryHost(), builtins: allBuiltins, features: new Set<string>() });
    const machine = (ev.fast = new Machine(ev, this.module, new ExpressionTexts(ev, undefined), this.memory));
    const value = json<T>(ev, expression);
    if (machine.stopped !== undefined) throw machine.stopped;
    return value;
  }

  /** Returns the function's values of all items; up to `atOnce` are evaluated together, fewer where the memory is too small for them. */
  each<T>(fn: string, items: readonly unknown[], atOnce: number): T[] {
    const values: T[] = [];
    for (let i = 0; i < items.length; i += atOnce) values.push(...this.together<T>(fn, items.slice(i, i + atOnce)));
    return values;
  }

  private together<T>(fn: string, items: readonly unknown[]): T[] {
    try {
      return this.value<T[]>(`map (${fn}) ${nixOf(items)}`);
    } catch (cause) {
      if (items.length === 1) throw new Error(`${fn} of ${JSON.stringify(items[0])}`, { cause });
      return items.flatMap((item) => this.together<T>(fn, [item]));
    }
  }
}

/** Formats a value as Nix code. */
export function nixOf(value: unknown): string {
  return `(builtins.fromJSON ${JSON.stringify(JSON.stringify(value)).replaceAll('${', '\\${')})`;
}
