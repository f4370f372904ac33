/** Deep evaluations in a thread whose stack is small enough to fill quickly: a value or a clear error, never a crash. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

interface Answer {
  value?: unknown;
  code?: string;
  line?: number;
}

/** Evaluates texts one after the other in one thread. */
async function evaluateDeep(texts: readonly string[], stackSizeMb: number): Promise<Answer[]> {
  const source = `
    (await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})).register();
    const { Evaluator } = await import(${JSON.stringify(new URL('../../src/eval/evaluator.ts', import.meta.url).href)});
    const { allBuiltins } = await import(${JSON.stringify(new URL('../../src/eval/builtins/index.ts', import.meta.url).href)});
    const { fileHost } = await import(${JSON.stringify(new URL('../support/file-host.ts', import.meta.url).href)});
    const { parentPort, workerData } = await import('node:worker_threads');
    parentPort.postMessage(workerData.map((text) => {
      const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins });
      try {
        return { value: ev.toplevel(() => ev.evalString(text, '/')) };
      } catch (error) {
        return { code: error.code ?? String(error), ...(error.position && { line: error.position.line }) };
      }
    }));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    // A large young generation, as in src/session/evaluator-thread.ts: each of its collections reads the whole stack.
    resourceLimits: { stackSizeMb, maxYoungGenerationSizeMb: 256 },
    workerData: texts,
  });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

test('a stack of 448 MB holds a million nested calls, and exhausting it is an error', async () => {
  assert.deepEqual(
    await evaluateDeep(['let f = n: if n == 0 then 0 else 1 + f (n - 1); in f 1000000', 'let f = n: 1 + f (n + 1); in f 0'], 448),
    [{ value: 1000000 }, { code: 'eval/stack-overflow' }],
  );
});

test('the error for a full stack names the innermost value being evaluated', async () => {
  assert.deepEqual(await evaluateDeep(['let\n  f = x: rec {\n    v = g x;\n  };\n  g = x: (f x).v;\nin (f 1).v'], 8), [
    { code: 'eval/stack-overflow', line: 3 },
  ]);
});

const full = 'eval/stack-overflow';
/** More levels than a stack of 16 MB has words of 8 bytes: however the machine code is optimised, they do not fit. */
const LEVELS = 2_200_000;
const nested = `builtins.foldl' (a: n: [ a ]) [ ] (builtins.genList (x: x) ${LEVELS})`;
const brackets = (n: number): string => `builtins.concatStringsSep "" (builtins.genList (x: "[") ${n} ++ builtins.genList (x: "]") ${n})`;

/** The result with a stack of 16 MB: a value, or that the stack is full. */
const deep: [text: string, answer: unknown][] = [
  [`builtins.deepSeq (${nested}) 1`, full],
  [`builtins.toJSON (${nested})`, full],
  [`builtins.toXML (${nested})`, 'eval/string-too-long'],
  [`toString (${nested})`, full],
  [`let l = ${nested}; in l == l`, true],
  [`[ (${nested}) ] == [ (${nested}) ]`, full],
  [`builtins.length (builtins.fromJSON (${brackets(10000)}))`, 1],
  [`builtins.length (builtins.fromJSON (${brackets(LEVELS)}))`, full],
  [`let f = n: if n == 0 then { } else f (n - 1) // { a = n; }; in (f ${LEVELS}).a`, full],
  [`let f = n: if n == 0 then "" else "x" + f (n - 1); in builtins.stringLength (f ${LEVELS})`, full],
  ['let f = n: { a = f (n + 1); }; in builtins.deepSeq (f 0) 1', full],
  [
    `let xs = builtins.genList (n: if n == 0 then 0 else builtins.elemAt xs (n - 1) + 1) ${LEVELS}; in builtins.elemAt xs ${LEVELS - 1}`,
    full,
  ],
  [`builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: x) ${LEVELS})`, (LEVELS * (LEVELS - 1)) / 2],
];

test('deep structures have a value or report that the stack is full', async () => {
  const answers = await evaluateDeep(
    deep.map(([text]) => text),
    16,
  );
  assert.deepEqual(
    answers.map(({ value, code }, i) => [deep[i]![0], code ?? value]),
    deep,
  );
});
