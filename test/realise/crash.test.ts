import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BuildLog } from '../../src/realise/build-log.ts';
import { realise } from '../../src/realise/realise.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { testStore, writeDerivation, type TestDerivation } from '../store/support.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

function chain(store: LocalStore, length: number): TestDerivation {
  let last = writeDerivation(store, 'link-0', 'builtin:files', {});
  for (let i = 1; i < length; i++) last = writeDerivation(store, `link-${i}`, 'builtin:files', {}, { drvs: [last] });
  return last;
}

function child(root: string, drvPath: string, wait: number): { process: ChildProcess; ended: Promise<string> } {
  const started = spawn(process.execPath, ['--import', 'tsx', 'test/realise/build-child.ts', root, drvPath, String(wait)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  started.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { process: started, ended: new Promise((done) => started.on('close', () => done(output))) };
}

const builds = (root: string) => (existsSync(join(root, 'built')) ? readFileSync(join(root, 'built'), 'utf8').trim().split('\n') : []);

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !condition(); i++) await new Promise((done) => setTimeout(done, 5));
  assert.ok(condition());
}

test('after a kill at any moment the store verifies and the next run continues', async (t) => {
  const store = testStore(t);
  const top = chain(store, 6);
  store.close();
  for (let round = 0; round < 5; round++) {
    const before = builds(store.root).length;
    const run = child(store.root, top.drvPath, 1);
    await until(() => builds(store.root).length > before);
    await new Promise((done) => setTimeout(done, 23 * round));
    run.process.kill('SIGKILL');
    await run.ended;
    const after = LocalStore.open({ root: store.root });
    assert.deepEqual(after.verify({ contents: true }), []);
  }
  assert.ok(readdirSync(join(store.root, 'nix/var/bootflake/tmp')).length > 0, 'a killed build leaves its folder');
  const last = child(store.root, top.drvPath, 0);
  assert.match(await last.ended, /done\n$/);
  const after = LocalStore.open({ root: store.root });
  assert.ok(after.isValidPath(top.out));
  assert.deepEqual(after.verify({ contents: true }), []);
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/tmp')), [], 'and the next run takes it away');
  const stray = readdirSync(join(store.root, 'nix/store')).filter((name) => !after.isValidPath(`/nix/store/${name}`));
  assert.deepEqual(stray, []);
});

test('two processes that need the same derivation build it once', async (t) => {
  const store = testStore(t);
  const top = chain(store, 4);
  const outputs = await Promise.all([
    child(store.root, top.drvPath, 2).ended,
    child(store.root, top.drvPath, 2).ended,
    child(store.root, top.drvPath, 2).ended,
  ]);
  for (const output of outputs) assert.match(output, /done\n$/);
  assert.deepEqual(
    builds(store.root)
      .map((line) => line.split(' ')[0])
      .sort(),
    ['link-0', 'link-1', 'link-2', 'link-3'],
  );
  assert.deepEqual(LocalStore.open({ root: store.root }).verify({ contents: true }), []);
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/locks')), []);
});

test('takes over the locks of a dead process and of an earlier boot', async (t) => {
  const store = testStore(t);
  const top = chain(store, 1);
  const run = child(store.root, top.drvPath, 50);
  await until(() => builds(store.root).length === 1);
  run.process.kill('SIGKILL');
  await run.ended;
  assert.equal(readdirSync(join(store.root, 'nix/var/bootflake/locks')).length, 1);
  const { builders } = await import('../store/support.ts');
  const { mkdirSync } = await import('node:fs');
  await realise(LocalStore.open({ root: store.root }), [top.drvPath], {
    findBuilder: builders({ files: async ({ outputFiles }) => mkdirSync(outputFiles.out!) }),
  });
  assert.deepEqual(readdirSync(join(store.root, 'nix/var/bootflake/locks')), []);
});

test('reports a full disk, and the next run succeeds once there is space', async (t) => {
  const disk = smallDisk(t);
  if (!disk) return;
  const store = LocalStore.open({ root: join(disk, 'root') });
  const top = chain(store, 12);
  const outcome = await child(store.root, top.drvPath, 0).ended;
  assert.match(outcome, /failed store\/disk-full no space is left for the store in .* MiB are free/);
  const after = LocalStore.open({ root: store.root });
  assert.deepEqual(after.verify({ contents: true }), []);
  assert.ok(statfsSync(disk).bavail > 0, 'what was half written is removed');
  assert.equal(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status, 0);
  assert.match(await child(store.root, top.drvPath, 0).ended, /done\n$/);
  assert.deepEqual(LocalStore.open({ root: store.root }).verify({ contents: true }), []);
});

test('says that no more files can be made where there is space', async (t) => {
  const disk = smallDisk(t, 'nr_inodes=60');
  if (!disk) return;
  const store = LocalStore.open({ root: join(disk, 'root') });
  const write = (): void => {
    for (let i = 0; i < 60; i++) store.addTextToStore(`text-${i}`, String(i), []);
  };
  assert.throws(write, { code: 'store/disk-full', message: /no space is left for the store in '[^']*', \d+ more files can be made/ });
  assert.deepEqual(LocalStore.open({ root: store.root }).verify({ contents: true }), []);
});

test('a log that cannot be written does not end its build', (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, 'nix'), 'not a folder');
  const lines: string[] = [];
  const log = new BuildLog(folder, `/nix/store/${'0'.repeat(32)}-x.drv`, (line) => lines.push(line));
  for (let i = 0; i < 3; i++) log.add('x'.repeat(300_000));
  assert.equal(lines.length, 3);
  assert.match(String(log.save()), /ENOTDIR/);
});

/** A tmpfs of 1.5 MiB, if this user may mount one. */
function smallDisk(t: TestContext, option = 'size=1536k'): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', option, 'none', folder]).status !== 0) {
    t.skip('a tmpfs cannot be mounted here');
    return undefined;
  }
  t.after(() => {
    spawnSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  return folder;
}
