import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { BootflakeError } from '../../src/base/errors.ts';
import { SerialConsole } from '../../src/vm/console.ts';
import { logIn } from '../../src/vm/guest-shell.ts';
import { runImage, type RunOptions } from '../../src/vm/run.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** The error of a login on a console that prints this, one byte at a time. */
async function failureOf(shown: string | Uint8Array): Promise<BootflakeError> {
  const socket = new PassThrough();
  const serial = new SerialConsole(socket);
  for (const byte of Buffer.from(shown)) socket.write(Uint8Array.of(byte));
  try {
    await logIn(serial, { user: 'tarn', password: '', bootTimeout: 300 });
  } catch (error) {
    return error as BootflakeError;
  }
  throw new Error('no failure');
}

test('detects a failed boot without waiting for the timeout', async () => {
  const rows: [shown: string, code: string, message: RegExp][] = [
    [
      'stage 1: no driver in this initrd for pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00\r\n',
      'vm/no-disk-driver',
      /lacks the drivers of its disk \(virtio_pci, virtio_blk\).*: pci:v00001AF4d00001001/,
    ],
    ['stage 1: no driver in this initrd for virtio:d00000002v00001AF4\r\n', 'vm/no-disk-driver', /virtio:d00000002v00001AF4/],
    ['stage 1: add boot.shell_on_fail to the kernel command line\r\n', 'vm/boot-failed', /initrd/],
    ['An error occurred in stage 1 of the boot process, which must mount the\r\n', 'vm/boot-failed', /root file system/],
    ['[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n', 'vm/boot-failed', /panicked: VFS: Unable to mount root fs/],
    ['You are in emergency mode. After logging in, type\r\n', 'vm/boot-failed', /emergency mode/],
    [
      'BdsDxe: failed to load Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x2,0x0): Access Denied\r\n',
      'vm/boot-refused',
      /Secure Boot refuses/,
    ],
    ['SeaBIOS\r\nNo bootable device.\r\n', 'vm/boot-failed', /does not boot/],
    ['[    2.1] stage 1: no driver in this initrd for pci:v00008086d00007010bc01sc01\r\n', 'vm/timeout', /a login prompt did not appear/],
  ];
  for (const [shown, code, message] of rows) {
    const error = await failureOf(shown);
    assert.equal(error.code, code, shown);
    assert.match(error.message.replaceAll('\n', ' '), message);
  }
});

test("shows the console's last lines with complete characters, however the output was split", async () => {
  const { message } = await failureOf(`${'x'.repeat(3000)}\r\nstage 2: Größe 日本語 \x1b[1;32m✓\x1b[0m\r\n`);
  assert.match(message, /\| stage 2: Größe 日本語 ✓$/m);
  // The kept output starts in the middle of a character.
  const cut = await failureOf(`${'日'.repeat(1400)}\r\nend\r\n`);
  assert.doesNotMatch(cut.message, /\ufffd/);
  assert.match((await failureOf(Buffer.from('bad \xff\xc3 bytes', 'latin1'))).message, /bad \ufffd\ufffd bytes/);
});

test('an error with the console output fits a terminal of 24 lines', async () => {
  const { message } = await failureOf(
    `${'a line of the kernel that is rather long, as they are, and longer than a terminal is wide\r\n'.repeat(50)}`,
  );
  const rows = message.split('\n').reduce((sum, line) => sum + Math.ceil((line.length + 7) / 80), 0);
  assert.ok(rows <= 20, `${rows} rows`);
});

function options(image: string, others: Partial<RunOptions>): RunOptions {
  const unused = (): never => {
    throw new Error('the machine was started');
  };
  return {
    image,
    facts: {},
    path: '',
    stateFolder: join(image, '..'),
    forwards: [],
    firmware: 'bios',
    accel: 'tcg',
    password: '',
    dryRun: false,
    qemuArguments: [],
    note: () => {},
    print: unused,
    console: {} as RunOptions['console'],
    input: (async function* () {})(),
    onOutput: unused,
    onErrorOutput: unused,
    ...others,
  };
}

test('reports problems that are known before a machine starts', async (t) => {
  const folder = scratchFolder(t);
  const image = join(folder, 'disk.img');
  const bootSector = Buffer.alloc(512);
  bootSector.set([0x55, 0xaa], 510);
  writeFileSync(image, bootSector);
  const fault = (others: Partial<RunOptions>) =>
    runImage(options(image, others)).then(
      () => 'none',
      ({ code, message }: BootflakeError) => `${code}: ${message}`,
    );
  assert.match(await fault({ exec: 'id' }), /^vm\/no-user: .*nothing beside the image says which users it has/);
  assert.match(await fault({ exec: 'id', facts: { users: [] } }), /^vm\/no-user: .*no normal user/);
  assert.match(await fault({ exec: 'id', user: 'root' }), /^vm\/no-qemu/);
  assert.match(await fault({ facts: { initrdModules: ['ahci', 'virtio_pci'] } }), /^vm\/no-disk-driver: .* lacks virtio_blk,/);
  assert.match(await fault({ facts: { initrdModules: [] } }), /lacks virtio_pci and virtio_blk/);
  assert.match(await fault({ facts: { initrdModules: [] }, qemuArguments: ['-device', 'nvme'] }), /^vm\/no-qemu/);
  assert.match(
    await fault({ disk: join(folder, 'none', 'state.qcow2') }),
    /^vm\/no-folder: .*state\.qcow2' cannot be made: the folder '.*none' does not exist/,
  );
  assert.match(await fault({ disk: join(image, 'state.qcow2') }), /^vm\/no-folder/);
  assert.match(await fault({ timeoutSeconds: Number.NaN }), /^vm\/bad-timeout/);
  assert.match(await fault({ memory: 'much' }), /^vm\/bad-size/);
});
