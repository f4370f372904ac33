/**
 * A web service on another host, which is this one by a real sshd: deployed, updated, broken and taken back by the host, with its data.
 * test/remote has the parts without a guest.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readImage } from '../../src/vm/image.ts';
import { workplace, type Outcome } from '../support/bootflake.ts';
import { freePort } from '../support/free-port.ts';
import { judge } from '../support/judge.ts';
import { sshd, startSshServer } from '../support/ssh-server.ts';
import { findOnPath } from '../../src/system/machine-facts.ts';

const needed = sshd === undefined ? 'sshd is not installed' : findOnPath('qemu-system-x86_64') === undefined && 'the host needs a qemu';
const options = { skip: needed };
const place = workplace('remote', { keep: process.env.BOOTFLAKE_TEST_PLACE });
const flake = join(place.folder, 'machine');
mkdirSync(flake, { recursive: true });
writeFileSync(
  join(flake, 'flake.nix'),
  `{
    inputs.debian.url = "debian/trixie";
    outputs = { debian, ... }: {
      nixosConfigurations.web = debian.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./machine.nix ]; };
    };
  }\n`,
);

/** `port`: where the service listens; its health is asked at port 80. */
function configure(version: string, port = 80): void {
  writeFileSync(
    join(flake, 'machine.nix'),
    `{ config, lib, modulesPath, pkgs, ... }: {
      imports = [ "\${toString modulesPath}/profiles/qemu-guest.nix" ];
      boot.kernelParams = [ "console=ttyS0" ];
      boot.loader.grub.device = "/dev/vda";
      boot.loader.timeout = 0;
      fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; };
      bootflake.state = { enable = true; size = "256M"; };
      bootflake.health = { command = "busybox wget -q -O - http://127.0.0.1/"; timeout = 15; };
      services.openssh.enable = true;
      users.users.tarn = { isNormalUser = true; };
      environment.systemPackages = [ pkgs.busybox ];
      systemd.services.web = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig.StateDirectory = "web";
        script = "echo ${version} >> /var/lib/web/index.html; exec busybox httpd -f -p ${port} -h /var/lib/web";
      };
      networking.firewall.enable = false;
      virtualisation.memorySize = 512;
      system.build.qcow2 = import "\${modulesPath}/../lib/make-disk-image.nix" { inherit config lib pkgs; format = "qcow2"; };
      system.stateVersion = "25.11";
    }\n`,
  );
}

test('a web service on another host: deployed, updated, broken, taken back, with its data', options, async (t) => {
  const server = await startSshServer();
  const environment = { NIX_SSHOPTS: server.env.NIX_SSHOPTS };
  const vm = (command: string, ...args: string[]): Promise<Outcome> => {
    const at = args.indexOf('--');
    const own = at < 0 ? args : args.slice(0, at);
    const rest = at < 0 ? [] : args.slice(at);
    return place.bootflake(['vm', command, ...own, '--host', server.address, ...rest], { timeoutSeconds: 600, environment });
  };
  const path = (...names: string[]) => join(server.home, '.local/state/bootflake/hosted', ...names);
  after(async () => {
    await vm('rm', '--force', 'web');
    assert.ok(!existsSync(path()), 'nothing is left on the host');
    await server.close();
    place.remove();
  });
  const target = `path:${flake}#nixosConfigurations.web.config.system.build.qcow2`;
  const okay = ({ status, stdout, stderr }: Outcome) => {
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const inGuest = async (text: string) => okay(await vm('exec', 'web', '--', 'sh', '-c', text));
  const port = await freePort();
  configure('one');
  okay(await vm('create', 'web', target, '--start', '--forward', `${port}:80`));
  const page = async () => {
    for (let tries = 0; ; tries++) {
      try {
        return await (await fetch(`http://127.0.0.1:${port}/`)).text();
      } catch (error) {
        if (tries > 300) throw error;
        await sleep(500);
      }
    }
  };
  assert.equal(await page(), 'one\n');
  assert.equal(await inGuest('id -un'), 'root\n');
  await inGuest('echo precious > /var/lib/web/data; sync');

  configure('two');
  const update = await vm('update', 'web', '--timeout', '240');
  okay(update);
  assert.match(update.stderr, /sent \d+(?:\.\d)? KiB .*what differs/, 'under a hundredth of the image');
  assert.equal(await page(), 'one\ntwo\n');

  configure('three', 81);
  const broken = await vm('update', 'web', '--timeout', '240');
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /not well: the check: .*refused|not well: the check/);
  assert.match(broken.stderr, /instance\/unwell/);
  // As before the update that was taken back: it had begun to write.
  assert.equal(await page(), 'one\ntwo\ntwo\n');
  assert.equal(await inGuest('cat /var/lib/web/data'), 'precious\n');

  assert.match(okay(await vm('ssh', 'web', '--', 'whoami')), /^tarn$/m);
  okay(await vm('stop', 'web', '--timeout', '120'));
  assert.match(readFileSync(path('vms/web/serial.log'), 'utf8'), /login:[^]*login:/);
  for (const name of readdirSync(path('vms/web')).filter((each) => each.endsWith('.qcow2')))
    await judge(t, 'qemu-img', ['check', path('vms/web', name)]);
  for (let file = readImage(path('vms/web/system.qcow2')).backing; file !== undefined; ) {
    await judge(t, 'qemu-img', ['check', file]);
    const { backing } = readImage(file);
    file = backing && path('images', backing);
  }
});
