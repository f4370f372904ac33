/** Our evaluator in a thread with a large stack: is told files, answers outcomes one by one. */
import { parentPort } from 'node:worker_threads';
import { BootflakeError } from '../../src/base/errors.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { NixString, type Value } from '../../src/eval/value.ts';
import { decodeBytes, encodeBytes } from '../../src/lang/bytes.ts';
import { MemoryHost } from '../../test/builtins/memory-host.ts';
import type { Outcome } from './outcome.ts';

const text = (v: Value): string => (v instanceof NixString ? v.s : (v as string));

function evaluate(file: string): Outcome {
  const ev = new Evaluator({ host: new MemoryHost(), builtins: allBuiltins, features: new Set(['flakes', 'fetch-tree', 'pipe-operators']) });
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
