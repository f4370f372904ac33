import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTree } from '../../src/system/read-tree.ts';
import { readAgainWhileEntriesVanish } from '../../src/system/vanishing-entries.ts';
import { narDigest, narHash } from '../../src/nix-format/nar-writer.ts';
import { physicalSource } from '../../src/store/physical-tree.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('a tree is read again when what it had is gone, a bounded number of times', () => {
  const root = scratchFolder();
  const missing = join(root, 'gone');
  let calls = 0;
  const counted = <T>(read: (call: number) => T) => {
    calls = 0;
    return () => {
      calls += 1;
      return read(calls);
    };
  };
  const once = readAgainWhileEntriesVanish(
    root,
    counted((call) => (call === 1 ? lstatSync(missing) : 'read')),
  );
  assert.deepEqual([once, calls], ['read', 2]);
  const fails = (folder: string, read: () => unknown, error: object, times: number) => {
    assert.throws(() => readAgainWhileEntriesVanish(folder, counted(read)), error);
    assert.equal(calls, times);
  };
  fails(root, () => readFileSync(missing), { code: 'ENOENT' }, 6);
  fails(missing, () => readTree(missing), { code: 'io/no-such-file' }, 1);
  fails(root, () => JSON.parse('{'), SyntaxError, 1);
});

test('a folder in which another process replaces a file is read as it was at some moment', async () => {
  const root = scratchFolder();
  mkdirSync(join(root, 'sub'));
  for (let i = 0; i < 50; i++) writeFileSync(join(root, 'sub', `file-${i}`), 'x');
  // Replaces a file with pauses, as a program that saves does.
  const replaces = `const fs = require('fs');
    for (let i = 0; ; i++) {
      const name = process.argv[1] + '/lock.' + i + '.tmp';
      fs.writeFileSync(name, '');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      fs.renameSync(name, process.argv[1] + '/lock');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    }`;
  const other = spawn(process.execPath, ['-e', replaces, root], { stdio: 'ignore' });
  try {
    for (let i = 0; i < 150; i++) {
      readAgainWhileEntriesVanish(root, () => narHash(readTree(root)));
      readAgainWhileEntriesVanish(root, () => narDigest(physicalSource, root));
      if (i % 20 === 0) await new Promise((done) => setTimeout(done, 5));
    }
  } finally {
    other.kill();
  }
});
