/** Threads that take turns over shared words, while others send unrelated notifications. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedWord, sleepSync, WORD_BYTES } from '../../src/system/shared-word.ts';

const ROUNDS = 20_000;

/** A thread that runs a script with `SharedWord`s over one buffer: `words[i]`. Rejects with the script's error. */
function thread(buffer: SharedArrayBuffer, script: string): { ended: Promise<void>; stop(): void } {
  const imports = `const { register } = await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}); register();
    const { SharedWord } = await import(${JSON.stringify(new URL('../../src/system/shared-word.ts', import.meta.url).href)});`;
  const setup = `const buffer = require('node:worker_threads').workerData; const words = [0, 1, 2].map((i) => new SharedWord(buffer, i));`;
  const worker = new Worker(
    `(async () => { ${imports} ${setup} ${script} })().catch((error) => { setImmediate(() => { throw error; }); });`,
    { eval: true, workerData: buffer },
  );
  const ended = new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
  return { ended, stop: () => void worker.terminate() };
}

test('late or unrelated notifications do not end a turn', { timeout: 120_000 }, async () => {
  const buffer = new SharedArrayBuffer(3 * WORD_BYTES);
  // Words 0 and 1 count the turns of the two, word 2 stops the disturbing threads.
  const takesTurns = (own: number, other: number): string => `
    for (let turn = 1; turn <= ${ROUNDS}; turn++) {
      ${own === 0 ? 'words[0].set(turn);' : ''}
      const seen = words[${other}].waitWhile(turn - 1);
      if (seen !== turn) throw new Error('turn ' + turn + ' was ended by ' + seen);
      ${own === 1 ? 'words[1].set(turn);' : ''}
    }`;
  const disturbs = `const raw = new Int32Array(buffer); while (words[2].value === 0) { Atomics.notify(raw, 0); Atomics.notify(raw, 1); }`;
  const disturber = thread(buffer, disturbs);
  const turns = [thread(buffer, takesTurns(0, 1)), thread(buffer, takesTurns(1, 0))];
  try {
    await Promise.all(turns.map(({ ended }) => ended));
    new SharedWord(buffer, 2).set(1);
    await disturber.ended;
  } finally {
    for (const { stop } of [disturber, ...turns]) stop();
  }
  assert.equal(new SharedWord(buffer, 1).value, ROUNDS);
});

test('a wait times out and leaves its word unchanged', async () => {
  const buffer = new SharedArrayBuffer(3 * WORD_BYTES);
  const word = new SharedWord(buffer);
  const begun = performance.now();
  assert.equal(word.waitWhile(0, 60), undefined);
  sleepSync(40);
  assert.ok(performance.now() - begun >= 99);
  // Notifications do not extend it.
  const disturber = thread(buffer, 'const raw = new Int32Array(buffer); while (words[2].value === 0) Atomics.notify(raw, 0);');
  assert.equal(word.waitWhile(0, 300), undefined);
  new SharedWord(buffer, 2).set(1);
  await disturber.ended;
  assert.equal(word.replace(1, 2), false);
  assert.equal(word.replace(0, 2), true);
  assert.equal(word.waitWhile(0), 2);
});

test('no other file waits for a thread on its own', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  assert.deepEqual(
    files.filter((file) => /Atomics\.(wait|notify)\(/.test(readFileSync(join('src', file), 'utf8'))),
    [join('system', 'shared-word.ts')],
  );
  assert.deepEqual(files.filter((file) => /\bSharedWord\b/.test(readFileSync(join('src', file), 'utf8'))).sort(), [
    join('system', 'blocking-channel.ts'),
    join('system', 'shared-word.ts'),
  ]);
});
