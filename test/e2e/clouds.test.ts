/**
 * Images for clouds, each in a machine with the metadata service of its cloud, or with the drive that its host attaches: name, key for
 * root, and the user's script.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startMachine } from '../support/bare-machine.ts';
import { workplace } from '../support/bootflake.ts';
import { type DriveKind, guestDrive } from '../support/guest-drive.ts';
import { overlayOf } from '../support/host-image.ts';
import { type Cloud, hardwareAddress, metadataServer } from '../support/metadata-server.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('clouds', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());
const flake = join(place.folder, 'flake');

/** What the guest says of itself once cloud-init, or the agent, has done its work. */
const machine = `{
  inputs.nixpkgs.url = "debian/trixie";
  outputs = { self, nixpkgs }: {
    nixosConfigurations.vm = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [
        ({ lib, pkgs, ... }: {
          system.stateVersion = "25.11";
          image.modules.google-compute.systemd.services.facts.environment.KEYS = "/home/tarn/.ssh/authorized_keys";
          systemd.services.facts = {
            wantedBy = [ "multi-user.target" ];
            environment.KEYS = lib.mkDefault "/root/.ssh/authorized_keys";
            path = [ pkgs.iproute2 pkgs.util-linux ];
            script = ''
              for i in $(seq 300); do
                if [ -e /root/from-the-user ] && [ -s "$KEYS" ]; then break; fi
                sleep 1
              done
              # The login prompt has hung up what was open before.
              exec > /dev/ttyS0
              echo "name: $(cat /proc/sys/kernel/hostname)"
              echo "key: $(grep -o 'ssh-ed25519.*' "$KEYS" | head -n 1)"
              echo "user: $(cat /root/from-the-user)"
              echo "address: $(ip -4 -oneline address show scope global | sed 's/.*inet \\([^/]*\\).*/\\1/')"
              echo "root: $(findmnt -n -o FSTYPE,LABEL /)"
              echo "failed: $(systemctl list-units --failed --plain --no-legend | cut -d' ' -f1 | tr '\\n' ' ')"
              systemctl poweroff
            '';
          };
        })
      ];
    };
  };
}
`;

before(async () => {
  if (!thorough) return;
  mkdirSync(flake, { recursive: true });
  writeFileSync(join(flake, 'flake.nix'), machine);
  await place.run('git', ['init', '-q'], { cwd: flake });
  await place.run('git', ['add', '.'], { cwd: flake });
});

const sshKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Hc1z5ZbGcVXkS1kq4l5sC2y8y4n1r0Vb8J3o6mZ0d tarn@example';
const userData = '#!/bin/sh\necho "greetings" > /root/from-the-user\n';

interface Case {
  variant: string;
  id: string;
  cloud?: Cloud;
  drive?: DriveKind;
  firmware?: 'uefi';
  disk?: 'nvme' | 'virtio-scsi';
}

const uuid = '83679162-1378-4288-a2d4-70e13ec132aa';
const cases: Case[] = [
  { variant: 'amazon', cloud: 'ec2', id: 'i-0123456789abcdef0', disk: 'nvme' },
  { variant: 'openstack', cloud: 'openstack', id: uuid },
  { variant: 'openstack', drive: 'config-2', id: uuid },
  { variant: 'digital-ocean', cloud: 'digitalocean', id: '2756294' },
  { variant: 'google-compute', cloud: 'gce', id: '5734622135410' },
  { variant: 'oci', cloud: 'oracle', id: 'ocid1.instance.oc1.eu-frankfurt-1.abc', firmware: 'uefi', disk: 'virtio-scsi' },
  { variant: 'kubevirt', drive: 'cidata-iso', id: uuid },
  { variant: 'kubevirt', drive: 'cidata-fat', id: uuid },
  { variant: 'kubevirt', cloud: 'nocloud', id: uuid },
  { variant: 'proxmox', drive: 'proxmox', id: 'd2a84e1ba4a1f2f3cc8d8d6f24c6a3fa3c3a1c2b' },
  { variant: 'proxmox', drive: 'proxmox-config-2', id: 'd2a84e1ba4a1f2f3cc8d8d6f24c6a3fa3c3a1c2b' },
  // Linux leaves IDE disks to Hyper-V's own driver where the firmware is Microsoft's.
  { variant: 'azure', cloud: 'azure', drive: 'azure', id: uuid, disk: 'nvme' },
  { variant: 'azure', cloud: 'azure', id: uuid, disk: 'nvme' },
];

const disks = {
  nvme: ['-device', 'nvme,drive=disk,serial=vol1'],
  virtio: ['-device', 'virtio-blk-pci,drive=disk'],
  'virtio-scsi': ['-device', 'virtio-scsi-pci', '-device', 'scsi-hd,drive=disk'],
};

for (const { variant, cloud, drive, id, firmware = 'bios', disk = 'virtio' } of cases) {
  const from = [cloud && 'the metadata service', drive && `the drive ${drive}`].filter(Boolean).join(' and ');
  test(`${variant}: the guest takes its name, key and script from ${from}`, {
    skip: !thorough && 'npm run test:all does this',
  }, async (t) => {
    const instance = { id, hostName: 'tree.example.test', sshKey, userData };
    const network = ['-netdev', 'user,id=net', '-device', `virtio-net-pci,netdev=net,mac=${hardwareAddress}`];
    const server = cloud && (await metadataServer(cloud, instance, place.folder));
    t.after(() => server?.close());
    const image = await imageOf(variant);
    const terminal = await startMachine(t, place, { firmware, machine: firmware === 'bios' ? 'pc' : 'q35', memory: 1200 }, [
      ...['-drive', `file=${image},format=qcow2,if=none,id=disk`, ...disks[disk]],
      ...(drive ? guestDrive(drive, instance, place.folder) : []),
      ...(server?.qemuArguments ?? network),
    ]);
    const found: Record<string, string> = {};
    for (const name of ['name', 'key', 'user', 'address', 'root', 'failed']) {
      const match = await terminal.waitFor(new RegExp(`^${name}: ([^\\n]*)\\n`, 'm'), {
        seconds: 900,
        hopeless: /Kernel panic - not syncing/,
      });
      assert.ok(match, `no ${name} after:\n${terminal.rest().slice(-3000)}\nasked:\n${server?.asked.join('\n')}`);
      found[name] = match[1]!.trim();
    }
    const address = server ? '169.254.169.20' : '10.0.2.15';
    assert.deepEqual(found, { name: 'tree', key: sshKey, user: 'greetings', address, root: 'ext4 nixos', failed: '' });
    // Azure takes a machine away that does not say that it has started.
    if (cloud === 'azure') assert.ok(server?.asked.includes('POST /machine?comp=health 200'), server?.asked.join('\n'));
    await terminal.ended;
  });
}

/** A disk over the variant's image, made anew for each test. */
async function imageOf(variant: string): Promise<string> {
  const built = await place.bootflake(['build-image', '.#vm', '--image-variant', variant, '--no-link', '--json'], { cwd: flake });
  assert.equal(built.status, 0, built.stderr);
  const [{ file }] = JSON.parse(built.stdout) as [{ file: string }];
  return overlayOf(place, file, { extraSpace: 0 });
}
