/**
 * What systemd's initrd does, in one machine: a root in memory with /nix on the image, encrypted disks opened with a key file and with a
 * passphrase that is typed, new file systems on them, a subvolume, an overlay, a disk that comes late, and the emergency shell. `npm run
 * test:all` boots it again, with a larger disk, and a machine of the older suite.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { workplace } from '../support/bootflake.ts';
import { factScript, factsOf } from '../support/guest-facts.ts';
import { GuestSession } from '../support/guest-session.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('initrd', { keep: process.env.BOOTFLAKE_TEST_PLACE });
after(() => place.remove());

const flake = join(place.folder, 'machine');
mkdirSync(flake, { recursive: true });
copyFileSync('test/e2e/initrd-machine.nix', join(flake, 'machine.nix'));
const keyFile = join(flake, 'disk.key');
writeFileSync(keyFile, Buffer.alloc(4096, 'the first half of the file is the key, '));
const system = (suite: string): string => `debian-${suite}.lib.nixosSystem { system = "x86_64-linux"; modules = [ ./machine.nix ]; }`;
writeFileSync(
  join(flake, 'flake.nix'),
  `{
    inputs = { debian-trixie.url = "debian/trixie"; ${thorough ? 'debian-bookworm.url = "debian/bookworm";' : ''} };
    outputs = { ${thorough ? 'debian-bookworm, ' : ''}debian-trixie, ... }: {
      nixosConfigurations = { vm = ${system('trixie')}; ${thorough ? `old = ${system('bookworm')};` : ''} };
    };
  }\n`,
);

const disk = (name: string): string => join(place.folder, `${name}.img`);
const monitor = join(place.folder, 'monitor');
const passphrase = 'open sesame';

/** The tree of the initrd's packages, whose programs make the disks. */
async function initrdTree(): Promise<string> {
  const built = await place.bootflake([
    'build',
    `path:${flake}#nixosConfigurations.vm.config.system.build.initrdTree`,
    '--print-out-paths',
    '--no-link',
  ]);
  assert.equal(built.status, 0, built.stderr);
  return built.stdout.trim();
}

/** Empty encrypted disks, a btrfs with a subvolume and an ext4: no root is needed for files. */
async function makeDisks(): Promise<void> {
  const tree = await initrdTree();
  const libraries = join(tree, 'usr/lib/x86_64-linux-gnu');
  const run = (program: string, args: string[], input = ''): void => {
    const { status, stderr } = spawnSync(
      join(libraries, 'ld-linux-x86-64.so.2'),
      ['--library-path', libraries, join(tree, 'usr/sbin', program), ...args],
      { input, encoding: 'utf8', env: { ...process.env, MKE2FS_CONFIG: join(tree, 'etc/mke2fs.conf') } },
    );
    assert.equal(status, 0, `${program}: ${stderr}`);
  };
  for (const [name, megabytes] of Object.entries({ keyed: 192, typed: 192, pool: 256, late: 64 })) {
    writeFileSync(disk(name), '');
    truncateSync(disk(name), megabytes * 2 ** 20);
  }
  const luks = ['luksFormat', '--batch-mode', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
  run('cryptsetup', [...luks, '--key-file', keyFile, '--keyfile-size', '2048', disk('keyed')]);
  run('cryptsetup', [...luks, '--key-file', '-', disk('typed')], passphrase);
  const pool = join(place.folder, 'pool');
  mkdirSync(join(pool, '@srv'), { recursive: true });
  writeFileSync(join(pool, '@srv', 'file'), 'of the subvolume\n');
  run('mkfs.btrfs', ['-q', '-L', 'pool', '--rootdir', pool, '--subvol', 'rw:@srv', disk('pool')]);
  run('mke2fs', ['-q', '-t', 'ext4', '-L', 'late', disk('late')]);
}

const drive = (name: string): string[] => ['-drive', `file=${disk(name)},if=none,id=${name},format=raw`];
const hardware = [
  ...['keyed', 'typed', 'pool'].flatMap((name) => [...drive(name), '-device', `virtio-blk-pci,drive=${name},serial=${name}`]),
  ...['-device', 'virtio-scsi-pci,id=scsi'],
  ...drive('late'),
  ...['-monitor', `unix:${monitor},server,nowait`],
];

/** Puts the late disk into the running machine. */
async function plugIn(): Promise<void> {
  const socket = connect(monitor);
  socket.on('error', () => {});
  socket.write('device_add scsi-hd,drive=late,bus=scsi.0\n');
  await sleep(1000);
  socket.destroy();
}

const facts: Record<string, string | RegExp> = {
  'systemctl is-system-running --wait': 'running',
  'systemctl --failed --no-legend --plain': '',
  'findmnt -no FSTYPE /': 'tmpfs',
  'findmnt -no SOURCE /nix': /^\/dev\/vda1\[\/nix\]$/,
  'findmnt -no SOURCE,FSTYPE /var': '/dev/mapper/keyed ext4',
  'sudo cryptsetup status keyed | grep -o "flags:.*discards"': /discards/,
  'findmnt -no SOURCE /home': '/dev/mapper/typed',
  'findmnt -no FSTYPE,OPTIONS /srv/sub | grep -o "btrfs\\|compress=zstd:3\\|subvol=/@srv"': 'btrfs compress=zstd:3 subvol=/@srv',
  'cat /srv/sub/file': 'of the subvolume',
  'findmnt -no FSTYPE /late': 'ext4',
  'findmnt -no FSTYPE /merged; ls /merged/store | grep -c nixos-system': 'overlay 1',
  'sudo touch /merged/new; ls /var/upper': 'new',
  'sudo blkid -o value -s LABEL /dev/mapper/typed': 'homes',
  'test -w /home/tarn && echo mine': 'mine',
  'cat /run/calculated': '2 4 6',
  'journalctl -b --no-pager -o cat -t systemd | grep -c "Switching root"': '1',
};

/** The running machine: it ends with the test, whatever happens. */
let running: GuestSession | undefined;
afterEach(async () => {
  running?.kill();
  await running?.ended;
});

const shell = /bash-[\d.]+# /;
const prompt = /tarn@nixos:~\]\$ /;

