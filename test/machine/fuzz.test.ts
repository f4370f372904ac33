/** Random expressions: what the machine answers is what the plain evaluator answers, and where that one fails the machine has stopped. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { files } from '../../scripts/fuzz/atoms.ts';
import { Generator, unfit } from '../../scripts/fuzz/generate.ts';
import { Random } from '../../scripts/fuzz/random.ts';
import { smaller, textOf, type Tree } from '../../scripts/fuzz/tree.ts';
import { evaluate, plainText, RememberedExpressions } from './both-evaluators.ts';

/** For long runs by hand: other expressions, and more. */
const seed = Number(process.env.MACHINE_FUZZ_SEED ?? 1);
const count = Number(process.env.MACHINE_FUZZ_COUNT ?? 2000);

const folder = mkdtempSync(join(tmpdir(), 'bootflake-machine-fuzz-'));
after(() => rmSync(folder, { recursive: true, force: true }));
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const cache = new RememberedExpressions();
const tally = { values: 0, answered: 0 };

/** What is not the same, if anything; `shown`: printed by a program, with its contexts, else as a value of the plain evaluator. */
function difference(text: string): string | undefined {
  for (const shown of [true, false]) {
    const whole = shown ? `import ./show.nix (\n${text}\n)` : text;
    const options = shown ? { print: plainText, cache } : {};
    const plain = evaluate(whole, folder, { ...options, plain: true });
    const fast = evaluate(whole, folder, options);
    if (plain.value !== undefined) tally.values += 1;
    if (fast.counts) {
      tally.answered += 1;
      // Which of the two has the deeper stack is nobody's concern.
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
    // What is cut short may have no end.
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

test(`${count} random expressions`, () => {
  const generator = new Generator(new Random(seed));
  for (let i = 0; i < count; i++) {
    const expression = generator.expression();
    if (unfit(expression) || difference(textOf(expression)) === undefined) continue;
    const text = textOf(smallest(expression));
    assert.fail(`expression ${i} of seed ${seed}, made smaller:\n${text}\n${difference(text)}`);
  }
  // Nearly all that has a value has it by the machine.
  assert.ok(tally.answered > 0.95 * tally.values, `${tally.answered} of ${tally.values} values by the machine`);
});
