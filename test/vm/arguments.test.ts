import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseProcessors, needsOneThread } from '../../src/vm/emulation.ts';
import type { Qemu } from '../../src/vm/find-qemu.ts';
import { parseFirmware, prepareFirmware } from '../../src/vm/firmware.ts';
import { parseForward } from '../../src/vm/forward.ts';
import { machineArguments, type MachineDescription } from '../../src/vm/qemu-arguments.ts';
import { shellQuote } from '../../src/base/shell-quote.ts';
import { parseSize } from '../../src/vm/size.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const machine: MachineDescription = {
  name: 'nixos',
  memory: '4G',
  processors: 2,
  accelerator: 'tcg',
  disks: [{ file: '/state/a,b.qcow2', format: 'qcow2' }],
  firmware: { kind: 'bios' },
  networks: [{ kind: 'user', forwards: [parseForward('2222:22')] }],
  console: 'terminal',
  extra: ['-vnc', ':1'],
};

test('the machine is that of the blog, with a network and an entropy source', () => {
  assert.equal(
    machineArguments(machine).join(' '),
    '-name nixos -nodefaults -vga std -accel tcg,tb-size=128 -smp 2 -m 4G ' +
      '-drive cache=writeback,file=/state/a,,b.qcow2,format=qcow2,id=drive1,if=none,index=1,werror=report -device ' +
      'virtio-blk-pci,bootindex=1,drive=drive1 ' +
      '-netdev user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22 -device virtio-net-pci,netdev=net0,romfile= -device ' +
      'virtio-rng-pci -nographic -serial mon:stdio -vnc :1',
  );
});

test('emulates one processor, or several in one thread, with old versions of qemu', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-qemu-'));
  const qemu = (script: string): Qemu => {
    const file = join(folder, 'qemu');
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { command: [file], environment: {}, firmwareFolders: [], origin: 'PATH' };
  };
  const needed = (version: string, processors = 2): Promise<boolean> =>
    needsOneThread(qemu(`echo 'QEMU emulator version ${version}'`), 'tcg', processors);
  for (const version of ['7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)', '8.1.5', '2.12.0']) assert.equal(await needed(version), true, version);
  for (const version of ['8.2.0', '10.0.13 (Debian 1:10.0.13+ds-0+deb13u1)', '9.1']) assert.equal(await needed(version), false, version);
  assert.equal(await needed('7.2.22', 1), false);
  assert.equal(await needsOneThread(qemu('exit 1'), 'tcg', 2), true);
  assert.equal(await needsOneThread(qemu('exit 1'), 'kvm', 2), false);
  const chosen = (version: string, processors: number, isDefault: boolean) =>
    chooseProcessors(qemu(`echo 'QEMU emulator version ${version}'`), 'tcg', { processors, isDefault });
  assert.deepEqual(await chosen('7.2.22', 2, true), { accelerator: 'tcg', processors: 1, oneThread: false });
  assert.deepEqual(await chosen('7.2.22', 2, false), { accelerator: 'tcg', processors: 2, oneThread: true });
  assert.deepEqual(await chosen('10.0.13', 2, true), { accelerator: 'tcg', processors: 2, oneThread: false });
  rmSync(folder, { recursive: true });
  assert.match(machineArguments({ ...machine, oneThread: true }).join(' '), /-accel tcg,tb-size=128,thread=single -smp 2 /);
});

test('a kernel that qemu starts itself has no boot loader; commas in its values are themselves', () => {
  const kernel = { file: '/store/vm,linuz', initrd: '/store/initrd', commandLine: 'init=/init console=ttyS0,115200' };
  const list = machineArguments({ ...machine, kernel });
  const at = list.indexOf('-kernel');
  assert.deepEqual(list.slice(at, at + 6), ['-kernel', kernel.file, '-initrd', kernel.initrd, '-append', kernel.commandLine]);
});

test('UEFI uses two flash chips; the console and QMP use sockets', () => {
  const args = machineArguments({
    ...machine,
    accelerator: 'kvm',
    firmware: { kind: 'uefi', code: '/c.fd', variables: '/v.fd' },
    console: { socket: 4 },
    control: { socket: 3 },
    extra: [],
  }).join(' ');
  assert.match(args, /-accel kvm -cpu host/);
  assert.match(args, /-drive if=pflash,unit=0,format=raw,readonly=on,file=\/c\.fd -drive if=pflash,unit=1,format=raw,file=\/v\.fd /);
  assert.match(
    args,
    /-chardev socket,id=console,fd=4 -serial chardev:console -chardev socket,id=control,fd=3 -mon chardev=control,mode=control$/,
  );
});

test('Secure Boot is a firmware with keys of its own, whose flash is for code in system management mode', async () => {
  const args = machineArguments({
    ...machine,
    firmware: { kind: 'secure-boot', code: '/c.fd', variables: '/v.fd' },
    console: 'terminal',
    extra: [],
  }).join(' ');
  assert.match(args, /-machine q35,smm=on -global driver=cfi\.pflash01,property=secure,value=on -drive if=pflash,unit=0/);

  const folder = scratchFolder();
  const ovmf = join(folder, 'usr/share/OVMF');
  mkdirSync(ovmf, { recursive: true });
  for (const name of ['CODE_4M', 'VARS_4M', 'CODE_4M.secboot']) writeFileSync(join(ovmf, `OVMF_${name}.fd`), name);
  const at = join(folder, 'variables');
  const prepare = (kind: 'uefi' | 'secure-boot') => prepareFirmware(kind, [folder], { variables: `${at}-${kind}`, tree: undefined });
  assert.deepEqual(await prepare('uefi'), { kind: 'uefi', code: join(ovmf, 'OVMF_CODE_4M.fd'), variables: `${at}-uefi` });
  // Without keys it would start everything.
  await assert.rejects(prepare('secure-boot'), { code: 'vm/no-uefi', message: /with Secure Boot and its keys/ });
  writeFileSync(join(ovmf, 'OVMF_VARS_4M.ms.fd'), 'keys');
  assert.deepEqual(await prepare('secure-boot'), {
    kind: 'secure-boot',
    code: join(ovmf, 'OVMF_CODE_4M.secboot.fd'),
    variables: `${at}-secure-boot`,
  });
  assert.equal(readFileSync(`${at}-secure-boot`, 'utf8'), 'keys');
  assert.throws(() => parseFirmware('secureboot'), { code: 'vm/bad-firmware' });
});

test('parses forwards and sizes, and refuses wrong ones', () => {
  assert.deepEqual(parseForward('0.0.0.0:53:5353/udp'), { address: '0.0.0.0', host: 53, guest: 5353, protocol: 'udp' });
  for (const wrong of ['22', 'a:b', '0:22', '22:70000', '::']) assert.throws(() => parseForward(wrong), { code: 'vm/bad-forward' });
  assert.deepEqual(
    [parseSize('20G'), parseSize('1.5g'), parseSize('512', 'M'), parseSize('100MiB')],
    [20 * 2 ** 30, 1.5 * 2 ** 30, 2 ** 29, 100 * 2 ** 20],
  );
  for (const wrong of ['', 'G', '-1G', '0', '10X']) assert.throws(() => parseSize(wrong), { code: 'vm/bad-size' });
});

test('a shell reads the quoted command back', () => {
  const args = ['a b', "it's", '$HOME', '', '*', 'plain-1,2=/x', 'new\nline', '~', '"'];
  const echoed = spawnSync('/bin/sh', ['-c', `printf '%s\\0' ${shellQuote(args)}`], { encoding: 'utf8' }).stdout;
  assert.deepEqual(echoed.split('\0').slice(0, -1), args);
});
