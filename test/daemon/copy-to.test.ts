/** Copying to stores behind a daemon. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { copyTo } from '../../src/daemon/copy-to.ts';
import { DaemonStore } from '../../src/daemon/daemon-store.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { narDigest } from '../../src/nix-format/nar-writer.ts';
import { narPieces } from '../../src/store/nar-pieces.ts';
import { physicalSource } from '../../src/store/physical-tree.ts';
import { referencesFirst } from '../../src/store/closure.ts';
import { directory, file } from '../../src/tree/file-tree.ts';
import { testFolder, narOf, sample } from '../caches/support.ts';
import { workplace } from '../support/bootflake.ts';
import { nix, withNix } from '../support/nix-oracle.ts';
import { startRealDaemon } from './real-daemon.ts';
import { errorMessage, Op, startDaemon, u64, type TestDaemonOptions } from './test-daemon.ts';

const { signal } = new AbortController();

export function daemonStore(t: TestContext, uri: string): DaemonStore {
  const store = DaemonStore.at(uri, { env: process.env, connectTimeout: 10, stalledAfter: 10 });
  t.after(() => store.close());
  return store;
}

/** A store with a text that refers to a tree. */
function filledStore(folder: string): { store: LocalStore; tree: string; text: string } {
  const store = LocalStore.open({ root: join(folder, 'root') });
  const tree = store.addToStore('tree', sample(), { method: 'nar' });
  return { store, tree, text: store.addTextToStore('text', `see ${tree}\n`, [tree]) };
}

async function filled(t: TestContext, options: TestDaemonOptions = {}) {
  const folder = testFolder(t);
  const daemon = await startDaemon(t, folder, options);
  return { ...filledStore(folder), daemon, folder, remote: daemonStore(t, daemon.uri) };
}

test('paths are sent with all that they refer to, and only what is not there', async (t) => {
  const { store, tree, text, daemon, remote } = await filled(t);
  const events: string[] = [];
  const onProgress = ({ type }: { type: string }): void => void events.push(type);
  assert.deepEqual(await copyTo(store, remote, [text], { signal, onProgress }), [tree, text]);
  assert.deepEqual(daemon.paths.get(tree)!.nar, narOf(sample()));
  assert.deepEqual(daemon.paths.get(text)!.references, [tree]);
  assert.equal(daemon.paths.get(text)!.ca, store.queryPathInfo(text)!.ca);
  assert.deepEqual([events[0], events.at(-1)], ['start', 'finish']);
  assert.deepEqual(await copyTo(store, remote, [text], { signal }), []);
  const other = store.addTextToStore('other', `see ${text}\n`, [text]);
  assert.deepEqual(await copyTo(store, remote, [other, tree], { signal }), [other]);
  assert.equal(daemon.requests.filter((op) => op === Op.AddMultipleToStore).length, 2);
  assert.equal(daemon.connections, 1);
});

test('what the daemon refuses is an error with its words, and the connection is not used again', async (t) => {
  let refuse = true;
  const { store, text, daemon, remote } = await filled(t, {
    async answer(op, client, socket) {
      if (op !== Op.AddMultipleToStore || !refuse) return false;
      refuse = false;
      await client.bytes(16 + 8);
      socket.write(errorMessage("cannot add path '\x1b[35;1mx\x1b[0m' because it lacks a signature by a trusted key"));
      await client.frames();
      return true;
    },
  });
  await assert.rejects(copyTo(store, remote, [text], { signal }), {
    code: 'daemon/refused',
    message: "cannot add path 'x' because it lacks a signature by a trusted key",
  });
  assert.equal((await copyTo(store, remote, [text], { signal })).length, 2);
  assert.equal(daemon.connections, 2);
});

test('a daemon that is done too early did not take the paths', async (t) => {
  const { store, remote } = await filled(t, {
    async answer(op, client, socket) {
      if (op !== Op.AddMultipleToStore) return false;
      await client.bytes(16);
      socket.write(u64(0x616c7473));
      return new Promise(() => {});
    },
  });
  const big = store.addToStore('big', file(Buffer.alloc(20_000_000)), { method: 'nar' });
  await assert.rejects(copyTo(store, remote, [big], { signal }), { code: 'daemon/protocol', message: /done before it had everything/ });
});

test('a path that was changed is not sent', async (t) => {
  const { store, text, daemon, remote } = await filled(t);
  chmodSync(store.realPath(text), 0o644);
  writeFileSync(store.realPath(text), 'changed');
  await assert.rejects(copyTo(store, remote, [text], { signal }), { code: 'daemon/modified' });
  assert.equal(daemon.paths.has(text), false);
});

