/** Machines with names: a boot of the blog's machine, and what can be done with it; and another after an update of its image. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { NetworkCard } from '../../src/instances/network/network-address.ts';
import { blogFlake, workplace, type Outcome } from '../support/bootflake.ts';
import { judge } from '../support/judge.ts';
import { NetworkPeer } from '../support/network-peer.ts';
import { Terminal } from '../support/terminal.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('instances');
const vm = (...args: string[]): Promise<Outcome> => place.bootflake(['vm', ...args], { timeoutSeconds: 400 });
after(async () => {
  await vm('rm', '--force', 'web');
  place.remove();
});

const script = (text: string): string[] => ['exec', 'web', '--', 'sh', '-c', text];

/** The blog's machine with more hardware. */
async function describingFlake(): Promise<string> {
  const described = join(place.folder, 'described');
  mkdirSync(described);
  const hardware = `{
    memorySize = 777;
    cores = 3;
    forwardPorts = [ { host.port = 2222; guest.port = 22; } ];
    emptyDiskImages = [ { size = 8; driveConfig.deviceExtraOpts.serial = "data"; } ];
    restrictNetwork = true;
    qemu.options = [ "-device usb-ehci" ];
  }`;
  writeFileSync(
    join(described, 'flake.nix'),
    `{
      inputs.blog.url = "git+file://${join(place.folder, 'trixie')}";
      outputs = { blog, ... }: {
        nixosConfigurations.build-qcow2 =
          blog.nixosConfigurations.build-qcow2.extendModules { modules = [ { virtualisation = ${hardware}; } ]; };
      };
    }\n`,
  );
  return described;
}

/** A command with standard input. */
function fed(args: string[], input: Uint8Array): Promise<{ status: number | null; stdout: Buffer }> {
  const child = spawn(process.execPath, [resolve('dist/bootflake.js'), 'vm', ...args], {
    env: place.environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  // The command may end before it has read everything.
  child.stdin.on('error', () => {}).end(input);
  return new Promise((done) => child.on('close', (status) => done({ status, stdout: Buffer.concat(output) })));
}

const terminal = (...args: string[]): Terminal =>
  new Terminal([process.execPath, resolve('dist/bootflake.js'), 'vm', ...args], {
    cwd: place.folder,
    environment: place.environment,
    encoding: 'latin1',
    size: { rows: 31, columns: 101 },
  });

let folder = '';
let flake = '';
const shared = join(place.folder, 'shared');

/** The blog's flake with modules of its own. */
async function writeFlake(text: string): Promise<void> {
  writeFileSync(join(flake, 'more.nix'), text);
  const file = join(flake, 'flake.nix');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\.\/qcow\.nix\n(?! *\.\/more)/, './qcow.nix\n          ./more.nix\n'));
  await place.run('git', ['add', '.'], { cwd: flake });
}
/** Besides /home as a whole, a home elsewhere, of which only some is kept. */
const withState = (more = '') => `{
  bootflake.state = { enable = true; size = "512M"; directories = [ "/srv" ]; };
  users.users.mia = { isNormalUser = true; home = "/homes/mia"; password = ""; };
  system.activationScripts.key-of-host = "base64 /run/credentials/@system/host-key > /run/key-of-host";
  environment.persistence."/state" = {
    files = [ { file = "/etc/keys/of/mia"; parentDirectory = { user = "mia"; group = "users"; mode = "u=rwx,g=rx,o="; }; } ];
    users.mia = {
      home = "/homes/mia";
      directories = [ "Documents" ".local/share/app" { directory = ".ssh"; mode = "0700"; } ];
      files = [ ".screenrc" ".config/app/rc" ];
    };
  };
  ${more}
}\n`;
/** What a home looks like of which some is kept: owners, permissions, and what is written there. */
const homes = `cd /homes/mia && stat -c '%n %U:%G %a' . Documents .local .local/share .local/share/app .ssh .config .config/app \\
  /etc/keys/of /state/homes /state/homes/mia /state/homes/mia/.config/app && readlink .screenrc && findmnt -no SOURCE /homes/mia/.ssh`;
