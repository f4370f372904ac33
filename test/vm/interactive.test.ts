/** The console of a machine on the user's terminal: keys are read even if the guest reads nothing. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { findOnPath } from '../../src/system/machine-facts.ts';
import { ConsoleKeys } from '../../src/vm/console-keys.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { scriptMissing, Terminal } from '../support/terminal.ts';

function typed(...pieces: string[]): string {
  let log = '';
  const keys = new ConsoleKeys({
    text: (bytes) => {
      log += JSON.stringify(Buffer.from(bytes).toString('latin1'));
    },
    command: (command) => {
      log += `<${command}>`;
    },
  });
  for (const piece of pieces) keys.take(Buffer.from(piece, 'latin1'));
  return log;
}

test('ctrl-a starts a command, in one piece or in several; the rest goes to the guest in order', () => {
  assert.equal(typed('ls\n'), '"ls\\n"');
  assert.equal(typed('a\x01xb'), '"a"<end>"b"');
  assert.equal(typed('a\x01', 'c', 'd'), '"a"<monitor>"d"');
  assert.equal(typed('\x01\x01', '\x01\x01x'), '"\\u0001""\\u0001x"');
  assert.equal(typed('\x01qa\x01h\x01?\x01b'), '"a"<help><help><break>');
});

const skip = scriptMissing || (findOnPath('qemu-system-x86_64') ? false : 'qemu is not on this machine');

test('ctrl-a x ends a guest that reads nothing, for example a suspended one', { skip }, async (t) => {
  const folder = scratchFolder(t);
  const bootSector = Buffer.alloc(512);
  bootSector.set([0x55, 0xaa], 510);
  writeFileSync(join(folder, 'disk.img'), bootSector);
  // -S: the processor does not start, so the guest reads no input.
  const command = [process.execPath, resolve('dist/bootflake.js'), 'run', 'disk.img', '--accel', 'tcg', '-m', '64M', '--', '-S'];
  const environment = { ...process.env, NO_COLOR: '1' };
  for (const name of ['XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME']) Object.assign(environment, { [name]: join(folder, name) });
  const terminal = new Terminal(command, { cwd: folder, environment });
  await terminal.sees(/booting .*disk\.img \(tcg\); ctrl-a x ends the machine/);
  terminal.type('x'.repeat(300));
  terminal.type('\x01c');
  await terminal.sees(/\(qemu\) /);
  terminal.type('info status\r');
  await terminal.sees(/VM status: paused/);
  terminal.type('\x01c');
  await terminal.sees(/the guest's console/);
  terminal.type(`${'y'.repeat(300)}\x01x`);
  assert.equal(await terminal.ended, 0);
});
