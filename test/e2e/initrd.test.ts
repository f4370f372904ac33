/**
 * What systemd's initrd does, in one machine: a root in memory with /nix on the image, encrypted disks opened with a key file and with a
 * passphrase that is typed by way of SSH, new file systems on them, a subvolume, an overlay, a logical volume on a mirror, a device that is
 * compared with its hash, a disk that comes late, and the emergency shell. `npm run test:all` boots it again, with a larger disk, and a
 * machine of the older suite.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { workplace } from '../support/bootflake.ts';
import { factScript, factsOf } from '../support/guest-facts.ts';
import { GuestSession } from '../support/guest-session.ts';
import { freePort } from '../support/free-port.ts';
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

/** Runs a program of the initrd's packages here. */
type Run = (program: string, args: string[], input?: string) => string;
let packageTree: string | undefined;

function treeProgram(program: string, args: string[]): [program: string, args: string[]] {
  const libraries = join(packageTree!, 'usr/lib/x86_64-linux-gnu');
  return [join(libraries, 'ld-linux-x86-64.so.2'), ['--library-path', libraries, join(packageTree!, 'usr', program), ...args]];
}

const run: Run = (program, args, input = '') => {
  const env = { ...process.env, MKE2FS_CONFIG: join(packageTree!, 'etc/mke2fs.conf') };
  const { status, stdout, stderr } = spawnSync(...treeProgram(program, args), { input, encoding: 'utf8', env });
  assert.equal(status, 0, `${program}: ${stderr}`);
  return stdout;
};

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