const homeLines = [
  ['. mia:users 700', 'Documents mia:users 755', '.local mia:users 755', '.local/share mia:users 755'],
  [
    '.local/share/app mia:users 755',
    '.ssh mia:users 700',
    '.config mia:users 755',
    '.config/app mia:users 755',
    '/etc/keys/of mia:users 750',
  ],
  ['/state/homes root:root 755', '/state/homes/mia mia:users 700', '/state/homes/mia/.config/app mia:users 755'],
  ['/state/homes/mia/.screenrc', '/dev/vdb[/homes/mia/.ssh]', ''],
].flat();
const asMia = (text: string): string[] => ['exec', 'web', '--', 'runuser', '-u', 'mia', '--', 'sh', '-c', `cd /homes/mia && ${text}`];

test('a machine is made from an installable, started, and goes on after the command has ended', async () => {
  flake = await blogFlake(place, 'trixie');
  await writeFlake(withState('users.users.zoe = { isNormalUser = true; password = ""; };'));
  mkdirSync(shared);
  mkdirSync(join(shared, 'inner'));
  const devices = [
    '--network',
    'lan',
    '--mac',
    '52:54:00:aa:bb:cc',
    '--tpm',
    '--share',
    `${shared}:/mnt/shared`,
    '--share',
    `${shared}:/mnt/read-only:ro`,
    '--secret',
    `host-key=${join(place.folder, 'key')}`,
  ];
  writeFileSync(join(place.folder, 'key'), Buffer.from([0, 255, 10, 65]));
  const made = await place.bootflake(['vm', 'create', 'web', `${flake}#build-qcow2`, '--start', '-m', '1G', ...devices], {
    cwd: place.folder,
  });
  assert.equal(made.status, 0, made.stderr);
  const [machine] = JSON.parse((await vm('list', '--json')).stdout) as Record<string, unknown>[];
  assert.equal(machine!.name, 'web');
  assert.equal(machine!.state, 'running');
  assert.equal(machine!.source, `${flake}#build-qcow2`);
  folder = String(machine!.folder);
  // A user who may open its sockets has the machine.
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.match((await vm('list')).stdout, /^web {2}running /);
  const status = (await vm('status', 'web')).stdout;
  assert.match(status, /^memory +1G$/m);
  assert.match(status, /^first card +52:54:00:aa:bb:cc$/m);
  assert.match(status, /^network +lan: 198\.1[89]\.\d+\.\d+, fd[0-9a-f:]+ \(52:54:[0-9a-f:]+\)$/m);
  assert.match(status, /^lasts +.*\/homes\/mia\/\.ssh .*\/srv \/home \/var .*\/etc\/machine-id/m);
  assert.match((await vm('start', 'web')).stderr, /'web' is running already/);
  const again = await vm('create', 'web', `${flake}#build-qcow2`);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /instance\/exists/);
  assert.match((await vm('rm', 'web')).stderr, /instance\/running/);
});

test('a command runs as root while it boots, with its own output, errors and status', async () => {
  const first = await vm(...script('id -u; echo problem >&2; exit 3'));
  assert.deepEqual([first.status, first.stdout, first.stderr], [3, '0\n', 'problem\n']);
  assert.equal((await vm('exec', 'web', '--', 'kill-no-such-program')).status, 127);
  assert.equal((await vm(...script('kill -9 $$'))).status, 137);
  assert.equal((await vm('exec', 'web', '--', 'printf', '%s|', 'a b', '', "it's", '$HOME', '*')).stdout, "a b||it's|$HOME|*|");
});

