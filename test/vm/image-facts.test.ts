import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readImageFacts } from '../../src/vm/image-facts.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('what an image says of its state counts only if all of it is as it should be', () => {
  const good = { size: '8G', mountPoint: '/state', directories: ['/var', '/srv/a b'], files: [], guestShell: true };
  const read = (state: unknown) => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'nix-support'));
    writeFileSync(join(folder, 'nix-support/machine.json'), JSON.stringify({ users: ['tarn'], state }));
    const facts = readImageFacts(folder);
    assert.deepEqual(facts.users, ['tarn']);
    return facts.state;
  };
  assert.deepEqual(read(good), good);
  for (const wrong of [
    undefined,
    null,
    [],
    { ...good, size: '8' },
    { ...good, size: '0G' },
    { ...good, size: '8G; true' },
    { ...good, mountPoint: 'state' },
    { ...good, mountPoint: '/\u001b[2J' },
    { ...good, directories: ['/var\n'] },
    { ...good, directories: '/var' },
    { ...good, files: [1] },
    { ...good, files: Array(1001).fill('/f') },
    { ...good, guestShell: 'yes' },
  ])
    assert.equal(read(wrong), undefined, JSON.stringify(wrong));
});
