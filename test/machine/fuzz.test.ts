/** Random expressions: the machine returns what the plain evaluator returns, and has stopped if that one fails. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { files } from '../../scripts/fuzz/atoms.ts';
import { Generator, unfit } from '../../scripts/fuzz/generate.ts';
import { Random } from '../../scripts/fuzz/random.ts';
import { smaller, textOf, type Tree } from '../../scripts/fuzz/tree.ts';
import { evaluate, plainText, RememberedExpressions } from './both-evaluators.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** For long runs by hand: another seed, and more expressions. */
const seed = Number(process.env.MACHINE_FUZZ_SEED ?? 1);
const count = Number(process.env.MACHINE_FUZZ_COUNT ?? 2000);

const folder = scratchFolder();
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const cache = new RememberedExpressions();
const tally = { values: 0, answered: 0 };

/** The difference, if any; `shown`: printed by an expression with string contexts, else as a value of the plain evaluator. */
function difference(text: string): string | undefined {
  for (const shown of [true, false]) {
    const whole = shown ? `import ./show.nix (\n${text}\n)` : text;
    const options = shown ? { print: plainText, cache } : {};
    const plain = evaluate(whole, folder, { ...options, plain: true });
    const fast = evaluate(whole, folder, options);
    if (plain.value !== undefined) tally.values += 1;
    if (fast.counts) {
      tally.answered += 1;
      // It does not matter which of the two has the deeper stack.
      if (/stack/.test(String(plain.error))) return undefined;
      if (plain.value === undefined) return `fails (${String(plain.error)}), but the machine answers ${fast.value ?? String(fast.error)}`;
      if (fast.value !== plain.value) return `is\n    ${plain.value}\nbut by the machine\n    ${fast.value ?? String(fast.error)}`;
      try {
        assert.deepEqual(fast.told, plain.told);
        assert.deepEqual(new Map([...fast.written].sort()), new Map([...plain.written].sort()));
      } catch (error) {
        return `does not do the same: ${String(error)}`;
      }
    }
    // A value whose printed form is cut short may be infinite.
    if (plain.value === undefined || plain.value.includes('...')) return undefined;
  }
  return undefined;
}

function smallest(found: Tree): Tree {
  for (const candidate of smaller(found)) {
    if (textOf(candidate).length < textOf(found).length && difference(textOf(candidate)) !== undefined) return smallest(candidate);
  }
  return found;
}

test(`evaluates ${count} random expressions like the plain evaluator`, () => {
  const generator = new Generator(new Random(seed));
  for (let i = 0; i < count; i++) {
    const expression = generator.expression();
    if (unfit(expression) || difference(textOf(expression)) === undefined) continue;
    const text = textOf(smallest(expression));
    assert.fail(`expression ${i} of seed ${seed}, made smaller:\n${text}\n${difference(text)}`);
  }
  // The machine evaluates nearly everything that has a value.
  assert.ok(tally.answered > 0.95 * tally.values, `${tally.answered} of ${tally.values} values by the machine`);
});
