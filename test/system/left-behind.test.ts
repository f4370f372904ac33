/** What killed processes leave beside files and locks is removed, or in no one's way. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { besideName, removeAbandonedBeside } from '../../src/system/beside-name.ts';
import { writeFileAtomic } from '../../src/system/files.ts';
import { removeDeadLocks, tryLock } from '../../src/system/lock-file.ts';
import { identityToken, ownIdentity } from '../../src/system/process-identity.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** The number of a process that has ended. */
const deadPid = spawnSync('true').pid;

test('a file of a killed process with the same number and counter is replaced', (t) => {
  const file = join(scratchFolder(t), 'file');
  const [, before, number] = /^(.*-)([0-9]+)\.tmp$/.exec(besideName(file, 'tmp'))!;
  writeFileSync(`${before}${Number(number) + 1}.tmp`, 'half');
  writeFileAtomic(file, [Buffer.from('whole')]);
  assert.equal(readFileSync(file, 'utf8'), 'whole');
});

test('files beside others are removed once they are old and their process has ended', (t) => {
  const folder = scratchFolder(t);
  const old = [`a.${deadPid}-0-1.tmp`, `b.${process.pid}-0-1.tmp`, 'c.tmp', 'd.1.tmp', 'e'];
  for (const name of [...old, `f.${deadPid}-0-2.tmp`]) writeFileSync(join(folder, name), '');
  for (const name of old) utimesSync(join(folder, name), 1, 1);
  removeAbandonedBeside(folder);
  assert.deepEqual(readdirSync(folder).sort(), [...old.slice(1), `f.${deadPid}-0-2.tmp`].sort());
  removeAbandonedBeside(join(folder, 'none'));
});

test('locks of dead owners are removed, those of living ones and those being made are not', (t) => {
  const folder = scratchFolder(t);
  const dead = `${identityToken({ ...ownIdentity(), pid: deadPid, startTime: '1' })}-t0`;
  for (const name of ['dead', `x.${deadPid}-0-1.own`]) writeFileSync(join(folder, name), dead);
  writeFileSync(join(folder, 'made.1-0-1.own'), '');
  writeFileSync(join(folder, 'left.1-0-1.own'), '');
  utimesSync(join(folder, 'left.1-0-1.own'), 1, 1);
  const lock = tryLock(join(folder, 'held'));
  removeDeadLocks(folder);
  assert.deepEqual(readdirSync(folder).sort(), ['held', 'made.1-0-1.own']);
  if ('release' in lock) lock.release();
  removeDeadLocks(join(folder, 'none'));
});
