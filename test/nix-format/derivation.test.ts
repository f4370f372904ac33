import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DerivationHasher } from '../../src/nix-format/derivation-hash.ts';
import { parseDerivation } from '../../src/nix-format/derivation-parser.ts';
import { derivationPath, outputPlaceholder, unparseDerivation, type Derivation } from '../../src/nix-format/derivation.ts';
import { makeOutputPath } from '../../src/nix-format/store-path.ts';
import { derivations } from './derivations.ts';

// The texts in derivations.ts were written by nix-instantiate 2.8: the judge of what is computed here.
const parsed = new Map(derivations.map(({ path, text }) => [path, parseDerivation(text, path.slice(44, -4))]));
const lookup = (path: string): Derivation => parsed.get(path)!;

test('texts that Nix wrote come back byte for byte, under the paths that Nix gave', () => {
  for (const { path, text } of derivations) {
    const drv = lookup(path);
    assert.equal(unparseDerivation(drv), text);
    assert.equal(derivationPath(drv, text), path);
  }
});

test('output paths are computed as Nix did', () => {
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

test('placeholders', () => {
  assert.equal(outputPlaceholder('out'), '/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9');
});

test('what is no derivation is refused', () => {
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
