import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LocalStore } from '../../src/store/local-store.ts';
import { cacheFiles, makePath, serve, storePath, testFolder, trusted } from './support.ts';

const made = makePath('app');

function start(folder: string, url: string) {
  const script = new URL('fetch-in-process.ts', import.meta.url).pathname;
  const args = ['--import', 'tsx', script, folder, url, storePath('app'), trusted];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (status) => resolve(status)));
  return { child, ended, said: () => said };
}

test('two processes that want the same path: one fetches it', async (t) => {
  const server = await serve(t, cacheFiles([made]), (request, response) => {
    if (!request.url!.startsWith('/nar/')) return false;
    // Long enough for the other process to come.
    setTimeout(() => response.writeHead(200, { 'content-length': made.packed.length }).end(made.packed), 4000);
    return true;
  });
  const folder = testFolder(t);
  const both = [start(folder, server.url), start(folder, server.url)];
  for (const { ended, said } of both) assert.equal(await ended, 0, said());
  assert.equal(server.count(/^\/nar\//), 1);
  const store = LocalStore.open({ root: join(folder, 'root') });
  assert.ok(store.isValidPath(storePath('app')));
  assert.deepEqual(store.verify({ contents: true }), []);
});

test('killed in the middle: nothing is valid, and the next run succeeds and cleans up', async (t) => {
  let slow = true;
  const server = await serve(t, cacheFiles([made]), (request, response) => {
    if (!slow || !request.url!.startsWith('/nar/')) return false;
    response.writeHead(200, { 'content-length': made.packed.length }).write(made.packed.subarray(0, 600_000));
    return true;
  });
  const folder = testFolder(t);
  const first = start(folder, server.url);
  while (server.count(/^\/nar\//) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 300));
  first.child.kill('SIGKILL');
  await first.ended;
  const store = LocalStore.open({ root: join(folder, 'root') });
  assert.ok(!store.isValidPath(storePath('app')));
  assert.deepEqual(readdirSync(store.physicalStore), []);
  slow = false;
  const second = start(folder, server.url);
  assert.equal(await second.ended, 0, second.said());
  store.removeAbandoned();
  assert.deepEqual(
    readdirSync(`${store.state}/tmp`).filter((name) => existsSync(`${store.state}/tmp/${name}`)),
    [],
  );
  assert.deepEqual(LocalStore.open({ root: join(folder, 'root') }).verify({ contents: true }), []);
});
