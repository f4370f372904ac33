import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { probeCode, probeExitPort, probeExitValue, probeRom } from '../../src/vm/probe-guest.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test("the bytes are the assembler's output for the source", (t) => {
  if (!existsSync('/usr/bin/as') || process.arch !== 'x64') return t.skip('no assembler on this machine');
  const folder = scratchFolder(t);
  const run = (program: string, ...args: string[]) => assert.equal(spawnSync(program, args, { cwd: folder, stdio: 'inherit' }).status, 0);
  run('as', '--64', '-o', 'x.o', join(process.cwd(), 'src/vm/probe-guest.S'));
  run('ld', '-m', 'elf_x86_64', '-Ttext=0x20000', '--oformat=binary', '-o', 'x.bin', 'x.o');
  assert.ok(readFileSync(join(folder, 'x.bin')).equals(probeCode()));
});

test('the guest runs to its end under full emulation', (t) => {
  if (!existsSync('/usr/bin/qemu-system-x86_64')) return t.skip('qemu-system-x86_64 is not on this machine');
  const rom = join(mkdtempSync(join(tmpdir(), 'bootflake-probe-')), 'rom');
  t.after(() => rmSync(join(rom, '..'), { recursive: true }));
  writeFileSync(rom, probeRom());
  for (const cpu of ['qemu64', 'max']) {
    const { status } = spawnSync(
      '/usr/bin/qemu-system-x86_64',
      [
        '-accel',
        'tcg',
        '-cpu',
        cpu,
        '-machine',
        'pc',
        '-m',
        '16M',
        '-nodefaults',
        '-display',
        'none',
        '-no-reboot',
        '-bios',
        rom,
        '-device',
        `isa-debug-exit,iobase=${probeExitPort},iosize=2`,
      ],
      { timeout: 60_000 },
    );
    assert.equal(status, (probeExitValue << 1) | 1, cpu);
  }
});
