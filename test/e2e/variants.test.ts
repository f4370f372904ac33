/**
 * The variants of `bootflake build-image`, each booted with the firmware, the disk controller and the network card of its host, as far as
 * qemu has them. ISO images and the network are the matter of live-images.test.ts, what clouds say that of clouds.test.ts.
 */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { planFat } from '../../src/disk/fat/plan.ts';
import { readTree } from '../../src/system/read-tree.ts';
import type { DirectoryNode } from '../../src/tree/file-tree.ts';
import { writeImage } from '../disk/images.ts';
import { ask, type Firmware, logIn, startMachine } from '../support/bare-machine.ts';
import { workplace } from '../support/bootflake.ts';
import { overlayOf } from '../support/host-image.ts';
import { metadataServer } from '../support/metadata-server.ts';
import { Terminal } from '../support/terminal.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('variants', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());
const skip = !thorough && 'npm run test:all does this';
const flake = join(place.folder, 'variants');
cpSync('test/e2e/variants', flake, { recursive: true });

/** A host's controller of disks: qemu's arguments for the drive `disk`, and the driver of Linux. */
const controllers = {
  ide: { args: ['-device', 'ide-hd,drive=disk'], driver: 'ata_piix', machine: 'pc' },
  lsiSas: { args: ['-device', 'mptsas1068', '-device', 'scsi-hd,drive=disk'], driver: 'mptsas', machine: 'q35' },
  megasas: { args: ['-device', 'megasas', '-device', 'scsi-hd,drive=disk'], driver: 'megaraid_sas', machine: 'q35' },
  nvme: { args: ['-device', 'nvme,drive=disk,serial=1'], driver: 'nvme', machine: 'q35' },
  pvscsi: { args: ['-device', 'pvscsi', '-device', 'scsi-hd,drive=disk'], driver: 'vmw_pvscsi', machine: 'q35' },
  sata: { args: ['-device', 'ide-hd,drive=disk'], driver: 'ahci', machine: 'q35' },
  sdCard: { args: ['-device', 'sdhci-pci', '-device', 'sd-card,drive=disk'], driver: 'sdhci-pci', machine: 'q35' },
  usb: { args: ['-device', 'qemu-xhci', '-device', 'usb-storage,drive=disk'], driver: 'xhci_hcd', machine: 'q35' },
  virtio: { args: ['-device', 'virtio-blk-pci,drive=disk'], driver: 'virtio_blk', machine: 'q35' },
  virtioScsi: { args: ['-device', 'virtio-scsi-pci', '-device', 'scsi-hd,drive=disk'], driver: 'virtio_scsi', machine: 'q35' },
} as const;

interface Case {
  variant: string;
  /** The configuration of the flake: `other` has the other firmware. */
  of?: 'vm' | 'other';
  firmware: Firmware;
  controllers: (keyof typeof controllers)[];
  /** qemu's network card, and its driver. */
  network?: [device: string, driver: string];
}

const virtioNet: Case['network'] = ['virtio-net-pci', 'virtio_net'];
const cases: Case[] = [
  { variant: 'amazon', firmware: 'bios', controllers: ['nvme'] },
  { variant: 'amazon', of: 'other', firmware: 'uefi', controllers: ['nvme'] },
  // With Microsoft's firmware, Hyper-V's own driver would have the IDE disk; newer hosts of the second generation have NVMe.
  { variant: 'azure', firmware: 'bios', controllers: ['ide'] },
  { variant: 'azure', of: 'other', firmware: 'uefi', controllers: ['nvme'] },
  { variant: 'cloudstack', firmware: 'bios', controllers: ['virtio'] },
  { variant: 'digital-ocean', firmware: 'bios', controllers: ['virtioScsi'] },
  { variant: 'google-compute', firmware: 'bios', controllers: ['virtioScsi'] },
  { variant: 'google-compute', of: 'other', firmware: 'uefi', controllers: ['nvme'] },
  { variant: 'hyperv', firmware: 'uefi', controllers: ['sata'] },
  { variant: 'kubevirt', firmware: 'bios', controllers: ['virtio'] },
  { variant: 'linode', firmware: 'bios', controllers: ['virtioScsi'] },
  { variant: 'oci', firmware: 'uefi', controllers: ['virtioScsi'] },
  { variant: 'oci', of: 'other', firmware: 'bios', controllers: ['nvme'] },
  { variant: 'openstack', firmware: 'bios', controllers: ['virtio'] },
  { variant: 'openstack', of: 'other', firmware: 'uefi', controllers: ['virtioScsi'] },
  { variant: 'proxmox', firmware: 'bios', controllers: ['virtio'] },
  { variant: 'proxmox', of: 'other', firmware: 'uefi', controllers: ['virtioScsi'] },
  { variant: 'qemu', firmware: 'bios', controllers: ['virtio'] },
  { variant: 'qemu-efi', firmware: 'uefi', controllers: ['virtio'] },
  { variant: 'raw', firmware: 'bios', controllers: ['virtioScsi'] },
  { variant: 'raw-efi', firmware: 'uefi', controllers: ['virtioScsi'] },
  { variant: 'sd-card', firmware: 'bios', controllers: ['sdCard', 'megasas'], network: ['e1000e', 'e1000e'] },
  { variant: 'sd-card', firmware: 'uefi', controllers: ['usb'], network: ['rtl8139', '8139cp'] },
  { variant: 'vagrant-libvirt', firmware: 'bios', controllers: ['virtio'] },
  { variant: 'vagrant-virtualbox', firmware: 'bios', controllers: ['sata'], network: ['e1000', 'e1000'] },
  { variant: 'virtualbox', firmware: 'bios', controllers: ['sata'], network: ['e1000', 'e1000'] },
  { variant: 'vmware', firmware: 'uefi', controllers: ['pvscsi', 'lsiSas', 'nvme'], network: ['vmxnet3', 'vmxnet3'] },
];