test('it has folders and secrets of its host, and a TPM', async () => {
  writeFileSync(join(shared, 'inner', 'hello'), 'from the host\n');
  const commands = 'cat /mnt/shared/inner/hello /mnt/read-only/inner/hello; echo from the guest > /mnt/shared/guest; ls /dev/tpmrm0';
  // Behind the initrd with systemd, they are not mounted by themselves.
  const mount = (name: string, at: string) => `mountpoint -q ${at} || mount --mkdir -t virtiofs ${name} ${at}`;
  const seen = await vm(...script(`${mount('share0', '/mnt/shared')}; ${mount('share1', '/mnt/read-only')}; ${commands}`));
  assert.equal(seen.stdout, 'from the host\nfrom the host\n/dev/tpmrm0\n', seen.stderr);
  assert.equal(readFileSync(join(shared, 'guest'), 'utf8'), 'from the guest\n');
  assert.equal((await vm(...script('touch /mnt/read-only/new'))).status, 1);
  const secret = 'stat -c %a /run/credentials/@system/host-key; base64 /run/credentials/@system/host-key';
  const inService = "systemd-run -q --pipe -p LoadCredential=host-key sh -c 'base64 $CREDENTIALS_DIRECTORY/host-key'";
  const known = await vm(...script(`${secret}; ${inService}; cat /run/key-of-host`));
  assert.equal(known.stdout, '400\nAP8KQQ==\nAP8KQQ==\nAP8KQQ==\n', known.stderr);
});

const listKept = 'sha256sum /home/zoe/bytes; stat -c "%U %u %g" /home/zoe/bytes; findmnt -no SOURCE /var';
let before = '';

