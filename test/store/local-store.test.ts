import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { bootId } from '../../src/system/process-identity.ts';
import { findLiveness, forgetDamaged, type Liveness } from '../../src/store/garbage.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { directory, file, symlink } from '../../src/tree/file-tree.ts';
import { testStore } from './support.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** Real Nix for comparison: it has a store of its own next to ours. */
function nix(t: TestContext, root: string, args: string[]): string | undefined {
  if (!existsSync('/usr/bin/nix-store')) {
    t.skip('nix-store is not on this machine');
    return undefined;
  }
  const result = spawnSync('/usr/bin/nix-store', ['--store', root, ...args], { encoding: 'buffer', maxBuffer: 64 << 20 });
  assert.equal(result.status, 0, result.stderr.toString());
  return result.stdout.toString('latin1').trim();
}

function sampleTree(folder: string): string {
  const path = join(folder, 'sample');
  mkdirSync(join(path, 'sub/empty'), { recursive: true });
  writeFileSync(join(path, 'plain'), 'plain\n');
  writeFileSync(join(path, 'sub/tool'), '#!/bin/sh\n');
  chmodSync(join(path, 'sub/tool'), 0o700);
  writeFileSync(join(path, 'sub/größe'), Buffer.alloc(3 << 20, 7));
  symlinkSync('../plain', join(path, 'sub/link'));
  return path;
}

test("adds a source under Nix's path, with the same bytes", (t) => {
  const folder = scratchFolder(t);
  const source = sampleTree(folder);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const path = store.addToStore('sample', { physicalPath: source }, { method: 'nar' });
  const flat = store.addToStore('plain', { physicalPath: join(source, 'plain') }, { method: 'flat' });
  const nixRoot = join(folder, 'nix');
  const expected = nix(t, nixRoot, ['--add', source]);
  if (expected === undefined) return;
  assert.equal(path, expected);
  assert.equal(flat, nix(t, nixRoot, ['--add-fixed', 'sha256', join(source, 'plain')]));
  const theirs = nix(t, nixRoot, ['--query', '--hash', expected]);
  assert.equal(
    store.queryPathInfo(path)!.narHash,
    `sha256-${Buffer.from(spawnSync('/usr/bin/nix', ['--extra-experimental-features', 'nix-command', 'hash', 'to-base64', theirs!], { encoding: 'utf8' }).stdout.trim(), 'base64').toString('base64')}`,
  );
  assert.equal(String(store.queryPathInfo(path)!.narSize), nix(t, nixRoot, ['--query', '--size', expected]));
  const facts = (root: string) =>
    spawnSync('find', ['.', '-printf', '%p %m %Ts %y %l\n'], { cwd: join(root, expected), encoding: 'utf8' })
      .stdout.split('\n')
      .sort();
  assert.deepEqual(facts(join(folder, 'root')), facts(nixRoot));
});

test('adds a text with references under its path, once', (t) => {
  const store = testStore(t);
  const first = store.addTextToStore('hello.txt', 'hi there\n', []);
  assert.equal(first, '/nix/store/wpz5imqkk77qvh8sah6g0sn0mi8adwgl-hello.txt');
  const second = store.addTextToStore('other', `see ${first}`, [first]);
  assert.deepEqual(store.computeClosure([second]), [first, second].sort());
  assert.throws(() => store.addTextToStore('dangling', 'x', ['/nix/store/00000000000000000000000000000000-none']), {
    code: 'store/invalid-path',
  });
  assert.throws(() => store.addTextToStore('a/b', 'x', []), { code: 'store/bad-name' });
  assert.equal(store.addTextToStore('hello.txt', 'hi there\n', []), first);
});

test('writes a tree in memory once per inode, canonically', (t) => {
  const store = testStore(t);
  const shared = file('shared');
  const path = store.addToStore(
    'tree',
    directory([
      ['a', shared],
      ['b', shared],
      ['l', symlink('a')],
    ]),
    { method: 'nar' },
  );
  const place = store.realPath(path);
  assert.equal(lstatSync(join(place, 'a')).ino, lstatSync(join(place, 'b')).ino);
  assert.equal(lstatSync(place).mode & 0o7777, 0o555);
  assert.equal(lstatSync(join(place, 'l')).mtimeMs, 1000);
  assert.deepEqual(store.verify({ contents: true }), []);
});