const built = new Map<string, Promise<Map<string, string>>>();

/** All variants of a configuration that are booted, made by one command; the file of one. */
async function fileOf(configuration: 'vm' | 'other', variant: string): Promise<string> {
  const names = [...new Set(cases.filter(({ of = 'vm' }) => of === configuration).map((it) => it.variant))];
  if (configuration === 'vm') names.push('uki', 'vm-nogui');
  let files = built.get(configuration);
  if (!files) {
    files = place
      .bootflake(
        ['build-image', `path:${flake}#${configuration}`, ...names.flatMap((name) => ['--image-variant', name]), '--no-link', '--json'],
        { timeoutSeconds: 1200 },
      )
      .then(({ status, stdout, stderr }) => {
        assert.equal(status, 0, stderr);
        return new Map((JSON.parse(stdout) as { variant: string; file: string }[]).map((it) => [it.variant, it.file]));
      });
    built.set(configuration, files);
  }
  const file = (await files).get(variant);
  assert.ok(file, variant);
  return file;
}

const extraSpace = 1024 ** 3;

/** What a guest says of itself. */
const questions = [
  'test -e /sys/firmware/efi && echo uefi || echo bios',
  // The drivers of the root's device and of all that it is on.
  [
    'd=$(readlink -f /sys/class/block/$(basename $(findmnt -no SOURCE /)))',
    'while [ "$d" != /sys ]; do basename "$(readlink "$d/driver")"; d=${d%/*}; done',
  ].join('; '),
  'for n in /sys/class/net/*/device/driver; do basename "$(readlink "$n")"; done',
  'df --output=size -B1 / | tail -n 1',
  'systemctl is-system-running --wait',
  'systemctl --failed --plain --no-legend',
];

for (const { variant, of = 'vm', firmware, network = virtioNet, ...it } of cases) {
  for (const name of it.controllers) {
    test(`${variant}: ${firmware}, ${name}`, { skip }, async (t) => {
      const disk = await overlayOf(place, await fileOf(of, variant), { extraSpace });
      const { args, driver, machine } = controllers[name];
      const hardware = ['-vga', 'std', '-drive', `if=none,id=disk,format=qcow2,file=${disk}`, ...args];
      if (variant === 'google-compute') {
        const instance = { id: '5734622135410', hostName: 'tree.example.test', sshKey: '', userData: '#!/bin/sh\n' };
        const server = await metadataServer('gce', instance, place.folder);
        t.after(() => server.close());
        hardware.push(...server.qemuArguments);
      } else hardware.push('-netdev', 'user,id=net', '-device', `${network[0]},netdev=net`);
      if (variant === 'linode') {
        const grub = await place.bootflake(['build', `path:${flake}#linode-grub`, '--no-link', '--print-out-paths']);
        assert.equal(grub.status, 0, grub.stderr);
        hardware.push('-kernel', grub.stdout.trim());
      }
      const terminal = await startMachine(t, place, { firmware, machine }, hardware);
      await logIn(terminal);
      const [started, drivers, networks, size, state, failed] = await ask(terminal, questions, 240);
      assert.deepEqual([started, networks, state, failed], [firmware, network[1], 'running', '']);
      assert.ok(drivers!.split(' ').includes(driver), drivers);
      // It has grown with its disk.
      assert.ok(Number(size) > extraSpace, size);
    });
  }
}

test('uki: UEFI starts it from a FAT file system', { skip }, async (t) => {
  const folder = join(place.folder, 'esp');
  mkdirSync(join(folder, 'EFI/BOOT'), { recursive: true });
  const program = join(folder, 'EFI/BOOT/BOOTX64.EFI');
  copyFileSync(await fileOf('vm', 'uki'), program);
  const size = Math.ceil(statSync(program).size / 2 ** 20 + 16) * 2 ** 20;
  writeImage(planFat(readTree(folder) as DirectoryNode, { size, volumeId: 1, label: 'ESP', time: 1 }), join(place.folder, 'esp.img'));
  const hardware = ['-drive', 'if=virtio,format=raw,file=esp.img,readonly=on'];
  const terminal = await startMachine(t, place, { firmware: 'uefi', memory: 3072 }, hardware);
  await logIn(terminal);
  const [started, , , , state, failed] = await ask(terminal, questions, 240);
  assert.deepEqual([started, state, failed], ['uefi', 'running', '']);
});

test('vm-nogui: the script starts it with the store of this host', { skip }, async (t) => {
  const environment = { ...place.environment, QEMU_OPTS: '-no-reboot' };
  const terminal = new Terminal([await fileOf('vm', 'vm-nogui')], { cwd: place.folder, environment, encoding: 'latin1' });
  t.after(() => terminal.kill());
  await logIn(terminal);
  const [, , , , state, failed] = await ask(terminal, questions, 240);
  assert.deepEqual([state, failed], ['running', '']);
});

test('containers, and kexec', { skip }, async () => {
  const tested = await place.bootflake(['test', `path:${flake}#containers`, '--junit', join(place.folder, 'containers.xml')], {
    timeoutSeconds: 2400,
  });
  assert.equal(tested.status, 0, tested.stderr);
  const report = readFileSync(join(place.folder, 'containers.xml'), 'utf8');
  for (const name of ['docker', 'oci-archive', 'lxc', 'proxmox-lxc', 'wsl', 'incus', 'lxc-metadata', 'kexec'])
    assert.match(report, new RegExp(`<testcase name="${name}"`));
});
