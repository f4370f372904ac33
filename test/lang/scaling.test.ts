/**
 * Linear scaling: eight times the size may take 24 times as long (CPU time, with a margin for busy machines), where quadratic growth would
 * take 64 times. Both evaluators evaluate each text, and print it if that is the point.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { fileHost } from '../support/file-host.ts';

const repeat = (n: number, piece: (i: number) => string, separator = ' '): string =>
  Array.from({ length: n }, (_, i) => piece(i)).join(separator);
const count = (list: string): string => `builtins.length (${list})`;
const names = (set: string): string => count(`builtins.attrNames (${set})`);
const folded = (step: string, start: string, n: number): string =>
  `builtins.foldl' (a: b: ${step}) ${start} (builtins.genList (x: x) ${n})`;

interface Case {
  what: string;
  size: number;
  text(n: number): string;
  print?: true;
}

const cases: Case[] = [
  { what: 'tokens that could begin a path', size: 8000, text: (n) => repeat(n, () => '1', '+') },
  {
    what: 'words that could begin a path or a URI',
    size: 8000,
    text: (n) => `let a_ = 1; b = 2; in [ (${repeat(n, () => 'a_', '+')}) (${repeat(n, () => 'b', '+')}) ]`,
  },
  { what: 'what looks like a path up to a slash that leads nowhere', size: 8000, text: (n) => `${repeat(n, () => '1', '+')}/ 2` },
  { what: 'numbers without anything between them', size: 8000, text: (n) => count(`[ ${repeat(n, () => '.5', '')} ]`) },
  { what: 'strings that are added', size: 2000, text: (n) => `builtins.stringLength (${repeat(n, () => `"${'x'.repeat(100)}"`, ' + ')})` },
  { what: 'lists that are joined', size: 1500, text: (n) => count(repeat(n, () => '[ 1 2 3 ]', ' ++ ')) },
  { what: 'sets that are merged', size: 1000, text: (n) => names(repeat(n, (i) => `{ a${i} = ${i}; }`, ' // ')) },
  { what: 'dynamic names', size: 1500, text: (n) => `let x = "x"; in ${names(`{ ${repeat(n, (i) => `"\${x}${i}" = 1;`)} }`)}` },
  { what: 'a deep list printed', size: 1000, print: true, text: (n) => folded('[ a ]', '[ ]', n) },
  { what: 'a deep set printed', size: 1000, print: true, text: (n) => folded('{ x = a; }', '{ }', n) },
  {
    what: 'a deep value as JSON',
    size: 1000,
    text: (n) => `builtins.stringLength (builtins.toJSON (${folded('[ { x = a; } ]', '[ ]', n)}))`,
  },
];

interface Task {
  text: string;
  byMachine: boolean;
  print: boolean;
}

/** The CPU time of each in ms, run one after the other in one thread with a stack as large as that of the program's own thread. */
async function timed(tasks: readonly Task[]): Promise<number[]> {
  const place = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const source = `
    (await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})).register();
    const { Evaluator } = await import(${place('../../src/eval/evaluator.ts')});
    const { allBuiltins } = await import(${place('../../src/eval/builtins/index.ts')});
    const { forceDeep } = await import(${place('../../src/eval/force.ts')});
    const { printValue } = await import(${place('../../src/eval/print.ts')});
    const { openMachine } = await import(${place('../../src/session/open-machine.ts')});
    const { fileHost } = await import(${place('../support/file-host.ts')});
    const { parentPort, workerData } = await import('node:worker_threads');
    parentPort.postMessage(workerData.map(({ text, byMachine, print }) => {
      const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins });
      if (byMachine) ev.fast = openMachine(ev, undefined);
      const before = process.cpuUsage();
      ev.toplevel(() => {
        const value = ev.evalString(text, '/');
        return print ? printValue(forceDeep(value), { style: 'instantiate', force: true }) : value;
      });
      const { user, system } = process.cpuUsage(before);
      if (byMachine && ev.fast.stopped !== undefined) throw ev.fast.stopped;
      return (user + system) / 1000;
    }));
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    resourceLimits: { stackSizeMb: 256 },
    workerData: tasks,
  });
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
}

for (const byMachine of [true, false]) {
  test(`time is proportional to the size with the ${byMachine ? 'machine' : 'plain evaluator'}`, async () => {
    const times = await timed(
      cases.flatMap(({ size, text, print = false }) => [10, size, 8 * size].map((n) => ({ text: text(n), byMachine, print }))),
    );
    const slow = cases.flatMap(({ what }, i) => {
      const [, small, large] = times.slice(3 * i, 3 * i + 3) as [number, number, number];
      return large < 24 * Math.max(small, 10) ? [] : [`${what}: ${small.toFixed(0)} ms, eight times as much ${large.toFixed(0)} ms`];
    });
    assert.deepEqual(slow, []);
  });
}

test('a set that grows name by name keeps no earlier versions, and has the position of each name', () => {
  const ev = new Evaluator({ host: fileHost(), builtins: allBuiltins });
  const before = process.memoryUsage().heapUsed;
  const text = `
let s = ${folded('a // { ${toString b} = b; }', '{\n  first = 1; }', 6000)};
in map (n: (builtins.unsafeGetAttrPos n s).line) [ "first" "7" "5999" ] ++ [ s."4000" (${names('s')}) ]`;
  assert.equal(
    ev.toplevel(() => printValue(ev.evalString(text, '/', '/file.nix'), { style: 'instantiate', force: true })),
    '[ 3 2 2 4000 6001 ]',
  );
  assert.ok(process.memoryUsage().heapUsed - before < 300e6);
});
