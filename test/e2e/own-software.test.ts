/**
 * examples/own-software: programs in C, JavaScript and Python, each with its unit, are built and answer in a booted machine. The machine is
 * extended by modules whose effect only a boot shows (guest-modules.nix).
 */
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { etcDifferences, etcReport } from '../support/guest-etc.ts';
import { factScript, factsOf } from '../support/guest-facts.ts';

const place = workplace('own-software', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'own-software');
cpSync('examples/own-software', flake, { recursive: true });

const machine = join(place.folder, 'machine');
cpSync('test/e2e/guest-modules.nix', join(machine, 'guest-modules.nix'));
writeFileSync(
  join(machine, 'flake.nix'),
  `{
    inputs.example.url = "path:${flake}";
    outputs = { example, ... }: {
      nixosConfigurations.vm = example.nixosConfigurations.build-qcow2.extendModules { modules = [ ./guest-modules.nix ]; };
    };
  }\n`,
);

/** Commands in the machine, and their output. */
const questions: Record<string, RegExp> = {
  'exec 3<>/dev/tcp/127.0.0.1/8001; echo 123456789 >&3; head -1 <&3': /^cbf43926 {1,2}9 bytes, zlib 1\.[\d.]+$/,
  'curl -s --retry 90 --retry-connrefused --retry-delay 1 http://127.0.0.1:8002':
    /^\{"weekday":"\w+day","time":"2[^"]+","node":"v20\.[\d.]+"\}$/,
  'curl -s --retry 90 --retry-connrefused --retry-delay 1 -d "buy milk" http://127.0.0.1:8003/notes': /^noted$/,
  'curl -s http://127.0.0.1:8003/notes': /^buy milk$/,
  'sudo cat /var/lib/private/notes/notes.txt': /^buy milk$/,
  'systemctl is-active checksum.socket weekday notes': /^active active active$/,
  'for name in gcc make npm pip3; do command -v $name; done; echo none': /^none$/,
};

const moduleFacts = {
  'own-tool; same-tool': 'an own tool an own tool',
  'findmnt -no FSTYPE /mnt/nfs': 'nfs4',
  'cat /mnt/nfs/hello': 'over nfs',
  'findmnt -no FSTYPE /mnt/nfs-later; findmnt -no FSTYPE /mnt/smb': 'autofs autofs',
  'cat /mnt/nfs-later/hello /mnt/smb/hello': 'over nfsover smb',
  'ip -4 -o addr show scope global | grep -o "inet [^ ]*"': 'inet 10.0.2.77/24',
  'date +%Z | grep -c "^E[SD]T$"': '1',
  'sudo dumpkeys -C /dev/tty1 | grep "^keycode *21 =" | tr -s " " | cut -d" " -f4 | tr -d +': 'z',
  'systemctl is-active systemd-vconsole-setup': 'active',
  'systemctl --failed --no-legend --plain': '',
};

test('services of the example answer; modules override what Debian sets; file systems of other machines are mounted', async () => {
  const commands = ['systemctl is-system-running --wait', ...Object.keys(questions), ...Object.keys(moduleFacts)];
  const asked = [factScript(commands), etcReport, 'sudo journalctl --no-pager -o cat -u weekday -u notes -u "checksum@*"'].join('\n');
  const booted = await place.bootflake(['run', `path:${machine}#vm`, '--exec', asked], { timeoutSeconds: 900 });
  console.log(`# ${booted.seconds.toFixed(0)} s to build, boot, ask and power off`);
  assert.equal(booted.status, 0, booted.stderr + booted.stdout);
  const [running, ...printed] = factsOf(booted.stdout);
  assert.equal(running, 'running', booted.stdout);
  assert.equal(printed.length, commands.length - 1, booted.stdout);
  const expected = [...Object.values(questions), ...Object.values(moduleFacts)];
  for (const [index, text] of printed.entries()) {
    const what = expected[index]!;
    if (typeof what === 'string') assert.equal(text, what, commands[index + 1]);
    else assert.match(text ?? '', what, `${commands[index + 1]}\n${booted.stdout}`);
  }
  assert.deepEqual(etcDifferences(booted.stdout, join(place.folder, 'home/.local/share/bootflake')), []);
});

test('the closure of each program has the libraries and interpreters that it runs with, and nothing of its build', async () => {
  const closure = async (name: string): Promise<string[]> => {
    const { status, stdout, stderr } = await place.bootflake(['path-info', '-r', `path:${flake}#${name}`]);
    assert.equal(status, 0, stderr);
    return stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/^.*\/[0-9a-z]{32}-/, '').replace(/_.*/, ''));
  };
  const ofBuilds = /^(?:gcc|g\+\+|cpp|binutils|make|libc6-dev|npm|node-gyp|python3-(?:build|installer|setuptools|pip)|.*-dev)(?:-\d+)?$/;
  for (const [name, needed] of Object.entries({
    checksum: ['libc6', 'zlib1g'],
    weekday: ['libc6', 'libnode115', 'nodejs'],
    notes: ['libc6', 'python3', 'python3-bottle', 'python3.13-minimal'],
  })) {
    const names = await closure(name);
    for (const one of needed) assert.ok(names.includes(one), `${name} needs ${one}, but has ${names.join(' ')}`);
    assert.deepEqual(
      names.filter((one) => ofBuilds.test(one)),
      [],
      name,
    );
  }
});