test('refuses contents whose hash differs from the expected one', (t) => {
  const store = testStore(t);
  assert.throws(() => store.addToStore('x', file('x'), { method: 'flat', expectedHash: `sha256-${Buffer.alloc(32).toString('base64')}` }), {
    code: 'store/hash-mismatch',
  });
  assert.deepEqual(readdirSync(join(store.root, 'nix/store')), []);
});

test('verify finds changed, deleted and lost paths', (t) => {
  const store = testStore(t);
  const changed = store.addTextToStore('changed', 'right', []);
  const gone = store.addTextToStore('gone', 'gone', []);
  const user = store.addTextToStore('user', 'user', [gone]);
  chmodSync(store.realPath(changed), 0o644);
  writeFileSync(store.realPath(changed), 'wrong');
  assert.deepEqual(store.verify({ contents: false }), []);
  assert.deepEqual(
    store.verify({ contents: true }).map(({ path, code }) => [path, code]),
    [[changed, 'modified']],
  );
  chmodSync(store.realPath(gone), 0o644);
  spawnSync('rm', ['-rf', store.realPath(gone)]);
  assert.deepEqual(
    store.verify({ contents: false }).map(({ path, code }) => [path, code]),
    [[gone, 'missing']],
  );
  assert.deepEqual(store.deletePath(gone), [gone, user].sort());
  assert.equal(store.isValidPath(user), false);
  store.deletePath(changed);
  assert.deepEqual(store.verify({ contents: true }), []);
  assert.equal(store.addTextToStore('changed', 'right', []), changed);
  assert.equal(readFileSync(store.realPath(changed), 'utf8'), 'right');
});

test('files without a record are invalid, and are replaced', (t) => {
  const store = testStore(t);
  const path = '/nix/store/wpz5imqkk77qvh8sah6g0sn0mi8adwgl-hello.txt';
  mkdirSync(join(store.realPath(path), 'half/written'), { recursive: true });
  assert.equal(store.isValidPath(path), false);
  assert.equal(store.addTextToStore('hello.txt', 'hi there\n', []), path);
  assert.equal(readFileSync(store.realPath(path), 'utf8'), 'hi there\n');
});

test('after a power loss checks the paths of that boot, and drops torn ones with their referrers', (t) => {
  const store = testStore(t);
  const whole = store.addTextToStore('whole', 'whole', []);
  const torn = store.addTextToStore('torn', 'torn', []);
  const user = store.addTextToStore('user', 'user', [torn]);
  const noRecord = store.addTextToStore('no-record', 'x', []);
  const state = join(store.root, 'nix/var/bootflake');
  // Make it look as if another boot had registered them.
  const other = 'f'.repeat(32);
  for (const record of store.records.all()) store.records.write({ ...record, bootId: other });
  spawnSync('sh', [
    '-c',
    `cd "$1" && for f in *; do mv "$f" "$(echo "$f" | sed s/${bootId()}/${other}/)"; done`,
    'sh',
    join(state, 'unsynced'),
  ]);
  chmodSync(store.realPath(torn), 0o644);
  truncateSync(store.realPath(torn), 0);
  truncateSync(join(state, 'valid', `${noRecord.slice(11, 43)}.valid`), 0);
  const notices: string[] = [];
  const again = LocalStore.open({ root: store.root, onNotice: (message) => notices.push(message) });
  assert.deepEqual(
    [whole, torn, user, noRecord].map((path) => again.isValidPath(path)),
    [true, false, false, false],
  );
  assert.equal(notices.length, 2);
  assert.deepEqual(readdirSync(join(state, 'unsynced')), []);
  assert.deepEqual(again.verify({ contents: true }), []);
});

