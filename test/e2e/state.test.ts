/**
 * State apart from the system, where it goes wrong: power cuts at twenty moments of a boot and of work, an update to a system that never
 * becomes well, and one whose data disk is full. test/e2e/instances.test.ts has what goes right.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { workplace, type Outcome } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';
import { thorough } from '../support/thorough.ts';

const options = { skip: !thorough && 'npm run test:all' };
const place = workplace('state', { keep: process.env.BOOTFLAKE_TEST_PLACE });
const vm = (...args: string[]): Promise<Outcome> => place.bootflake(['vm', ...args], { timeoutSeconds: 900 });
after(async () => {
  if (thorough) await vm('rm', '--force', 'kept');
  place.remove();
});
const inGuest = (text: string): Promise<Outcome> => vm('exec', 'kept', '--', 'sh', '-c', text);

const flake = join(place.folder, 'machine');
mkdirSync(join(flake, 'more'), { recursive: true });
copyFileSync('test/e2e/state-machine.nix', join(flake, 'machine.nix'));
writeFileSync(join(flake, 'more/small'), 'brought by an image\n');
writeFileSync(join(flake, 'more/large'), Buffer.alloc(100 << 20, 'of an image that does not fit'));
const system = (modules: string): string => `debian.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./machine.nix ${modules} ]; }`;
const brings = (name: string): string =>
  `({ config, lib, modulesPath, pkgs, ... }: { system.build.qcow2 = import "\${modulesPath}/../lib/make-disk-image.nix" {
    inherit config lib pkgs; format = "qcow2"; contents = [ { source = ./more/${name}; target = "/var/lib/${name}"; } ]; }; })`;
writeFileSync(
  join(flake, 'flake.nix'),
  `{
    inputs.debian.url = "debian/trixie";
    outputs = { debian, ... }: {
      nixosConfigurations = {
        first = ${system('')};
        second = ${system(brings('small'))};
        full = ${system(brings('large'))};
        stuck = ${system('{ boot.initrd.systemd.services.stuck = { requiredBy = [ "initrd.target" ]; before = [ "initrd.target" ]; unitConfig.DefaultDependencies = false; serviceConfig.Type = "oneshot"; script = "false"; }; }')};
      };
    };
  }\n`,
);
const target = (name: string): string => `path:${flake}#nixosConfigurations.${name}`;

/** Appends lines to a file that is flushed after each, and prints those that are certainly there; ends when its disk is gone. */
const writer = `cd /var/lib; n=$(wc -l < written 2>/dev/null || echo 0)
while [ $n -lt 100000 ]; do n=$((n + 1)); echo "line $n" >> written; sync written; echo $n; done`;

test('power cuts at twenty moments: what was flushed is there, in order, and the machine starts', options, async (t) => {
  const made = await vm('create', 'kept', target('first'), '-m', '768M');
  assert.equal(made.status, 0, made.stderr);
  let flushed = 0;
  let cuts = 0;
  // Seconds after the start, for the first boot with mkfs and others; then after the guest runs commands, while lines are written.
  const booting = [4, 8, 12, 16, 20, 24, 28, 32, 40, 50].map((moment) => ({ moment, waits: false }));
  const busy = [1, 2, 3, 4, 5, 7, 9, 11, 13, 15].map((moment) => ({ moment, waits: true }));
  for (const { moment, waits } of [...booting, ...busy]) {
    assert.equal((await vm('start', 'kept')).status, 0);
    if (waits) assert.equal((await inGuest('true')).status, 0);
    const working = inGuest(writer);
    await sleep(moment * 1000);
    assert.equal((await vm('stop', 'kept', '--force')).status, 0);
    const { stdout } = await working;
    // The last line may have been cut off.
    const printed = stdout.split('\n').slice(0, -1).map(Number);
    flushed = Math.max(flushed, ...printed);
    cuts++;
    t.diagnostic(`cut ${cuts} after ${moment} s: ${flushed} lines were flushed so far`);
  }
  for (const disk of ['system', 'state']) {
    const folder = JSON.parse((await vm('status', 'kept', '--json')).stdout).folder as string;
    await judge(t, 'qemu-img', ['check', join(folder, `${disk}.qcow2`)]);
  }
  assert.equal((await vm('start', 'kept')).status, 0);
  const well = await inGuest('systemctl is-system-running --wait; systemctl --failed --no-legend; dmesg | grep -i "ext4-fs error"');
  assert.equal(well.stdout, 'running\n');
  const lines = (await inGuest('cat /var/lib/written')).stdout.split('\n').slice(0, -1);
  assert.ok(flushed > 10, `${flushed} lines`);
  assert.ok(lines.length >= flushed, `${lines.length} lines, ${flushed} were flushed`);
  assert.deepEqual(
    lines.filter((line, i) => line !== `line ${i + 1}`),
    [],
  );
});

test('an update that never becomes well is said, and taken back with all data', options, async () => {
  assert.equal((await inGuest('head -c 1000000 /dev/urandom > /home/tarn/million; sync')).status, 0);
  const sum = (await inGuest('sha256sum /home/tarn/million /etc/machine-id')).stdout;
  const updated = await vm('update', 'kept', target('stuck'), '--timeout', '100');
  assert.equal(updated.status, 1, updated.stderr);
  assert.match(updated.stderr, /instance\/unwell/);
  assert.match(updated.stderr, /bootflake vm rollback kept/);
  const back = await vm('rollback', 'kept', '--force');
  assert.equal(back.status, 0, back.stderr);
  assert.match(back.stderr, /it runs/);
  assert.equal((await inGuest('sha256sum /home/tarn/million /etc/machine-id')).stdout, sum);
});

test('what a new image brings appears once; what does not fit is said, and the machine runs', options, async () => {
  const sum = (await inGuest('sha256sum /home/tarn/million')).stdout;
  assert.equal((await vm('update', 'kept', target('second'))).status, 0);
  const brought = await inGuest('cat /var/lib/small; rm /var/lib/small; fallocate -l 130M /home/tarn/filler; sync');
  assert.deepEqual([brought.stdout, brought.stderr], ['brought by an image\n', '']);
  const full = await vm('update', 'kept', target('full'));
  assert.equal(full.status, 0, full.stderr);
  assert.equal((await inGuest('sha256sum /home/tarn/million; ls -d /var/lib/large* 2>/dev/null')).stdout, sum);
  assert.match((await vm('log', 'kept')).stdout, /state: not everything of the image could be copied; is the disk full\?/);
  // Back to an image whose file was removed: it does not come back. The data of now stay.
  assert.equal((await vm('rollback', 'kept')).status, 0);
  assert.equal(
    (await inGuest('sha256sum /home/tarn/million; ls /var/lib/small 2>/dev/null; ls /home/tarn/filler')).stdout,
    `${sum}/home/tarn/filler\n`,
  );
});
