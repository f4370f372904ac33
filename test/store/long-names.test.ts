/** Names as long as Nix allows: 211 bytes after the hash, 244 with it; file systems allow 255. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { realise } from '../../src/realise/realise.ts';
import { besideName } from '../../src/system/beside-name.ts';
import { replaceSymlink } from '../../src/system/file-operations.ts';
import { writeFileAtomic } from '../../src/system/files.ts';
import { tryLock } from '../../src/system/lock-file.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { file } from '../../src/tree/file-tree.ts';
import { builders, testStore, writeDerivation } from './support.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('adds and finds texts and sources with names of every length', (t) => {
  const store = testStore(t);
  for (let length = 190; length <= 211; length++) {
    const name = 'n'.repeat(length);
    const text = store.addTextToStore(name, `text ${length}`, []);
    const source = store.addToStore(name, file(`source ${length}`), { method: 'nar' });
    const again = LocalStore.open({ root: store.root });
    assert.ok(again.isValidPath(text) && again.isValidPath(source), `${length}`);
  }
  assert.throws(() => store.addTextToStore('n'.repeat(212), '', []), { code: 'store/bad-name' });
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.equal(store.records.all().length, 44);
  const longest = store.addTextToStore('n'.repeat(211), 'text 211', []);
  assert.deepEqual(store.deletePath(longest), [longest]);
});

test('builds derivations with the longest names, with a lock and a log', async (t) => {
  const store = testStore(t);
  const drvs = [200, 203, 207].map((length) => writeDerivation(store, 'd'.repeat(length), 'builtin:long', { length }));
  const findBuilder = builders({
    async long({ outputFiles, log }) {
      log('a line of the log');
      writeFileSync(outputFiles.out!, 'built');
    },
  });
  await realise(
    store,
    drvs.map(({ drvPath }) => drvPath),
    { findBuilder },
  );
  for (const { drvPath, out } of drvs) {
    assert.equal(store.queryPathInfo(out)!.deriver, drvPath);
    const log = join(store.root, 'nix/var/log/nix/drvs', basename(drvPath).slice(0, 2), basename(drvPath).slice(2));
    assert.equal(readFileSync(log, 'utf8'), 'a line of the log\n');
  }
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/locks')), []);
});

test('replaces files and links and takes locks with names of 255 bytes', (t) => {
  const folder = scratchFolder(t);
  for (const name of ['x'.repeat(255), `${'ü'.repeat(127)}x`, '漢'.repeat(85), '𝒳'.repeat(63)]) {
    const place = join(folder, String(Buffer.byteLength(name)) + name.slice(0, 2));
    mkdirSync(place);
    const at = join(place, name);
    writeFileAtomic(at, [Buffer.from('one')]);
    writeFileAtomic(at, [Buffer.from('two')]);
    writeFileAtomic(at, [Buffer.from('three')]);
    assert.equal(readFileSync(at, 'utf8'), 'three');
    assert.deepEqual(readdirSync(place), [name]);
    const links = join(place, 'links');
    mkdirSync(links);
    assert.ok(replaceSymlink('/a', join(links, name)) && replaceSymlink('/b', join(links, name)));
    assert.equal(readlinkSync(join(links, name)), '/b');
    const locks = join(place, 'locks');
    mkdirSync(locks);
    const lock = tryLock(join(locks, name));
    assert.ok('release' in lock);
    assert.ok('heldBy' in tryLock(join(locks, name)));
    lock.release();
    // A lock whose owner is dead is renamed in the same folder.
    writeFileSync(join(locks, name), '4194303-1-00000000-0000-0000-0000-000000000000');
    const taken = tryLock(join(locks, name));
    assert.ok('release' in taken);
    taken.release();
    assert.deepEqual(readdirSync(locks), []);
  }
});

test('a temporary name keeps as much of the name as fits, and always differs from it', () => {
  assert.match(besideName('/a/b', 'new'), /^\/a\/b\.\d+-\d+-\d+\.new$/);
  for (const name of ['x'.repeat(255), `${'𝒳'.repeat(63)}xyz`, 'ä'.repeat(200)]) {
    const made = basename(besideName(`/some/folder/${name}`, 'dead'));
    assert.ok(Buffer.byteLength(made) <= 255 && Buffer.byteLength(made) > 251, made);
    assert.ok(made.startsWith(name.slice(0, 20)) && !made.includes('\ufffd'));
    assert.notEqual(basename(besideName(`/some/folder/${name}`, 'dead')), made);
  }
});
