import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DerivationHasher } from '../../src/nix-format/derivation-hash.ts';
import { parseDerivation } from '../../src/nix-format/derivation-parser.ts';
import { derivationPath, outputPlaceholder, unparseDerivation, type Derivation } from '../../src/nix-format/derivation.ts';
import { makeOutputPath } from '../../src/nix-format/store-path.ts';
import { derivations } from './derivations.ts';

// nix-instantiate 2.8 wrote the texts in derivations.ts; the results here must equal them.
const parsed = new Map(derivations.map(({ path, text }) => [path, parseDerivation(text, path.slice(44, -4))]));
const lookup = (path: string): Derivation => parsed.get(path)!;

test("reads and writes Nix's texts byte for byte, with Nix's paths", () => {
  for (const { path, text } of derivations) {
    const drv = lookup(path);
    assert.equal(unparseDerivation(drv), text);
    assert.equal(derivationPath(drv, text), path);
  }
});

test('computes the output paths that Nix computed', () => {
  const hasher = new DerivationHasher(lookup);
  let computed = 0;
  for (const drv of parsed.values()) {
    for (const [name, output] of drv.outputs) {
      if (output.hash) continue;
      assert.equal(makeOutputPath(name, hasher.forOutputs(drv), drv.name), output.path);
      computed++;
    }
  }
  assert.ok(computed >= 3);
});

test('computes placeholders', () => {
  assert.equal(outputPlaceholder('out'), '/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9');
});

test('refuses texts that are not derivations', () => {
  for (const text of [
    '',
    'Derive(',
    'DrvWithVersion("xp-dyn-drv",[])',
    'Derive([],[],[],"a","b",[],[("x","y)])',
    'Derive([],[],[],"a","b",[],[]) ',
  ]) {
    assert.throws(() => parseDerivation(text, 'x'), { code: 'nix-format/bad-derivation' });
  }
});
