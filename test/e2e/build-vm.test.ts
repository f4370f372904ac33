/** A configuration that runs without an image: its script boots it twice, with one disk. Only `npm run test:all` boots it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { blogFlake, workplace } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';
import { Terminal } from '../support/terminal.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('build-vm', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());
const skip = !thorough && 'npm run test:all';
const script = join(place.folder, 'result/bin/run-nixos-vm');
const prompt = /\$ $/;

async function boot(): Promise<Terminal> {
  const environment = { ...place.environment, QEMU_KERNEL_PARAMS: 'probe=1', QEMU_OPTS: '-no-reboot' };
  const machine = new Terminal([script], { cwd: place.folder, environment, encoding: 'latin1' });
  assert.ok(await machine.waitFor(/login: /, { seconds: 400 }), machine.rest());
  machine.type('tarn\n');
  assert.ok(await machine.waitFor(prompt, { seconds: 120 }), machine.rest());
  return machine;
}

async function powerOff(machine: Terminal): Promise<void> {
  machine.type('sudo poweroff\n');
  assert.equal(await machine.ended, 0, machine.rest());
}

test('the script is made as by nixos-rebuild', { skip }, async () => {
  const flake = await blogFlake(place, 'trixie');
  const built = await place.bootflake(['build-vm', `${flake}#build-qcow2`]);
  assert.equal(built.status, 0, built.stderr);
  assert.match(built.stderr, /^Done\. The virtual machine can be started by running .*\/result\/bin\/run-nixos-vm$/m);
  assert.doesNotMatch(built.stderr, /disk-image/);
  assert.match(readFileSync(script, 'utf8'), /^#!\/bin\/sh\n/);
});

test("the machine has the host's store, and a disk of its own, which is kept", { skip }, async (t) => {
  const machine = await boot();
  machine.type('findmnt -no FSTYPE,SOURCE /; findmnt -no FSTYPE,OPTIONS /nix/store; systemctl --failed --no-legend | wc -l\n');
  assert.ok(await machine.waitFor(/ext4 +\/dev\/vda\nvirtiofs +ro,[^\n]*\n0\n/, { seconds: 60 }), machine.rest());
  machine.type('grep -c probe=1 /proc/cmdline; echo from-the-first | sudo tee /root/kept\n');
  assert.ok(await machine.waitFor(/1\nfrom-the-first\n/, { seconds: 60 }), machine.rest());
  await powerOff(machine);
  await judge(t, 'qemu-img', ['check', join(place.folder, 'nixos.qcow2')]);
  const again = await boot();
  again.type('sudo cat /root/kept\n');
  assert.ok(await again.waitFor(/from-the-first\n/, { seconds: 60 }), again.rest());
  await powerOff(again);
  assert.ok(!existsSync(join(place.folder, 'result/nixos.qcow2')));
});