test('ignores a record with any byte damaged, and makes the path again', (t) => {
  const store = testStore(t);
  const input = store.addTextToStore('input', 'input', []);
  const path = store.addTextToStore('text', `see ${input}`, [input]);
  const file = join(store.root, 'nix/var/bootflake/valid', `${path.slice(11, 43)}.valid`);
  const good = readFileSync(file);
  const open = (): LocalStore => LocalStore.open({ root: store.root });
  const places = [...Array(good.length).keys()].filter((at) => at % 7 === 0);
  for (const bad of [
    ...places.map((at) => flipped(good, at)),
    good.subarray(0, good.length - 1),
    Buffer.concat([good, Buffer.of(0)]),
    Buffer.alloc(0),
  ]) {
    writeFileSync(file, bad);
    assert.equal(open().isValidPath(path), false);
    assert.deepEqual(
      open()
        .verify({ contents: false })
        .map((problem) => [problem.path, problem.code]),
      [[path, 'record-damaged']],
    );
  }
  assert.equal(open().addTextToStore('text', `see ${input}`, [input]), path);
  assert.deepEqual(readFileSync(file), good);
  assert.deepEqual(open().verify({ contents: true }), []);
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1 << (at % 8);
  return copy;
}

test('does not collect garbage while the record of a live path is damaged', (t) => {
  const store = testStore(t);
  const input = store.addTextToStore('input', 'input', []);
  const path = store.addTextToStore('text', `see ${input}`, [input]);
  store.addIndirectRoot(join(store.root, 'result'), path);
  const file = (of: string): string => join(store.root, 'nix/var/bootflake/valid', `${of.slice(11, 43)}.valid`);
  const good = readFileSync(file(path));
  writeFileSync(file(path), flipped(good, 80));
  const again = (): LocalStore => LocalStore.open({ root: store.root });
  const liveness = (): Liveness => findLiveness(again(), { backingOf: () => undefined, moreRoots: [], dryRun: false });
  assert.throws(liveness, { code: 'store/damaged-record', message: new RegExp(path) });
  writeFileSync(file(path), good);
  assert.deepEqual(liveness().live, [input, path].sort());
  // If no root needs the path, its record is deleted.
  writeFileSync(file(path), flipped(good, 80));
  const last = again();
  forgetDamaged(last, { roots: [], live: [input], dead: [path], sizes: new Map() });
  assert.deepEqual(last.verify({ contents: true }), []);
  assert.equal(last.isValidPath(input), true);
});

test('converts records of earlier versions', (t) => {
  const store = testStore(t);
  const path = store.addTextToStore('text', 'text', []);
  const folder = join(store.root, 'nix/var/bootflake/valid');
  const [record] = store.records.all();
  const old = join(folder, `${path.slice(11)}.json`);
  for (const ask of [(next: LocalStore) => next.isValidPath(path), (next: LocalStore) => next.records.all().length === 1]) {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    writeFileSync(old, `${JSON.stringify(record)}\n`);
    const next = LocalStore.open({ root: store.root });
    assert.ok(ask(next));
    assert.deepEqual(next.queryPathInfo(path), record);
    assert.deepEqual(readdirSync(folder), [`${path.slice(11, 43)}.valid`]);
  }
  writeFileSync(old, '{"path":');
  store.records.remove(path);
  assert.equal(LocalStore.open({ root: store.root }).isValidPath(path), false);
});

test("registers a result link as a root of the garbage collector under Nix's name", (t) => {
  const folder = scratchFolder(t);
  const store = LocalStore.open({ root: join(folder, 'root') });
  const path = store.addTextToStore('x', 'x', []);
  const link = join(folder, 'result');
  store.addIndirectRoot(link, path);
  store.addIndirectRoot(link, path);
  assert.equal(readFileSync(link, 'utf8'), 'x');
  const roots = join(store.root, 'nix/var/nix/gcroots/auto');
  assert.deepEqual(
    readdirSync(roots).map((name) => readlinkSync(join(roots, name))),
    [link],
  );
  writeFileSync(join(folder, 'taken'), '');
  assert.throws(() => store.addIndirectRoot(join(folder, 'taken'), path), { code: 'store/link-exists' });
});

test('reports a folder without write permission', (t) => {
  const folder = scratchFolder(t);
  if (process.getuid?.() === 0) return t.skip('needs a user that is not root');
  chmodSync(folder, 0o555);
  assert.throws(() => LocalStore.open({ root: join(folder, 'root') }), { code: 'store/not-writable' });
  chmodSync(folder, 0o755);
});
