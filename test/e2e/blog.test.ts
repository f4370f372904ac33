/** The blog, from its three files to a login on the running machine, on every supported suite and firmware. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { blogFlake, workplace } from '../support/bootflake.ts';
import { etcDifferences, etcReport } from '../support/guest-etc.ts';
import { factScript, factsOf } from '../support/guest-facts.ts';
import { GuestSession } from '../support/guest-session.ts';
import { judge } from '../support/judge.ts';
import { commandLines, readmeBlock, withoutNumbers } from '../support/readme.ts';

const place = workplace('e2e', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const storeRoot = join(place.folder, 'home/.local/share/bootflake');

const machineFacts = [
  'uname -a',
  'python3 --version',
  'id -un',
  'sudo id',
  'hostname',
  'systemctl is-system-running --wait',
  'systemctl --failed --no-legend | wc -l',
  'findmnt -no FSTYPE /',
  'df -BM --output=size / | tail -1',
  'ls -ld /tmp',
  'cat /proc/cmdline',
]
  .map((command) => `echo "[${command}]"; ${command}`)
  .join('; ');

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

test("trixie: the blog's own command builds result/nixos.qcow2", async () => {
  trixie = await blogFlake(place, 'trixie');
  const built = await place.bootflake(['build', '.#nixosConfigurations.build-qcow2.config.system.build.qcow2'], { cwd: trixie });
  assert.equal(built.status, 0, built.stderr);
  const image = join(trixie, 'result', 'nixos.qcow2');
  assert.ok(lstatSync(image).isFile());
  assert.ok(existsSync(join(trixie, 'flake.lock')));
  console.log(`# ${built.seconds.toFixed(1)} s, qcow2 ${(statSync(image).size / 1e6).toFixed(0)} MB`);
  assert.ok(statSync(image).size < 260e6);
});

test('trixie: a second build changes nothing and returns at once; --rebuild produces the same bytes', async () => {
  const before = readlinkSync(join(trixie, 'result'));
  const again = await place.bootflake(['build', '.#build-qcow2', '--print-out-paths'], { cwd: trixie });
  assert.equal(again.status, 0, again.stderr);
  assert.equal(readlinkSync(join(trixie, 'result')), before);
  assert.equal(again.stdout, `${before}\n`);
  console.log(`# ${again.seconds.toFixed(2)} s`);
  const rebuilt = await place.bootflake(['build', '.#build-qcow2', '--rebuild'], { cwd: trixie });
  assert.equal(rebuilt.status, 0, rebuilt.stderr);
});

test('trixie: other programs find no fault in the image', async (t) => {
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
    place.run('dd', [
      `if=${raw}`,
      `of=${join(place.folder, to)}`,
      'bs=1M',
      `skip=${(row?.start ?? 0) * 512}`,
      `count=${((row?.end ?? 0) - (row?.start ?? 0) + 1) * 512}`,
      'iflag=skip_bytes,count_bytes',
      'conv=sparse',
      'status=none',
    ]);
  const bySize = [...rows].sort((a, b) => b.end - b.start - (a.end - a.start));
  await cut(bySize[0], 'root.ext4');
  await cut(bySize[1], 'esp.fat');
  await judge(t, 'e2fsck', ['-fn', join(place.folder, 'root.ext4')]);
  await judge(t, 'fsck.fat', ['-n', join(place.folder, 'esp.fat')]);
});

test("trixie, BIOS: the README's first commands work at a terminal; the clone stays clean", async (t) => {
  const clone = join(place.folder, 'bootflake');
  await place.run('git', ['clone', '-q', resolve('.'), clone]);
  const shown = readmeBlock('bootflake', 'console');
  const command = commandLines(shown).find((line) => line.includes('bootflake run'))!;
  const session = new GuestSession(place, [command.split(' ').at(-1)!], { cwd: clone, size: { rows: 50, columns: 132 } });
  t.after(() => session.kill());
  const begun = performance.now();
  const greeting = await session.until(/<<< Welcome.*>>>\n[^]*login: $/);
  console.log(`# ${((performance.now() - begun) / 1000).toFixed(0)} s to the login prompt`);
  assert.ok(withoutNumbers(greeting).includes(withoutNumbers(/<<< .*/.exec(shown)![0])), greeting);
  const prompt = /\[tarn@nixos:~\]\$ /;
  session.type('tarn\n');
  const dialogue = shown.slice(shown.indexOf('login: tarn\n') + 'login: tarn\n'.length).split('[tarn@nixos:~]$ ');
  assert.ok((await session.until(prompt)).includes(dialogue[0]!.trim()));
  for (const part of dialogue.slice(1, -1)) {
    const [line = '', ...output] = part.trim().split('\n');
    assert.equal(withoutNumbers(await session.run(line, prompt)), withoutNumbers(output.join('\n')), line);
  }
  assert.equal(await session.run('stty size', prompt), '50 132');
  // A running program sees the terminal's size change.
  session.type('bash -c \'echo begun; while [ "$(stty size)" = "50 132" ]; do sleep 1; done; echo "it is $(stty size)"\'\n');
  await session.until(/\nbegun\n/);
  session.resize(31, 101);
  await session.until(/it is 31 101\n/, 60);
  await session.until(prompt);
  // Completion works once it is enabled.
  session.type('systemctl is-sys\t');
  await session.until(/systemctl is-system-running /, 60);
  await session.run('--wait', prompt);
  checkMachine(await session.run(machineFacts, prompt), /^Linux nixos 6\.12\..* x86_64 GNU\/Linux$/, /^Python 3\.13\./);
  assert.equal(dialogue.at(-1)!.trim(), 'poweroff');
  session.type('poweroff\n');
  assert.equal(await session.ended, 0);
  assert.equal((await place.run('git', ['status', '--porcelain'], { cwd: clone })).stdout, '');
});