/** From the passphrase to the prompt; `emergency`: through the emergency shell. */
async function boot(attribute: string, emergency: boolean): Promise<GuestSession> {
  const session = new GuestSession(place, [`path:${flake}#${attribute}`, '--', ...hardware], {
    cwd: flake,
    size: { rows: 50, columns: 200 },
  });
  running = session;
  await session.until(/enter passphrase for disk .*typed.*:/i, 400);
  session.type('wrong\n');
  await session.until(/enter passphrase for disk .*typed.*:/i);
  session.type(`${passphrase}\n`);
  await session.until(/Cryptography Setup for typed\./);
  // All else is there, and the boot waits.
  await sleep(3000);
  await plugIn();
  if (emergency) {
    const told = await session.until(/exit goes on with the boot/);
    assert.match(told, /stage 1: the boot cannot continue:/);
    assert.match(told, /the last lines of check-something\.service[^]*nothing here yet/);
    assert.match(told, /journalctl -b and systemctl list-jobs say more/);
    await session.until(shell);
    session.type('touch /run/something; exit\n');
  }
  await session.until(/login: /, 400);
  // On a busy machine, a login may take longer than it is given.
  for (let seen = ''; !prompt.test(seen); ) {
    session.type('tarn\n');
    seen = await session.until(/tarn@nixos:~\]\$ |login: timed out[^]*\blogin: /, 400);
  }
  return session;
}

async function powerOff(session: GuestSession): Promise<void> {
  session.type('sudo poweroff\n');
  await session.until(/reboot: Power down/);
  await session.ended;
}

async function check(session: GuestSession, expected: Record<string, string | RegExp>): Promise<void> {
  const printed: (string | undefined)[] = [];
  for (const command of Object.keys(expected)) printed.push(factsOf(await session.run(factScript([command]), prompt)).at(-1));
  for (const [index, [command, what]] of Object.entries(expected).entries()) {
    if (typeof what === 'string') assert.equal(printed[index]?.trim(), what, command);
    else assert.match(printed[index] ?? '', what, command);
  }
}

test('a root in memory, encrypted disks, new file systems, a subvolume, an overlay, a late disk; and the emergency shell', async () => {
  await makeDisks();
  const session = await boot('vm', true);
  await check(session, facts);
  await session.run('echo kept | sudo tee /var/kept /home/kept', prompt);
  await powerOff(session);
});

test('a second boot finds what was written, on a disk that has grown', { skip: !thorough }, async () => {
  truncateSync(disk('keyed'), 320 * 2 ** 20);
  const session = await boot('vm', true);
  await check(session, {
    ...facts,
    'cat /var/kept /home/kept': 'kept kept',
    'test $(df --output=size -B1M /var | tail -1) -gt 200 && echo grown': 'grown',
  });
  await powerOff(session);
});

test('the same with the older suite', { skip: !thorough }, async () => {
  await makeDisks();
  const session = await boot('old', true);
  await check(session, facts);
  await powerOff(session);
});
