import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Derivation } from '../../src/nix-format/derivation.ts';
import { descriptionInDerivation } from '../../src/nixos-test/description-in-derivation.ts';

const derivation = (attributes: unknown, builder = 'builtin:tree'): Derivation => ({
  name: 'nixos-test-driver-web',
  outputs: new Map(),
  inputDrvs: new Map(),
  inputSrcs: [],
  system: 'builtin',
  builder,
  args: [],
  env: new Map([['__json', Buffer.from(typeof attributes === 'string' ? attributes : JSON.stringify(attributes)).toString('latin1')]]),
});

test("a test's description is known before anything is built", () => {
  const entries = [
    { path: 'other', text: 'no' },
    { path: 'test.json', text: '{"name":"\u00fc"}' },
  ];
  assert.equal(descriptionInDerivation(derivation({ entries })), '{"name":"\u00fc"}');
});

test('a description whose store paths are not known yet is not looked at', () => {
  const entries = [{ path: 'test.json', text: '{}' }];
  const outputs = new Map([['out', { path: '', hashAlgo: '', hash: '' }]]);
  assert.equal(descriptionInDerivation({ ...derivation({ entries }), outputs }), undefined);
});

test('of a derivation of another kind, nothing is known', () => {
  const entries = [{ path: 'test.json', text: '{}' }];
  assert.equal(descriptionInDerivation(derivation({ entries }, 'builtin:fetchurl')), undefined);
  for (const attributes of ['', '{', 'null', { entries: 7 }, { entries: [null, 7] }, { entries: [{ path: 'test.json', text: 7 }] }])
    assert.equal(descriptionInDerivation(derivation(attributes)), undefined);
});