const userFacts = {
  'systemctl is-active hello ssh network-online.target': 'active active active',
  'curl -s --retry 30 --retry-connrefused --retry-delay 1 http://localhost/ | grep -c "<h1>Directory listing"': '1',
  'for name in git vim curl xz zstd bzip2 nc rsync strace; do command -v $name || echo "no $name"; done | grep -c ^/usr/bin/': '9',
  'journalctl -q --no-pager -o cat _PID=1 | grep -c "Reached target .*multi-user"': '1',
  'systemctl is-enabled sleep.target suspend.target hibernate.target': 'masked masked masked',
  'nixos-version | grep -c "^25[.]11[.]debian-13 (trixie)$"': '1',
  'grep -c "configuration.nix" /etc/motd': '1',
};

test(
  "trixie, UEFI: the README's own machine, by its commands and its configuration; a larger disk is grown into, and " +
    'keeps what was written',
  async () => {
    // `bootflake` is in PATH there.
    const programs = join(place.folder, 'programs');
    mkdirSync(programs);
    const program = `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/bootflake.js')}' "$@"\n`;
    writeFileSync(join(programs, 'bootflake'), program, { mode: 0o755 });
    place.environment.PATH = `${programs}:${place.environment.PATH}`;
    const section = 'A machine of your own';
    const typed = await place.run('bash', ['-exc', commandLines(readmeBlock(section, 'console')).join('\n')]);
    assert.equal(typed.status, 0, typed.stderr);
    const machine = join(place.folder, 'machine');
    assert.ok(statSync(join(machine, 'root.qcow2')).isFile());
    writeFileSync(join(machine, 'configuration.nix'), readmeBlock(section, 'nix'));
    const questions = `${machineFacts}\n${factScript(Object.keys(userFacts))}\n${etcReport}`;
    const asked = `${questions}\nls -d /sys/firmware/efi && echo kept > ~/kept\nexit 7`;
    const disk = join(place.folder, 'kept.qcow2');
    const larger = ['--firmware', 'uefi', '--disk', disk, '--disk-size', '16G'];
    const booted = await place.bootflake(['run', '.#build-qcow2', ...larger, '--exec', asked], { cwd: machine });
    console.log(`# ${booted.seconds.toFixed(0)} s to build, boot, ask and power off`);
    assert.equal(booted.status, 7, booted.stderr + booted.stdout.slice(0, 2000));
    assert.doesNotMatch(booted.stderr, /network-online/);
    checkMachine(booted.stdout, /^Linux nixos 6\.12\./, /^Python 3\.13\./);
    assert.deepEqual(factsOf(booted.stdout), Object.values(userFacts));
    assert.deepEqual(etcDifferences(booted.stdout, storeRoot), []);
    assert.match(booted.stdout, /^\/sys\/firmware\/efi\r?$/m);
    assert.ok(Number.parseInt(answer(booted.stdout, 'df -BM --output=size / | tail -1'), 10) > 13_000);
    const again = await place.bootflake(
      ['run', '.#build-qcow2', '--disk', disk, '--exec', 'cat ~/kept; systemctl --failed --no-legend | wc -l'],
      { cwd: machine },
    );
    console.log(`# ${again.seconds.toFixed(0)} s to boot it again`);
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(again.stdout.replaceAll('\r', '').trim().split('\n'), ['kept', '0']);
  },
);

test("trixie: the README's other commands work; those that boot a machine are checked up to qemu's command line", async () => {
  for (const line of commandLines(readmeBlock('More to do with it', 'console'))) {
    const typed = line.startsWith('bootflake run ') ? `${line} --dry-run` : line.replace(/(vm create .*) --start/, '$1');
    const { status, stdout, stderr } = await place.run('bash', ['-c', typed], { cwd: join(place.folder, 'machine') });
    // A machine with a name is started in instances.test.ts.
    if (line.startsWith('bootflake vm exec ')) assert.match(stderr, /instance\/not-running/);
    else assert.equal(status, 0, `${line}\n${stderr}`);
    if (line.startsWith('bootflake run ')) assert.match(stdout, /qemu-system-x86_64/, line);
    if (line.endsWith('.hostName')) assert.equal(stdout, '"nixos"\n');
  }
});

test('bookworm, BIOS: flake init --suite bookworm builds and boots', async () => {
  const folder = join(place.folder, 'bookworm');
  await place.run('mkdir', ['-p', folder]);
  assert.equal((await place.bootflake(['flake', 'init', '--suite', 'bookworm'], { cwd: folder })).status, 0);
  assert.match(readFileSync(join(folder, 'flake.nix'), 'utf8'), /debian\/bookworm/);
  await place.run('git', ['init', '-q'], { cwd: folder });
  await place.run('git', ['add', '.'], { cwd: folder });
  const booted = await place.bootflake(['run', '--exec', `${machineFacts}\n${etcReport}`], { cwd: folder });
  assert.equal(booted.status, 0, booted.stderr + booted.stdout);
  checkMachine(booted.stdout, /^Linux nixos 6\.1\./, /^Python 3\.11\./);
  assert.deepEqual(etcDifferences(booted.stdout, storeRoot), []);
  // The check detects a difference.
  const spoiled = booted.stdout
    .replace('l|hosts|/etc/static/hosts|', 'l|hosts|elsewhere|')
    .replace('kernel.kptr_restrict=1', 'kernel.kptr_restrict=0');
  assert.equal(etcDifferences(spoiled, storeRoot).length, 2);
});