test('input and output are bytes, of any number', async () => {
  const bytes = randomBytes(3_000_000);
  const { status, stdout } = await fed(['exec', 'web', '--', 'sh', '-c', 'tee /root/bytes'], bytes);
  assert.equal(status, 0);
  assert.equal(createHash('sha256').update(stdout).digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  const kept = await vm(...script(`cp /root/bytes /home/zoe; chown zoe /home/zoe/bytes; cat /etc/machine-id; ${listKept}`));
  assert.match(kept.stdout, /^[0-9a-f]{32}\n/);
  before = kept.stdout;
  // A command that does not read its input ends all the same.
  assert.equal((await fed(['exec', 'web', '--', 'true'], bytes)).status, 0);
});

test("of a home only some may be kept; all of it is its owner's", async () => {
  const seen = await vm(...script(homes));
  assert.deepEqual(seen.stdout.split('\n'), homeLines, seen.stderr);
  const files = 'Documents/f .local/share/app/f .ssh/f .screenrc .config/app/rc lost';
  const written = await vm(...asMia(`for f in ${files}; do echo "$f" > "$f" || exit; done; echo key > /etc/keys/of/mia`));
  assert.deepEqual([written.status, written.stderr], [0, '']);
});

test('several commands at the same time; what they leave behind does not hold them', async () => {
  const outcomes = await Promise.all([1, 2, 3, 4, 5].map((n) => vm(...script(`sleep 1; echo ${n}`))));
  assert.deepEqual(
    outcomes.map(({ stdout }) => stdout),
    ['1\n', '2\n', '3\n', '4\n', '5\n'],
  );
  const begun = performance.now();
  assert.equal((await vm(...script('sleep 600 & echo begun'))).stdout, 'begun\n');
  assert.ok(performance.now() - begun < 60_000);
});

test('an interrupted command ends in the guest, too', async () => {
  const interrupted = await place.bootflake(['vm', ...script('echo $$ > /root/pid; sleep 500')], {
    signalAfter: { milliseconds: 6000, signal: 'SIGINT' },
  });
  assert.equal(interrupted.status, 130, interrupted.stderr);
  const left = await vm(...script('for i in $(seq 50); do kill -0 $(cat /root/pid) 2>/dev/null || exit 0; sleep 0.2; done; exit 1'));
  assert.equal(left.status, 0);
});

test('at a terminal, the command has one', async () => {
  const shell = terminal('exec', 'web');
  shell.type('stty size; tty\n');
  assert.ok(await shell.waitFor(/31 101\s+\/dev\/pts\/\d/, { seconds: 120 }), shell.rest());
  shell.type('exit 7\n');
  assert.equal(await shell.ended, 7);
});

test('files and folders are copied in and out', async () => {
  const tree = join(place.folder, 'tree');
  mkdirSync(join(tree, 'inner'), { recursive: true });
  writeFileSync(join(tree, 'inner', 'Ünicode name'), 'text\n', { mode: 0o750 });
  assert.equal((await vm('cp', tree, 'web:/root/')).status, 0);
  assert.equal((await vm('cp', tree, 'web:/root/other')).status, 0);
  const seen = await vm(
    ...script('cat "/root/tree/inner/Ünicode name" "/root/other/inner/Ünicode name"; stat -c "%a %U" /root/other/inner/*'),
  );
  assert.equal(seen.stdout, 'text\ntext\n750 root\n');
  assert.equal((await vm(...script('ln "/root/tree/inner/Ünicode name" /root/tree/second'))).status, 0);
  const back = join(place.folder, 'back');
  const out = await vm('cp', 'web:/root/tree', back);
  assert.equal(out.status, 0, out.stderr);
  for (const name of ['inner/Ünicode name', 'second']) assert.equal(readFileSync(join(back, name), 'utf8'), 'text\n');
  const one = await vm('cp', 'web:/root/bytes', place.folder);
  assert.equal(one.status, 0, one.stderr);
  assert.equal(statSync(join(place.folder, 'bytes')).size, 3_000_000);
  assert.match((await vm('cp', 'web:/no/such', place.folder)).stderr, /instance\/copy-failed/);
});

test('ports are forwarded while it runs', async () => {
  const port = 20_000 + (process.pid % 20_000);
  assert.equal((await vm('forward', 'web', `${port}:8099`)).status, 0);
  const taken = await vm('forward', 'web', `${port}:8099`);
  assert.match(taken.stderr, /instance\/forward-failed/);
  // Without a firewall's rule the port is closed.
  const served = vm(
    ...script('nft insert rule inet nixos-fw input-allow tcp dport 8099 accept; echo hello | timeout 60 nc -l -p 8099 -q 1 || true'),
  );
  const answer = await new Promise<string>((done) => {
    const attempt = () => {
      let text = '';
      const socket = createConnection(port, '127.0.0.1');
      socket.on('data', (bytes) => (text += bytes.toString())).on('error', () => {});
      socket.on('close', () => (text === '' ? setTimeout(attempt, 500) : done(text)));
    };
    attempt();
    void served.then(({ stderr, status }) => setTimeout(() => done(`nothing came; status ${status} ${stderr}`), 3000));
  });
  assert.equal(answer, 'hello\n');
  assert.equal((await vm('forward', 'web', '--remove', `${port}:8099`)).status, 0);
});

test('on a private network it has an address, and reaches the other machines by their names', async () => {
  const [machine] = JSON.parse((await vm('list', '--json')).stdout) as { networks: NetworkCard[] }[];
  const [own] = machine!.networks as [NetworkCard];
  const address = own.address.replace(/\d+$/, own.address.endsWith('.77') ? '78' : '77');
  const peer = await NetworkPeer.start(dirname(dirname(folder)), 'db', { ...own, mac: '52:54:00:00:00:77', address });
  try {
    const wait = 'for i in $(seq 100); do getent hosts db.lan && ping -c 1 -W 2 db > /dev/null && break; sleep 0.3; done';
    const seen = await vm(...script(`${wait} | tail -n 1; ip -br -4 address; cat /sys/class/net/*/address; getent hosts web`));
    assert.match(seen.stdout, new RegExp(`^${address} +db db\\.lan\n`), seen.stderr);
    for (const text of [`${own.address}/24`, own.mac, '52:54:00:aa:bb:cc', `${own.address} +web web.lan`])
      assert.match(seen.stdout, new RegExp(text.replaceAll('.', '\\.')));
    assert.deepEqual([...new Set(peer.pings)], [own.address]);
  } finally {
    await peer.end();
  }
});

test('two terminals at one console see the same; leaving it leaves the machine alone', async () => {
  const [one, two] = [terminal('console', 'web'), terminal('console', 'web')];
  for (const each of [one, two]) assert.ok(await each.waitFor(/login: /, { seconds: 120 }), each.rest());
  one.type('tarn\n');
  for (const each of [one, two]) assert.ok(await each.waitFor(/\$ $/, { seconds: 120 }), each.rest());
  two.type('until [ "$(stty size)" = "31 101" ]; do sleep 1; done; echo from-"two"\n');
  for (const each of [one, two]) assert.ok(await each.waitFor(/from-two\n/, { seconds: 120 }), each.rest());
  for (const each of [one, two]) each.type('\x01d');
  assert.deepEqual([await one.ended, await two.ended], [0, 0]);
  assert.match((await vm('log', 'web')).stdout, /from-two/);
  assert.match((await vm('list')).stdout, /^web {2}running /);
});

test('a snapshot of the running machine; the guest goes on with a new file', async (t) => {
  assert.equal((await vm('snapshot', 'web', 'before')).status, 0);
  assert.match((await vm('snapshot', 'web', 'before')).stderr, /instance\/snapshot-exists/);
  assert.equal((await vm(...script('echo later > /root/later; sync'))).status, 0);
  assert.equal((await vm(...script('echo later > /srv/later; sync'))).status, 0);
  const [snapshot] = JSON.parse((await vm('snapshot', 'web', '--json')).stdout) as { name: string; needed: boolean }[];
  assert.deepEqual([snapshot!.name, snapshot!.needed], ['before', true]);
  assert.match((await vm('snapshot', 'web', 'before', '--delete')).stderr, /instance\/snapshot-needed/);
  assert.match((await vm('restore', 'web', 'before')).stderr, /instance\/running/);
  const chain = await judge(t, 'qemu-img', ['info', '-U', '--backing-chain', join(folder, 'system.qcow2')]);
  assert.match(chain, /backing file: snapshot-before\.qcow2/);
});

test('it shuts down when asked; its disk stays until it is removed', async () => {
  const stopped = await vm('stop', 'web');
  assert.deepEqual([stopped.status, stopped.stderr], [0, '']);
  assert.match((await vm('list')).stdout, /^web {2}stopped /);
  assert.match((await vm('exec', 'web', '--', 'true')).stderr, /instance\/not-running/);
  assert.match((await vm('stop', 'web')).stderr, /'web' is not running/);
});

test('a snapshot is restored', async (t) => {
  for (const file of ['system', 'state', 'snapshot-before', 'snapshot-before.state'])
    await judge(t, 'qemu-img', ['check', join(folder, `${file}.qcow2`)]);
  const restored = await vm('restore', 'web', 'before');
  assert.deepEqual([restored.status, restored.stderr], [0, '']);
  await judge(t, 'qemu-img', ['check', join(folder, 'system.qcow2')]);
  assert.match((await vm('restore', 'web', 'nothing')).stderr, /instance\/no-snapshot/);
});

test('an update changes the system; what is on the data disk is as it was', async (t) => {
  const refused = await vm('update', 'web', `${flake}#nothing`);
  assert.equal(refused.status, 1);
  // Anna comes first by her name: her number would be zoe's.
  const sshd = 'services.openssh = { enable = true; hostKeys = [ { type = "ed25519"; path = "/etc/ssh/ssh_host_ed25519_key"; } ]; };';
  await writeFlake(withState(`users.users = { anna.isNormalUser = true; zoe.isNormalUser = true; }; ${sshd}`));
  const updated = await vm('update', 'web');
  assert.equal(updated.status, 0, updated.stderr);
  assert.match(updated.stderr, /bootflake vm rollback web/);
  for (const file of ['system', 'state']) await judge(t, 'qemu-img', ['check', join(folder, `${file}.qcow2`)]);
  assert.equal((await vm('start', 'web')).status, 0);
  const after = await vm(...script(`cat /etc/machine-id; ${listKept}`));
  assert.equal(after.stdout, before);
  const seen = await vm(
    ...script('id -u anna; test -e /root/bytes || echo gone; test -e /srv/later || echo restored; systemctl --failed --no-legend'),
  );
  assert.equal(seen.stdout, '1003\ngone\nrestored\n');
  const kept = await vm(
    ...asMia('cat Documents/f .local/share/app/f .ssh/f .screenrc .config/app/rc /etc/keys/of/mia; test -e lost || echo lost'),
  );
  assert.equal(kept.stdout, 'Documents/f\n.local/share/app/f\n.ssh/f\n.screenrc\n.config/app/rc\nkey\nlost\n', kept.stderr);
  const still = await vm(...script(homes));
  assert.deepEqual(still.stdout.split('\n'), homeLines, still.stderr);
  if (spawnSync('ssh', ['-V']).status === 0) {
    const login = await vm('ssh', 'web', '--user', 'zoe', '--', 'id -un; exit 5');
    assert.deepEqual([login.status, login.stdout], [5, 'zoe\n'], login.stderr);
  }
  assert.equal((await vm('resize', 'web', '768M', '--state')).status, 0);
  assert.match((await vm(...script('df --output=size -BM /state'))).stdout, /\b7\d\dM/);
  assert.equal((await vm('stop', 'web')).status, 0);
  assert.match((await vm('update', 'web')).stderr, /has that image already/);
  const back = await vm('rollback', 'web', '--state');
  assert.equal(back.status, 0, back.stderr);
});

test('it starts again with what it has written; reset and a pulled plug', { skip: !thorough && 'npm run test:all' }, async () => {
  assert.equal((await vm('start', 'web')).status, 0);
  assert.equal((await vm(...script('test ! -e /root/later'))).status, 0);
  assert.equal(
    (await vm(...script('stat -c %s /root/bytes; id -u anna 2>/dev/null; cat /proc/sys/kernel/random/boot_id > /root/boot; sync'))).stdout,
    '3000000\n',
  );
  assert.equal((await vm('reset', 'web')).status, 0);
  const other = await vm(...script('cmp -s /root/boot /proc/sys/kernel/random/boot_id && echo the same'));
  assert.equal(other.stdout, '');
  assert.equal((await vm('stop', '--force', 'web')).status, 0);
  assert.match((await vm('list')).stdout, /^web {2}stopped /);
});

test('a configuration describes the machine', async () => {
  const more = await describingFlake();
  const shown = async (...args: string[]) =>
    place.bootflake(['run', `path:${more}#build-qcow2`, '--dry-run', ...args], { cwd: place.folder });
  const described = await shown();
  assert.equal(described.status, 0, described.stderr);
  assert.match(described.stdout, /-smp 3 -m 777M .*hostfwd=tcp:127\.0\.0\.1:2222-:22.*-device usb-ehci\n$/);
  assert.match(described.stdout, /file\.size=8388608,.*serial=data/);
  const own = await shown('-m', '1G', '--forward', '2200:22', '--', '-s');
  assert.match(own.stdout, /-smp 3 -m 1G .*restrict=on,hostfwd=tcp:127\.0\.0\.1:2200-:22 .*-device usb-ehci -s\n$/);
});

test('removal removes its files', async () => {
  assert.equal((await vm('rm', 'web')).status, 0);
  assert.equal(statSync(folder, { throwIfNoEntry: false }), undefined);
  assert.equal((await vm('list', '--json')).stdout, '[]\n');
  assert.match((await vm('start', 'web')).stderr, /instance\/missing/);
});
