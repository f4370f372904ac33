/**
 * State apart from the system, where it goes wrong: power cuts at many moments of a boot and of work, an update to a system that never
 * becomes well, and one whose data disk is full. test/e2e/instances.test.ts has what goes right.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { workplace, type Outcome } from '../support/bootflake.ts';
import { judge, judgeStatus } from '../support/judge.ts';
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
while [ $n -lt 100000 ]; do
  n=$((n + 1)); echo "line $n" >> written; sync written
  echo $n
  # Names that come and go, too.
  mkdir -p busy && echo $n > busy/$((n % 50)) && rm -f busy/$(((n + 25) % 50))
done`;

/** Runs the writer until its machine ends. `flushed`: the last number that it has printed. */
function write(): { flushed: () => number; ended: Promise<unknown> } {
  let text = '';
  const child = spawn(process.execPath, [resolve('dist/bootflake.js'), 'vm', 'exec', 'kept', '--', 'sh', '-c', writer], {
    env: place.environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  return { flushed: () => Number(text.split('\n').at(-2) ?? 0), ended: once(child, 'close') };
}

const statusOf = async (): Promise<{ folder: string; pid: number }> =>
  JSON.parse((await vm('status', 'kept', '--json')).stdout) as { folder: string; pid: number };

/**
 * What a power cut leaves at this moment: qemu is stopped where it is, as by SIGKILL, and the data disk is copied. Without a boot, the file
 * system is repaired as at a boot, has no errors afterwards, and all that was flushed.
 */
async function cut(t: TestContext, { folder, pid }: { folder: string; pid: number }, flushed: () => number): Promise<number> {
  const copy = join(place.folder, 'cut.qcow2');
  const raw = join(place.folder, 'cut.raw');
  process.kill(pid, 'SIGSTOP');
  const certain = flushed();
  copyFileSync(join(folder, 'state.qcow2'), copy);
  process.kill(pid, 'SIGCONT');
  await judge(t, 'qemu-img', ['check', copy]);
  await judge(t, 'qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', copy, raw]);
  const { status, output } = judgeStatus(t, 'e2fsck', ['-fp', raw]);
  assert.ok(status === 0 || status === 1, `e2fsck ended with status ${status}: ${output}`);
  await judge(t, 'e2fsck', ['-fn', raw]);
  checkLines(await judge(t, 'debugfs', ['-R', 'cat /var/lib/written', raw]), certain);
  const million = join(place.folder, 'million');
  await judge(t, 'debugfs', ['-R', `dump /home/tarn/million ${million}`, raw]);
  assert.equal(createHash('sha256').update(readFileSync(million)).digest('hex'), millionHash);
  return certain;
}

function checkLines(text: string, flushed: number): void {
  // The last line may have been cut off; debugfs prints one of its own first.
  const lines = text
    .split('\n')
    .slice(0, -1)
    .filter((line) => !line.startsWith('debugfs'));
  assert.ok(lines.length >= flushed, `${lines.length} lines, ${flushed} were flushed`);
  assert.deepEqual(
    lines.filter((line, i) => line !== `line ${i + 1}`),
    [],
  );
}
let millionHash = '';

test('power cuts: what was flushed is there, in order, and the machine starts', options, async (t) => {
  const made = await vm('create', 'kept', target('first'), '-m', '768M');
  assert.equal(made.status, 0, made.stderr);
  // Seconds after the start: at the first, the file system is made, and what the image has is copied.
  for (const seconds of [5, 12, 20, 30]) {
    assert.equal((await vm('start', 'kept')).status, 0);
    await sleep(seconds * 1000);
    assert.equal((await vm('stop', 'kept', '--force')).status, 0);
  }
  let flushed = 0;
  let cuts = 0;
  for (let boot = 1; boot <= 2; boot++) {
    assert.equal((await vm('start', 'kept')).status, 0);
    const begun = await inGuest(
      'test -e /home/tarn/million || { head -c 1000000 /dev/urandom > /home/tarn/million; sync; }; sha256sum < /home/tarn/million',
    );
    millionHash ||= begun.stdout.slice(0, 64);
    assert.equal(begun.stdout, `${millionHash}  -\n`, begun.stderr);
    const machine = await statusOf();
    const working = write();
    for (const seconds of [4, 0.3, 1.7, 0.5, 3.1, 0.9, 2.3, 0.2, 1.1, 4.3]) {
      await sleep(seconds * 1000);
      flushed = Math.max(flushed, await cut(t, machine, working.flushed));
      cuts++;
      t.diagnostic(`cut ${cuts}: ${flushed} lines were flushed`);
    }
    assert.equal((await vm('stop', 'kept', '--force')).status, 0);
    await working.ended;
    flushed = Math.max(flushed, working.flushed());
  }
  assert.ok(flushed > 20, `${flushed} lines`);
  const { folder } = await statusOf();
  for (const disk of ['system', 'state']) await judge(t, 'qemu-img', ['check', join(folder, `${disk}.qcow2`)]);
  assert.equal((await vm('start', 'kept')).status, 0);
  const well = await inGuest('systemctl is-system-running --wait; systemctl --failed --no-legend; dmesg | grep -i "ext4-fs error"');
  assert.equal(well.stdout, 'running\n');
  checkLines((await inGuest('cat /var/lib/written')).stdout, flushed);
});

test('an update that never becomes well is said, and taken back with all data', options, async () => {
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
  // The files of the data disk did not become more with each of these.
  const { folder } = await statusOf();
  const files = readdirSync(folder).filter((name) => /^state.*\.qcow2$/.test(name));
  assert.ok(files.length <= 2, files.join(' '));
});
