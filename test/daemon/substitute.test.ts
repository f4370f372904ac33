/** Stores behind a daemon as substituters. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nix, withNix } from '../support/nix-oracle.ts';
import { makePath, sample, storePath, testFolder, testSubstituters, trusted } from '../caches/support.ts';
import { startRealDaemon } from './real-daemon.ts';
import { Op, startDaemon, type DaemonPath, type TestDaemon } from './test-daemon.ts';

/** A path as our own caches have it, in the store of a daemon. */
function give(daemon: TestDaemon, name: string, options: Parameters<typeof makePath>[1] = {}): DaemonPath {
  const { info, packed } = makePath(name, options);
  const path = { nar: packed, references: info.references, signatures: info.signatures };
  daemon.paths.set(info.storePath, path);
  return path;
}

for (const minor of [32, 34, 37, 38, 39])
  test(`a daemon that speaks 1.${minor}`, async (t) => {
    const folder = testFolder(t);
    const daemon = await startDaemon(t, folder, { minor });
    give(daemon, 'one', { tree: sample() });
    give(daemon, 'two', { references: [storePath('one'), storePath('two')] });
    const { substituters, store, fetch, signal, warnings } = testSubstituters(t, [daemon.uri], {}, { folder });
    const found = await substituters.findAll([storePath('two'), storePath('three')], { signal });
    assert.deepEqual([...found.keys()].sort(), [storePath('one'), storePath('two')].sort());
    for (const name of ['one', 'two']) await fetch(storePath(name));
    assert.equal(readFileSync(`${store.realPath(storePath('one'))}/text`, 'utf8'), 'text\n');
    assert.deepEqual(store.queryPathInfo(storePath('two'))!.references, [storePath('one'), storePath('two')].sort());
    assert.deepEqual(warnings, []);
    assert.equal(daemon.connections, 1);
    assert.equal(daemon.requests.filter((op) => op === Op.NarFromPath).length, 2);
  });

test('signatures count as for other caches', async (t) => {
  const folder = testFolder(t);
  const daemon = await startDaemon(t, folder);
  give(daemon, 'unsigned', { unsigned: true });
  const strict = testSubstituters(t, [daemon.uri], {}, { folder });
  assert.deepEqual(await strict.substituters.find(storePath('unsigned'), strict), []);
  assert.match(strict.warnings.join(), /ignoring substitute for '.*-unsigned' from 'unix:.*': it is not signed by any of the keys/);
  const other = testFolder(t);
  const lax = testSubstituters(t, [`${daemon.uri}?trusted=true&priority=7`], {}, { folder: other });
  const [found] = await lax.substituters.find(storePath('unsigned'), lax);
  assert.equal(found!.cache.priority, 7);
  await lax.fetch(storePath('unsigned'));
});

test('a daemon that is not there is left out with a warning', async (t) => {
  const { substituters, warnings, signal } = testSubstituters(t, ['unix:///nonexistent/socket']);
  assert.deepEqual(await substituters.find(storePath('x'), { signal }), []);
  assert.match(warnings.join(), /disabling binary cache 'unix:\/\/\/nonexistent\/socket' for 60 seconds: .*there is no such socket/);
});

test('a real daemon, over its socket and as the program that ssh runs', withNix, async (t) => {
  const folder = testFolder(t);
  const { uri, command, store } = await startRealDaemon(t, folder);
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'sub'), { recursive: true });
  writeFileSync(join(tree, 'file'), 'contents\n');
  writeFileSync(join(tree, 'big'), Buffer.alloc(3_000_000, 'big'));
  symlinkSync('file', join(tree, 'link'));
  const path = nix(['store', 'add', '--store', uri, '--name', 'tree', tree]).toString().trim();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // An ssh that hears what it is asked, and then does it here.
  const heard = join(folder, 'heard');
  writeFileSync(
    join(bin, 'ssh'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${heard}'\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec sh -c "$*"\n`,
    {
      mode: 0o755,
    },
  );
  const remote = `remote-program=${command}&remote-store=${encodeURIComponent(store)}`;
  const env = { PATH: `${bin}:${process.env.PATH}`, NIX_SSHOPTS: `-v -o 'User Name'` };
  for (const address of [uri, `ssh-ng://localhost?${remote}`, `ssh-ng://me@example.org:2222?compress=true&ssh-key=/key&${remote}`]) {
    const ours = testSubstituters(t, [address], {}, { env });
    assert.deepEqual(ours.warnings, []);
    await ours.fetch(path);
    assert.equal(readFileSync(`${ours.store.realPath(path)}/link`, 'utf8'), 'contents\n');
    assert.deepEqual(await ours.substituters.find(storePath('absent'), ours), []);
    await ours.substituters.close();
  }
  assert.equal(
    readFileSync(heard, 'utf8'),
    `me@example.org\n-x\n-v\n-o\nUser Name\n-i\n/key\n-oConnectTimeout=15\n-C\n-p2222\n--\n${command} --stdio --store 'local?root=${folder}/real'\n`,
  );
});

test('a real daemon with a signing key', withNix, async (t) => {
  const folder = testFolder(t);
  const secret = nix(['key', 'generate-secret', '--key-name', 'test-1']);
  writeFileSync(join(folder, 'key'), secret);
  const key = nix(['key', 'convert-secret-to-public'], { input: secret }).toString();
  const { uri } = await startRealDaemon(t, folder, `secret-key-files = ${folder}/key\nsandbox = false`);
  const expr = `derivation { name = "made"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo made > $out" ]; }`;
  const path = nix(['build', '--store', uri, '--impure', '--no-link', '--print-out-paths', '--expr', expr]).toString().trim();
  const stranger = testSubstituters(t, [uri], { 'trusted-public-keys': trusted });
  assert.deepEqual(await stranger.substituters.find(path, stranger), []);
  const friend = testSubstituters(t, [uri], { 'trusted-public-keys': key });
  await friend.fetch(path);
  assert.equal(readFileSync(friend.store.realPath(path), 'utf8'), 'made\n');
});
