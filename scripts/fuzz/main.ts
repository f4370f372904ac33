/**
 * Differential fuzzing of the language: random expressions, evaluated by us and by real Nix, compared by value, string context and error.
 *
 *     node --import tsx scripts/fuzz/main.ts --nix PATH/TO/nix [--seed N] [--minutes N | --count N] [--keep-going]
 *
 * Differences are minimised and printed with both results; the exit status is then 1. The seed repeats a run exactly.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { files as readFiles } from './atoms.ts';
import { acceptedExpression, agree, signature } from './compare.ts';
import { Generator, unfit } from './generate.ts';
import { minimise, type Difference, type Judge } from './minimise.ts';
import { NixOracle } from './oracle.ts';
import { OurEvaluator } from './ours.ts';
import { Random } from './random.ts';
import { textOf, type Tree } from './tree.ts';

const { values: options } = parseArgs({
  options: {
    nix: { type: 'string', default: process.env.NIX ?? 'nix' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '1' },
    count: { type: 'string' },
    batch: { type: 'string', default: '250' },
    expression: { type: 'string' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
mkdirSync(join(folder, 'in/files'), { recursive: true });
for (const [name, text] of Object.entries(readFiles)) writeFileSync(join(folder, name), text);
const nix = new NixOracle(options.nix, folder);
const ours = new OurEvaluator(folder);
let written = 0;

const judge: Judge = async (texts) => {
  const names = texts.map((text) => {
    const name = `e${written++ % 4096}.nix`;
    writeFileSync(join(folder, name), `import ./show.nix (\n${text}\n)\n`);
    return name;
  });
  const [theirs, mine] = await Promise.all([nix.evaluate(names), ours.evaluate(names)]);
  return texts.map((_, i) => ({ nix: theirs[i]!, ours: mine[i]! }));
};

function report({ text, nix: theirs, ours: mine }: Difference): void {
  console.log(`${text}\n    nix  ${theirs.kind} ${theirs.text}\n    ours ${mine.kind} ${mine.text}`);
}

/** Makes Nix's stores writable, since they are read-only and even their owner could not remove them. */
function makeWritable(path: string): void {
  if (!existsSync(path)) return;
  chmodSync(path, 0o755);
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) makeWritable(join(path, entry.name));
}

async function fuzz(): Promise<number> {
  const seed = Number(options.seed);
  const random = new Random(seed);
  const generator = new Generator(random);
  const seen = new Set<string>();
  const end = options.count !== undefined ? Infinity : performance.now() + Number(options.minutes) * 60_000;
  const wanted = Number(options.count ?? Infinity);
  const tally = { expressions: 0, values: 0, errors: 0, lost: 0, differences: 0 };
  while (performance.now() < end && tally.expressions < wanted) {
    const trees: Tree[] = [];
    while (trees.length < Number(options.batch)) {
      const made = generator.expression();
      if (!unfit(made)) trees.push(made);
    }
    const texts = trees.map(textOf);
    const outcomes = await judge(texts);
    tally.expressions += texts.length;
    for (const [i, outcome] of outcomes.entries()) {
      tally[outcome.nix.kind === 'value' ? 'values' : outcome.nix.kind === 'error' ? 'errors' : 'lost'] += 1;
      if (outcome.nix.kind === 'lost') console.error(`nix did not respond: ${texts[i]!.replace(/\n/g, '\\n')} (${outcome.nix.text})`);
      if (agree(outcome.nix, outcome.ours)) continue;
      const sort = signature(outcome.nix, outcome.ours);
      const small = seen.has(sort) ? undefined : await minimise(trees[i]!, { text: texts[i]!, ...outcome }, judge);
      if (small && acceptedExpression(small.text, small.nix, small.ours)) continue;
      tally.differences += 1;
      if (!small) continue;
      seen.add(sort);
      report(small);
    }
  }
  console.log(
    `seed ${seed}: ${tally.expressions} expressions, ${tally.values} values, ${tally.errors} errors, ${tally.lost} without a result ` +
      `of nix; ${tally.differences} differences of ${seen.size} sorts`,
  );
  return tally.differences;
}

async function once(text: string): Promise<number> {
  const [outcome] = await judge([text]);
  report({ text, ...outcome! });
  return agree(outcome!.nix, outcome!.ours) ? 0 : 1;
}

try {
  const differences = await (options.expression !== undefined ? once(options.expression) : fuzz());
  process.exitCode = differences > 0 ? 1 : 0;
} finally {
  ours.close();
  makeWritable(join(folder, 'store'));
  rmSync(folder, { recursive: true, force: true });
}