test('an aborted copy ends at once', async (t) => {
  const controller = new AbortController();
  const { store, text, remote } = await filled(t, {
    answer(op) {
      if (op !== Op.AddMultipleToStore) return false;
      setImmediate(() => controller.abort(new Error('enough')));
      return new Promise(() => {});
    },
  });
  await assert.rejects(copyTo(store, remote, [text], { signal: controller.signal }), { message: 'enough' });
});

test('an archive in pieces is the archive', (t) => {
  const folder = join(testFolder(t), 'tree');
  mkdirSync(join(folder, 'empty'), { recursive: true });
  for (const [name, size] of [
    ['one', 1],
    ['exact', 256 << 10],
    ['more', (256 << 10) + 1],
    ['much', 3_000_000],
    ['none', 0],
  ] as const)
    writeFileSync(join(folder, name), Buffer.alloc(size, name), { mode: size === 1 ? 0o755 : 0o644 });
  writeFileSync(Buffer.from(`${folder}/\xff\xfe`, 'latin1'), 'odd');
  symlinkSync('nowhere', join(folder, 'link'));
  for (const path of [folder, join(folder, 'link'), join(folder, 'one'), join(folder, 'empty')]) {
    const hasher = createHash('sha256');
    for (const piece of [...narPieces(path)]) hasher.update(piece);
    assert.deepEqual(hasher.digest(), Buffer.from(narDigest(physicalSource, path).sha256), path);
  }
});

test('paths come after those that they refer to, in long chains and cycles', () => {
  const chain = Array.from({ length: 50_000 }, (_, i) => String(i));
  assert.deepEqual(
    referencesFirst([...chain].reverse(), (path) => (path === '0' ? [] : [String(Number(path) - 1)])),
    chain,
  );
  assert.deepEqual(referencesFirst(['a', 'b'], (path) => (path === 'a' ? ['a', 'b', 'x'] : ['a'])).sort(), ['a', 'b']);
});

test('a real daemon takes what we send, and nix verifies it', withNix, async (t) => {
  const folder = testFolder(t);
  const { uri, command, store: address } = await startRealDaemon(t, folder);
  const { store, tree, text } = filledStore(folder);
  const big = store.addToStore('big', directory([['zeros', file(Buffer.alloc(20_000_000))]]), { method: 'nar' });
  const ssh = daemonStore(t, `ssh-ng://localhost?remote-program=${command}&remote-store=${encodeURIComponent(address)}`);
  assert.deepEqual(await copyTo(store, ssh, [text], { signal }), [tree, text]);
  assert.deepEqual(await copyTo(store, daemonStore(t, uri), [text, big], { signal }), [big]);
  nix(['store', 'verify', '--store', address, '--no-trust', tree, text, big]);
  assert.equal(readFileSync(`${folder}/real${text}`, 'utf8'), `see ${tree}\n`);
  const info = JSON.parse(nix(['path-info', '--store', uri, '--json', '--json-format', '1', text]).toString());
  assert.deepEqual(info[text].references, [tree]);
});

test("copy --to and --from a daemon's store, by the command line", async (t) => {
  const place = workplace('copy-daemon');
  t.after(() => place.remove());
  const { store, tree, text } = filledStore(join(place.folder, 'home/.local/share'));
  store.close();
  const daemon = await startDaemon(t, place.folder);
  const environment = { BOOTFLAKE_ROOT: store.root, NIX_CONFIG: 'substituters =' };
  const to = await place.bootflake(['copy', '--to', daemon.uri, text], { environment });
  assert.equal(to.status, 0, to.stderr);
  assert.deepEqual([...daemon.paths.keys()].sort(), [tree, text].sort());
  assert.deepEqual(daemon.paths.get(tree)!.nar, narOf(sample()));
  const other = { ...environment, BOOTFLAKE_ROOT: join(place.folder, 'other') };
  const from = await place.bootflake(['copy', '--from', daemon.uri, text], { environment: other });
  assert.equal(from.status, 0, from.stderr);
  const copied = LocalStore.open({ root: other.BOOTFLAKE_ROOT });
  t.after(() => copied.close());
  assert.equal(copied.queryPathInfo(tree)?.narHash, `sha256-${createHash('sha256').update(narOf(sample())).digest('base64')}`);
});
