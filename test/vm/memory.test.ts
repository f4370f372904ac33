/** How much memory a machine gets when nothing is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultMemory, memoryFor } from '../../src/vm/memory.ts';

const GiB = 2 ** 30;

test('a host with less than 16 GB gives a machine 2 GB, others 4', () => {
  assert.equal(defaultMemory(8 * GiB), '2G');
  assert.equal(defaultMemory(12 * GiB), '2G');
  // What 16 GB are once firmware and kernel have kept theirs.
  assert.equal(defaultMemory(15.4 * GiB), '4G');
  assert.equal(defaultMemory(64 * GiB), '4G');
});

test('a machine that is larger than the free memory gets less, and a line says so', () => {
  const notes: string[] = [];
  assert.equal(
    memoryFor('1M', (line) => notes.push(line)),
    '1M',
  );
  assert.equal(notes.length, 0);
  assert.match(
    memoryFor('900T', (line) => notes.push(line)),
    /^\d+M$/,
  );
  assert.match(notes.join('\n'), /^this host has \d+ MiB of free memory: the machine gets \d+M, not 900T$/);
});
