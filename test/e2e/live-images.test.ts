/**
 * Systems that run from a squashfs: from an ISO image as a disc, whose system then replaces itself by that for the network, with kexec.
 * `npm run test:all` boots the image also by UEFI (with Secure Boot, too), as a USB stick and as a disk, and the other system from qemu's
 * tftp.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { planIso9660 } from '../../src/disk/iso9660/plan.ts';
import { readTree } from '../../src/system/read-tree.ts';
import type { DirectoryNode } from '../../src/tree/file-tree.ts';
import { writeImage } from '../disk/images.ts';
import { ask, type Firmware, logIn, startMachine } from '../support/bare-machine.ts';
import { workplace } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';
import type { Terminal } from '../support/terminal.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('live-images', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'machine');
mkdirSync(flake, { recursive: true });
writeFileSync(
  join(flake, 'flake.nix'),
  `{
    inputs.debian.url = "debian/trixie";
    outputs = { debian, ... }:
      let system = module: debian.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./machine.nix module ]; };
      in {
        nixosConfigurations.disc = system ({ modulesPath, pkgs, ... }: {
          imports = [ "\${modulesPath}/installer/cd-dvd/iso-image.nix" ];
          isoImage = { makeEfiBootable = true; makeUsbBootable = true; volumeID = "live disc"; };
          boot.loader.grub.secureBoot.enable = ${thorough};
          boot.loader.timeout = 0;
          environment.systemPackages = [ pkgs.kexec-tools ];
        });
        nixosConfigurations.net = system ({ modulesPath, ... }: { imports = [ "\${modulesPath}/installer/netboot/netboot.nix" ]; });
      };
  }\n`,
);
writeFileSync(
  join(flake, 'machine.nix'),
  `{
    boot.kernelParams = [ "console=ttyS0" ];
    users.users.root.password = "";
    system.stateVersion = "25.11";
    # This is about the store: without KVM each of these costs seconds.
    networking.firewall.enable = false;
    networking.useDHCP = false;
    services.resolved.enable = false;
    services.timesyncd.enable = false;
  }\n`,
);

async function build(attribute: string): Promise<string> {
  const built = await place.bootflake(['build', `path:${flake}#nixosConfigurations.${attribute}`, '--print-out-paths', '--no-link']);
  assert.equal(built.status, 0, built.stderr);
  return built.stdout.trim();
}

async function disc(): Promise<string> {
  const folder = join(await build('disc.config.system.build.isoImage'), 'iso');
  return join(folder, readdirSync(folder)[0]!);
}

const start = (t: TestContext, firmware: Firmware, args: readonly string[]): Promise<Terminal> =>
  startMachine(t, place, { firmware }, args);

/** Logs in, and compares what the system is with what it should be. */
async function checkSystem(terminal: Terminal): Promise<void> {
  await logIn(terminal);
  const [root, squashfs, store, systems, failed, state] = await ask(terminal, [
    'findmnt -no FSTYPE /',
    'findmnt -no FSTYPE /nix/.ro-store',
    'findmnt -no FSTYPE /nix/store',
    'readlink /nix/var/nix/profiles/system /run/current-system',
    'systemctl --failed --no-legend',
    'systemctl is-system-running --wait',
  ]);
  assert.deepEqual([root, squashfs, store], ['tmpfs', 'squashfs', 'overlay']);
  const [profile, current] = systems!.split(' ');
  assert.equal(profile, current);
  assert.deepEqual([failed, state], ['', 'running']);
}

test('a disc in a BIOS, whose system is replaced by that for the network, with kexec', async (t) => {
  const tree = readTree(await build('net.config.system.build.kexecTree')) as DirectoryNode;
  const kexec = join(place.folder, 'kexec.iso');
  rmSync(kexec, { force: true });
  writeImage(planIso9660(tree, { volumeId: 'KEXEC', time: 1, seed: 'kexec' }), kexec);
  const iso = await disc();
  assert.match(await judge(t, 'xorriso', ['-indev', iso, '-pvd_info']), /Volume Id +: live disc\n/);
  const terminal = await start(t, 'bios', ['-cdrom', iso, '-drive', `file=${kexec},media=cdrom,readonly=on,format=raw,index=3`]);
  await checkSystem(terminal);
  terminal.type('mount LABEL=KEXEC /mnt && exec /mnt/kexec-boot\n');
  await checkSystem(terminal);
  terminal.type('poweroff\n');
  assert.equal(await terminal.ended, 0);
});

const stick = (file: string): string[] => [
  ...['-device', 'qemu-xhci', '-drive', `if=none,id=stick,format=raw,file=${file},readonly=on`],
  ...['-device', 'usb-storage,drive=stick,bootindex=0'],
];
const disk = (file: string): string[] => ['-drive', `if=virtio,format=raw,file=${file},snapshot=on`];

for (const [title, firmware, hardware] of [
  ['a disc in UEFI', 'uefi', (file: string) => ['-cdrom', file]],
  ['a disc in UEFI with Secure Boot', 'secure-boot', (file: string) => ['-cdrom', file]],
  ['a USB stick in a BIOS', 'bios', stick],
  ['a USB stick in UEFI', 'uefi', stick],
  ['a disk in a BIOS', 'bios', disk],
] as const) {
  test(title, { skip: !thorough && 'npm run test:all does this' }, async (t) => {
    const terminal = await start(t, firmware, hardware(await disc()));
    await checkSystem(terminal);
    terminal.type('poweroff\n');
    assert.equal(await terminal.ended, 0);
  });
}

test('from a server: iPXE of a network card reads the script, the kernel and the initrd', {
  skip: !thorough && 'npm run test:all does this',
}, async (t) => {
  const folder = await build('net.config.system.build.netbootTree');
  const network = ['-netdev', `user,id=net,tftp=${folder},bootfile=netboot.ipxe`, '-device', 'virtio-net-pci,netdev=net'];
  await checkSystem(await start(t, 'bios', [...network, '-boot', 'n']));
});
