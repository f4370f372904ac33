/** The default memory of a machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultMemory, memoryFor } from '../../src/vm/memory.ts';

const GiB = 2 ** 30;

test('defaults to 2 GB on a host with less than 16 GB, else to 4 GB', () => {
  assert.equal(defaultMemory(8 * GiB), '2G');
  assert.equal(defaultMemory(12 * GiB), '2G');
  // What is left of 16 GB after the share of firmware and kernel.
  assert.equal(defaultMemory(15.4 * GiB), '4G');
  assert.equal(defaultMemory(64 * GiB), '4G');
});

test('reduces the memory to the free memory of the host, and prints a line', () => {
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
