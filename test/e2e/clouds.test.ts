/** Images for clouds, each in a machine with the metadata service of its cloud: name, key for root, and the user's script. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { type Cloud, metadataServer } from '../support/metadata-server.ts';
import { Terminal } from '../support/terminal.ts';
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
            path = [ pkgs.util-linux ];
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

const cases: { variant: string; cloud: Cloud; id: string }[] = [
  { variant: 'amazon', cloud: 'ec2', id: 'i-0123456789abcdef0' },
  { variant: 'openstack', cloud: 'openstack', id: '83679162-1378-4288-a2d4-70e13ec132aa' },
  { variant: 'digital-ocean', cloud: 'digitalocean', id: '2756294' },
  { variant: 'google-compute', cloud: 'gce', id: '5734622135410' },
];

for (const { variant, cloud, id } of cases) {
  test(`${variant}: the guest takes its name, key and script from the metadata service`, {
    skip: !thorough && 'npm run test:all does this',
  }, async (t) => {
    const server = await metadataServer(cloud, { id, hostName: 'tree.example.test', sshKey, userData }, place.folder);
    t.after(() => server.close());
    const built = await place.bootflake(['build-image', '.#vm', '--image-variant', variant, '-o', variant, '--json'], { cwd: flake });
    assert.equal(built.status, 0, built.stderr);
    const [{ file }] = JSON.parse(built.stdout) as [{ file: string }];
    const disk = join(place.folder, `${variant}.qcow2`);
    let [image, format] = [file, file.endsWith('.vhd') ? 'vpc' : file.endsWith('.qcow2') ? 'qcow2' : 'raw'];
    if (file.endsWith('.tar.gz')) {
      // As Google unpacks it.
      const unpacked = await place.run('tar', ['-xSf', file, '-C', place.folder], {});
      assert.equal(unpacked.status, 0, unpacked.stderr);
      [image, format] = [join(place.folder, 'disk.raw'), 'raw'];
    }
    const made = await place.run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', image, '-F', format, disk]);
    assert.equal(made.status, 0, made.stderr);
    const terminal = new Terminal(
      [
        ...['qemu-system-x86_64', '-m', '1200', '-smp', '2', '-accel', 'tcg,thread=single', '-nographic', '-no-reboot'],
        ...[
          '-drive',
          `file=${disk},if=none,id=disk`,
          '-device',
          cloud === 'ec2' ? 'nvme,drive=disk,serial=vol1' : 'virtio-blk-pci,drive=disk',
        ],
        ...server.qemuArguments,
      ],
      { cwd: place.folder, environment: place.environment, encoding: 'latin1' },
    );
    t.after(() => terminal.kill());
    const found: Record<string, string> = {};
    for (const name of ['name', 'key', 'user', 'root', 'failed']) {
      const match = await terminal.waitFor(new RegExp(`${name}: ([^\\n]*)\\n`), { seconds: 900, hopeless: /Kernel panic - not syncing/ });
      assert.ok(match, `no ${name} after:\n${terminal.rest().slice(-3000)}\nasked:\n${server.asked.join('\n')}`);
      found[name] = match[1]!.trim();
    }
    assert.deepEqual(found, { name: 'tree', key: sshKey, user: 'greetings', root: 'ext4 nixos', failed: '' });
    await terminal.ended;
  });
}
