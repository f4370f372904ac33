/** The blog from its three files to a machine that has been logged in to, on every suite and firmware that we promise. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { blogFlake, workplace } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';

const place = workplace('e2e', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const machineFacts = [
  'uname -a', 'python3 --version', 'id -un', 'sudo id', 'hostname', 'systemctl is-system-running --wait', 'systemctl --failed --no-legend | wc -l',
  'findmnt -no FSTYPE /', 'df -BM --output=size / | tail -1', 'ls -ld /tmp', 'cat /proc/cmdline',
].map((command) => `echo "[${command}]"; ${command}`).join('; ');

const answer = (text: string, command: string): string => {
  const lines = text.replaceAll('\r', '').split('\n');
  const at = lines.indexOf(`[${command}]`);
  assert.ok(at >= 0, `no answer to ${command} in:\n${text}`);
  return (lines[at + 1] ?? '').trim();
};

function checkMachine(text: string, kernel: RegExp, python: RegExp): void {
  assert.match(answer(text, 'uname -a'), kernel);
  assert.match(answer(text, 'python3 --version'), python);
  assert.equal(answer(text, 'id -un'), 'tarn');
  assert.match(answer(text, 'sudo id'), /^uid=0\(root\)/);
  assert.equal(answer(text, 'hostname'), 'nixos');
  assert.equal(answer(text, 'systemctl is-system-running --wait'), 'running');
  assert.equal(answer(text, 'systemctl --failed --no-legend | wc -l'), '0');
  assert.equal(answer(text, 'findmnt -no FSTYPE /'), 'ext4');
  assert.match(answer(text, 'ls -ld /tmp'), /^drwxrwxrwt/);
}

let trixie = '';

test('trixie: the blog\'s own command builds result/nixos.qcow2', async () => {
  trixie = await blogFlake(place, 'trixie');
  const built = await place.bootflake(['build', '.#nixosConfigurations.build-qcow2.config.system.build.qcow2'], { cwd: trixie });
  assert.equal(built.status, 0, built.stderr);
  const image = join(trixie, 'result', 'nixos.qcow2');
  assert.ok(lstatSync(image).isFile());
  assert.ok(existsSync(join(trixie, 'flake.lock')));
  console.log(`# ${built.seconds.toFixed(1)} s, qcow2 ${(statSync(image).size / 1e6).toFixed(0)} MB`);
  assert.ok(statSync(image).size < 260e6);
});

test('trixie: the same again changes nothing and is found at once; --rebuild gives the same bytes', async () => {
  const before = readlinkSync(join(trixie, 'result'));
  const again = await place.bootflake(['build', '.#build-qcow2', '--print-out-paths'], { cwd: trixie });
  assert.equal(again.status, 0, again.stderr);
  assert.equal(readlinkSync(join(trixie, 'result')), before);
  assert.equal(again.stdout, `${before}\n`);
  console.log(`# ${again.seconds.toFixed(2)} s`);
  const rebuilt = await place.bootflake(['build', '.#build-qcow2', '--rebuild'], { cwd: trixie });
  assert.equal(rebuilt.status, 0, rebuilt.stderr);
});

test('trixie: outside judges find nothing wrong with the image', async (t) => {
  const image = join(trixie, 'result', 'nixos.qcow2');
  await judge(t, 'qemu-img', ['check', image]);
  const raw = join(place.folder, 'disk.raw');
  await judge(t, 'qemu-img', ['convert', '-O', 'raw', image, raw]);
  const table = await judge(t, 'sgdisk', ['-v', raw]);
  assert.match(table, /No problems found/);
  const parts = await judge(t, 'sgdisk', ['-p', raw]);
  const rows = [...parts.matchAll(/^\s+(\d+)\s+(\d+)\s+(\d+)\s/gm)].map((m) => ({ start: Number(m[2]), end: Number(m[3]) }));
  assert.equal(rows.length, 3);
  const cut = async (row: { start: number; end: number } | undefined, to: string) =>
    place.run('dd', [`if=${raw}`, `of=${join(place.folder, to)}`, 'bs=1M', `skip=${(row?.start ?? 0) * 512}`, `count=${((row?.end ?? 0) - (row?.start ?? 0) + 1) * 512}`, 'iflag=skip_bytes,count_bytes', 'conv=sparse', 'status=none']);
  const bySize = [...rows].sort((a, b) => (b.end - b.start) - (a.end - a.start));
  await cut(bySize[0], 'root.ext4');
  await cut(bySize[1], 'esp.fat');
  await judge(t, 'e2fsck', ['-fn', join(place.folder, 'root.ext4')]);
  await judge(t, 'fsck.fat', ['-n', join(place.folder, 'esp.fat')]);
});

test('trixie, BIOS: login, uname, python3, sudo, no failed unit, poweroff', async () => {
  const image = join(trixie, 'result', 'nixos.qcow2');
  const before = statSync(image).mtimeMs;
  const booted = await place.bootflake(['run', '.#build-qcow2', '--exec', machineFacts], { cwd: trixie });
  console.log(`# ${booted.seconds.toFixed(0)} s to boot, ask and power off`);
  assert.equal(booted.status, 0, booted.stderr + booted.stdout);
  checkMachine(booted.stdout, /^Linux nixos 6\.12\..* x86_64 GNU\/Linux$/, /^Python 3\.13\./);
  assert.equal(statSync(image).mtimeMs, before);
});

test('trixie, UEFI: the same image boots; a larger disk is grown into; a second boot keeps what was written', async () => {
  const disk = join(place.folder, 'kept.qcow2');
  const first = await place.bootflake(['run', '.#build-qcow2', '--firmware', 'uefi', '--disk', disk, '--disk-size', '16G', '--exec', `${machineFacts}; ls -d /sys/firmware/efi; echo kept > ~/kept`], { cwd: trixie });
  assert.equal(first.status, 0, first.stderr + first.stdout);
  checkMachine(first.stdout, /^Linux nixos 6\.12\./, /^Python 3\.13\./);
  assert.match(first.stdout, /\/sys\/firmware\/efi/);
  assert.ok(Number.parseInt(answer(first.stdout, 'df -BM --output=size / | tail -1'), 10) > 13_000);
  const second = await place.bootflake(['run', '.#build-qcow2', '--disk', disk, '--exec', 'cat ~/kept; systemctl --failed --no-legend | wc -l'], { cwd: trixie });
  assert.equal(second.status, 0, second.stderr);
  assert.deepEqual(second.stdout.replaceAll('\r', '').trim().split('\n'), ['kept', '0']);
});

test('the exit status of --exec is the command\'s', async () => {
  const booted = await place.bootflake(['run', '.#build-qcow2', '--exec', 'echo out; exit 7'], { cwd: trixie });
  assert.equal(booted.stdout.replaceAll('\r', '').trim(), 'out');
  assert.equal(booted.status, 7, booted.stderr);
});

test('bookworm, BIOS: flake init --suite bookworm builds and boots', async () => {
  const folder = join(place.folder, 'bookworm');
  await place.run('mkdir', ['-p', folder]);
  assert.equal((await place.bootflake(['flake', 'init', '--suite', 'bookworm'], { cwd: folder })).status, 0);
  assert.match(readFileSync(join(folder, 'flake.nix'), 'utf8'), /debian\/bookworm/);
  await place.run('git', ['init', '-q'], { cwd: folder });
  await place.run('git', ['add', '.'], { cwd: folder });
  const booted = await place.bootflake(['run', '--exec', machineFacts], { cwd: folder });
  assert.equal(booted.status, 0, booted.stderr + booted.stdout);
  checkMachine(booted.stdout, /^Linux nixos 6\.1\./, /^Python 3\.11\./);
});