/** Keys, empty encrypted disks, a btrfs with a subvolume, two ext4 and the hashes of one: no root is needed for files. */
async function makeDisks(): Promise<void> {
  for (const name of ['host-key', 'user-key', 'root-hash']) writeFileSync(join(flake, name), '');
  writeFileSync(join(flake, 'user-key.pub'), '');
  packageTree ??= await initrdTree();
  for (const name of ['host-key', 'user-key']) {
    rmSync(join(flake, name));
    rmSync(join(flake, `${name}.pub`), { force: true });
    run('bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(flake, name)]);
  }
  for (const [name, megabytes] of Object.entries({
    keyed: 192,
    typed: 192,
    pool: 256,
    late: 64,
    one: 64,
    two: 64,
    sealed: 16,
    hashes: 4,
  })) {
    writeFileSync(disk(name), '');
    truncateSync(disk(name), megabytes * 2 ** 20);
  }
  const luks = ['luksFormat', '--batch-mode', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
  run('sbin/cryptsetup', [...luks, '--key-file', keyFile, '--keyfile-size', '2048', disk('keyed')]);
  run('sbin/cryptsetup', [...luks, '--key-file', '-', disk('typed')], passphrase);
  const pool = join(place.folder, 'pool');
  mkdirSync(join(pool, '@srv'), { recursive: true });
  writeFileSync(join(pool, '@srv', 'file'), 'of the subvolume\n');
  run('sbin/mkfs.btrfs', ['-q', '-L', 'pool', '--rootdir', pool, '--subvol', 'rw:@srv', disk('pool')]);
  run('sbin/mke2fs', ['-q', '-t', 'ext4', '-L', 'late', disk('late')]);
  const sealed = join(place.folder, 'sealed');
  mkdirSync(sealed, { recursive: true });
  writeFileSync(join(sealed, 'file'), 'under seal\n');
  run('sbin/mke2fs', ['-q', '-t', 'ext4', '-b', '4096', '-d', sealed, disk('sealed')]);
  const [, rootHash] = /^Root hash:\s*([0-9a-f]{64})$/m.exec(run('sbin/veritysetup', ['format', disk('sealed'), disk('hashes')])) ?? [];
  writeFileSync(join(flake, 'root-hash'), rootHash!);
}

const drive = (name: string): string[] => ['-drive', `file=${disk(name)},if=none,id=${name},format=raw`];
const hardware = [
  ...['keyed', 'typed', 'pool', 'one', 'two', 'sealed', 'hashes'].flatMap((name) => [
    ...drive(name),
    '-device',
    `virtio-blk-pci,drive=${name},serial=${name}`,
  ]),
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
  'findmnt -no SOURCE,FSTYPE /volume': '/dev/mapper/volumes-data ext4',
  'cat /sys/class/block/md*/md/level; sudo lvs --noheadings -o vg_name,lv_name | xargs': 'raid1 volumes data',
  'findmnt -no SOURCE /sealed; cat /sealed/file': '/dev/mapper/sealed under seal',
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

/** Types the passphrase at a terminal of the initrd's SSH server. */
async function typeRemotely(port: number): Promise<void> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', `UserKnownHostsFile=${join(place.folder, 'known')}`, 'ConnectTimeout=60'];
  const [program, args] = treeProgram('bin/ssh', [
    ...['-F', 'none', '-tt', '-p', `${port}`, '-i', join(flake, 'user-key')],
    ...options.flatMap((option) => ['-o', option]),
    ...['root@127.0.0.1', 'systemd-tty-ask-password-agent --query'],
  ]);
  const child = spawn(program, args);
  let seen = '';
  const asked = new Promise<void>((resolve, reject) => {
    const onData = (bytes: Buffer): void => {
      seen += bytes.toString();
      if (/passphrase for disk .*typed/i.test(seen)) resolve();
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.on('close', (status) => reject(new Error(`ssh ended with ${status}: ${seen}`)));
  });
  await asked;
  child.stdin.write(`${passphrase}\n`);
  const [status] = await once(child, 'close');
  assert.equal(status, 0, seen);
}

/** From the passphrase to the prompt; `emergency`: through the emergency shell; `remotely`: the passphrase comes by way of SSH. */
async function boot(attribute: string, emergency: boolean, remotely = false): Promise<GuestSession> {
  const port = await freePort();
  const session = new GuestSession(place, [`path:${flake}#${attribute}`, '--forward', `${port}:2222`, '--', ...hardware], {
    cwd: flake,
    size: { rows: 50, columns: 200 },
  });
  running = session;
  await session.until(/enter passphrase for disk .*typed.*:/i, 400);
  session.type('wrong\n');
  await session.until(/enter passphrase for disk .*typed.*:/i);
  if (remotely) await typeRemotely(port);
  else session.type(`${passphrase}\n`);
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
  // What is typed is shown in one line, whenever the size of this terminal arrives there.
  await session.run('stty cols 500', prompt);
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

test('a root in memory, encrypted disks, new file systems, volumes, an overlay, a late disk, SSH; and the emergency shell', async () => {
  const fromNew = async (): Promise<GuestSession> => {
    await makeDisks();
    return boot('vm', true, true);
  };
  // In some boots of a busy host, the volume's device goes away for a moment, its mount with it, and the initrd goes on without the shell.
  // Why is not known yet (docs/initrd.md).
  const session = await fromNew().catch(async (error: Error) => {
    if (!error.message.includes('exit goes on with the boot')) throw error;
    console.log('# booted once more: a volume was away for a moment');
    running?.kill();
    await running?.ended;
    return fromNew();
  });
  await check(session, facts);
  await session.run('echo kept | sudo tee /var/kept /home/kept /volume/kept', prompt);
  await powerOff(session);
});

test('a second boot finds what was written, on a disk that has grown', { skip: !thorough && 'npm run test:all' }, async () => {
  truncateSync(disk('keyed'), 320 * 2 ** 20);
  const session = await boot('vm', true);
  await check(session, {
    ...facts,
    'cat /var/kept /home/kept /volume/kept': 'kept kept kept',
    'test $(df --output=size -B1M /var | tail -1) -gt 200 && echo grown': 'grown',
  });
  await powerOff(session);
});

test('the same with the older suite', { skip: !thorough && 'npm run test:all' }, async () => {
  await makeDisks();
  const session = await boot('old', true);
  await check(session, facts);
  await powerOff(session);
});
