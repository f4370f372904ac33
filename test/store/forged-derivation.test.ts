/** A file with the name of a derivation must be one, with the right output paths, because builds write to the paths in it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { realise } from '../../src/realise/realise.ts';
import { parseDerivation } from '../../src/nix-format/derivation-parser.ts';
import { derivationReferences, unparseDerivation, type Derivation } from '../../src/nix-format/derivation.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { file, symlink, directory } from '../../src/tree/file-tree.ts';
import { builders, writeDerivation } from './support.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

function setting(t: Parameters<typeof scratchFolder>[0]) {
  const folder = scratchFolder(t);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const honest = writeDerivation(store, 'honest', 'builtin:tree', { entries: [] });
  const drv = parseDerivation(readFileSync(store.realPath(honest.drvPath), 'latin1'), 'honest');
  const add = (change: Partial<Derivation>, name = 'honest') => {
    const changed = { ...drv, ...change };
    return store.addTextToStore(`${name}.drv`, Buffer.from(unparseDerivation(changed), 'latin1'), derivationReferences(changed));
  };
  return { folder, store, honest, drv, add };
}

const output = (path: string, hashAlgo = '', hash = '') => new Map([['out', { path, hashAlgo, hash }]]);

test('refuses a wrong output path: in the store, outside it, in the environment', (t) => {
  const { folder, store, honest, drv, add } = setting(t);
  const files = readdirSync(store.physicalStore);
  const victim = join(folder, 'victim');
  const up = '../'.repeat(30);
  for (const path of [
    `/nix/store/${up}${victim.slice(1)}`,
    victim,
    `/nix/store/${'0'.repeat(32)}-glibc`,
    '/nix/store',
    `${honest.out}/x`,
    `${honest.out}/../x`,
    '',
  ]) {
    assert.throws(
      () => add({ outputs: output(path), env: new Map([...drv.env, ['out', path]]) }),
      (error: BootflakeError) => {
        assert.equal(error.code, 'store/forged-derivation');
        assert.ok(error.message.endsWith(`-honest.drv' has incorrect output '${path}', should be '${honest.out}'`), error.message);
        return true;
      },
    );
  }
  assert.throws(() => add({ env: new Map([...drv.env, ['out', '/x']]) }), {
    message: /has incorrect environment variable 'out', should be/,
  });
  // The path depends on the environment too.
  assert.throws(() => add({ env: new Map([...drv.env, ['more', 'x']]) }), { code: 'store/forged-derivation' });
  assert.throws(() => add({}, 'other'), { code: 'store/forged-derivation' });
  assert.deepEqual(readdirSync(store.physicalStore), files);
  assert.deepEqual(readdirSync(folder), ['root']);
  assert.equal(add({}), honest.drvPath);
});

test('a fixed output must have the path of its hash, and inputs must exist', (t) => {
  const { store, add, drv } = setting(t);
  const hash = 'ab'.repeat(32);
  for (const [algorithm, digest] of [
    ['sha256', hash],
    ['r:sha256', hash],
    ['md5', hash],
    ['x', hash],
    ['text:sha256', hash],
    ['sha256', 'no'],
    ['sha256', `${hash}x`],
  ] as const) {
    const path = `/nix/store/${'1'.repeat(32)}-honest`;
    assert.throws(
      () => add({ outputs: output(path, algorithm, digest), env: new Map([...drv.env, ['out', path]]) }),
      { code: 'store/forged-derivation' },
      algorithm,
    );
  }
  for (const path of [`/nix/store/${'2'.repeat(32)}-none.drv`, '/nix/store/../x.drv', '/etc/passwd', '/x.drv']) {
    assert.throws(() => add({ inputDrvs: new Map([[path, ['out']]]) }), BootflakeError, path);
  }
  assert.deepEqual(store.verify({ contents: true }), []);
});

test('checks such a name in other ways of adding too, and refuses anything but a file', (t) => {
  const { store, honest, drv } = setting(t);
  const forged = Buffer.from(unparseDerivation({ ...drv, outputs: output(`/nix/store/${'0'.repeat(32)}-glibc`) }), 'latin1');
  const add = (tree: Parameters<LocalStore['addToStore']>[1]) => store.addToStore('honest.drv', tree, { method: 'flat' });
  assert.throws(() => add(file(forged)), { code: 'store/forged-derivation' });
  assert.throws(() => add(file('x')), { code: 'nix-format/bad-derivation' });
  assert.throws(() => store.addTextToStore('x.drv', '', []), { code: 'nix-format/bad-derivation' });
  for (const tree of [symlink(store.realPath(honest.drvPath)), directory()]) {
    assert.throws(() => store.addToStore('honest.drv', tree, { method: 'nar' }), { code: 'store/forged-derivation' });
  }
  // Nix accepts a copy of a right one.
  assert.equal(add(file(readFileSync(store.realPath(honest.drvPath)))).slice(-11), '-honest.drv');
  assert.equal(readdirSync(join(store.state, 'tmp')).flatMap((name) => readdirSync(join(store.state, 'tmp', name))).length, 0);
});

test('a build fails when its output is named like a derivation and is not one', async (t) => {
  const { store } = setting(t);
  const findBuilder = builders({ lie: async ({ outputFiles }) => writeFileSync(outputFiles.out!, 'Derive(') });
  const { drvPath, out } = writeDerivation(store, 'x.drv', 'builtin:lie', {});
  await assert.rejects(realise(store, [drvPath], { findBuilder }), { code: 'nix-format/bad-derivation' });
  assert.ok(!store.isValidPath(out) && !existsSync(store.realPath(out)));
});
