/** `bootflake deploy`: machines of a flake, and images, on hosts of a real sshd. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { open } from '../../src/api/index.ts';
import type { BootflakeEvent, DeployResult } from '../../src/api/index.ts';
import { globPattern } from '../../src/api/deploy.ts';
import { FleetTable } from '../../src/cli/fleet-table.ts';
import { sshd } from '../support/ssh-server.ts';
import { imageOf, startRemoteHost, type RemoteHost } from './remote-host.ts';

const skip = sshd === undefined ? 'sshd is not installed' : process.platform !== 'linux' ? 'hosts have Linux' : false;

/** Several hosts, whose clients' settings are all in the first one's file. */
async function onHosts(count: number, work: (hosts: RemoteHost[]) => Promise<void>): Promise<void> {
  const hosts: RemoteHost[] = [];
  try {
    for (let n = 0; n < count; n++) hosts.push(await startRemoteHost());
    // `ssh_config` and `known_hosts` are beside each other.
    for (const name of ['ssh_config', 'known_hosts']) {
      const file = (host: RemoteHost) => join(dirname(host.server.home), name);
      writeFileSync(file(hosts[0]!), hosts.map((host) => readFileSync(file(host), 'utf8')).join(''));
    }
    await work(hosts);
  } finally {
    for (const host of hosts) await host.close();
  }
}

/** Where the flake is: the store is beside it. */
const flakeOf = (host: RemoteHost) => join(host.place.folder, 'flake');

const deploy = (host: RemoteHost, args: string[]) =>
  host.place.bootflake(['deploy', ...args], {
    cwd: flakeOf(host),
    timeoutSeconds: 120,
    environment: { NIX_SSHOPTS: host.server.env.NIX_SSHOPTS },
  });

async function deployed(host: RemoteHost, args: string[], status = 0): Promise<DeployResult[]> {
  const outcome = await deploy(host, [...args, '--json']);
  assert.equal(outcome.status, status, outcome.stderr);
  return JSON.parse(outcome.stdout) as DeployResult[];
}

interface Described {
  guest: string;
  address?: string;
  memory?: number;
  forwards?: object[];
  deploy?: object;
}

/** A flake whose configurations have images of their own, and describe machines as the distribution does. */
function writeFlake(host: RemoteHost, machines: Record<string, Described>): void {
  const folder = flakeOf(host);
  mkdirSync(folder, { recursive: true });
  const configurations = Object.entries(machines).map(([name, { guest, address, memory = 64, forwards = [], deploy: more }]) => {
    imageOf(join(folder, name), guest, { word: name });
    const described = {
      schema: 1,
      ...{ memory, cores: 1, diskSize: null, disks: [], forwards, restrictNetwork: false, firmware: null, shares: [] },
      ...{ graphics: false, resolution: null, tpm: false, qemuArguments: [] },
      deploy: { host: address ?? null, name: null, timeout: 5, check: '', url: null, autostart: false, ...more },
    };
    const json = (value: unknown) => `(builtins.fromJSON ''${JSON.stringify(value)}'')`;
    return `${name}.config = rec {
      bootflake.deploy = ${json(described.deploy)};
      system.build.qcow2 = derivation {
        name = "image"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
        entries = [
          { path = "nixos.raw"; source = "\${./${name}/nixos.raw}"; }
          { path = "nix-support/machine.json"; source = "\${./${name}/nix-support/machine.json}"; }
        ];
      } // { machineDescription = ${json(described)}; };
    };`;
  });
  writeFileSync(join(folder, 'flake.nix'), `{ outputs = _: { nixosConfigurations = { ${configurations.join('\n')} }; }; }\n`);
}

test('a machine of a flake is made, updated with little, changed as it is described, and taken back', { skip }, async () => {
  await onHosts(1, async ([host]) => {
    const { server } = host!;
    const { address } = server;
    const forwards = [{ protocol: 'tcp', address: '0.0.0.0', host: 8080, guest: 80 }];
    writeFlake(host!, { web: { guest: 'well', address, forwards } });
    const planned = await deployed(host!, ['.#web', '--dry-run']);
    assert.deepEqual([planned[0]!.plan!.action, planned[0]!.plan!.whole], ['create', true]);
    assert.ok(planned[0]!.plan!.bytes > 4 << 20);
    assert.deepEqual(readdirSync(server.home), [], 'a dry run changes nothing');

    const made = await deploy(host!, []);
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stderr, /^web {2}ssh:\S+ {2}sending/m);
    assert.match(made.stdout, /^web on ssh:.*: created, and well \(4\.\d MiB sent\)$/m);
    assert.match(made.stdout, /port 80\/tcp: 127\.0\.0\.1:8080\n {2}a shell in it: bootflake vm exec web --host ssh:/);
    assert.match((await host!.vm(['status', 'web'])).stdout, /running.*\n[^]*memory +64M/);
    assert.equal((await deployed(host!, ['.#web']))[0]!.status, 'unchanged');

    writeFlake(host!, { web: { guest: 'well', address, memory: 65, deploy: { check: 'systemctl is-active web' } } });
    const [restart] = await deployed(host!, ['.#web', '--dry-run']);
    assert.deepEqual(restart!.plan, { action: 'restart', bytes: 0, whole: false, changes: ['memory', 'forwards', 'features'] });
    assert.equal((await deployed(host!, ['.#web']))[0]!.status, 'updated');
    const manifest = () => JSON.parse(readFileSync(host!.path('vms/web/machine.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual([manifest().memory, manifest().forwards], ['65M', []]);
    const check = host!.path('vms/web/secret-bootflake.check');
    assert.equal(readFileSync(check, 'utf8'), 'systemctl is-active web\n');
    assert.equal(statSync(check).mode & 0o777, 0o600);
    assert.match(readFileSync(host!.path('vms/web/start.sh'), 'utf8'), /opt\/io\.systemd\.credentials\/bootflake\.check/);

    // The next one has another first cluster, more memory, and fails: the old one is back with what it had.
    writeFlake(host!, { web: { guest: 'failed', address, memory: 66 } });
    const [failed] = await deployed(host!, ['.#web'], 1);
    assert.match(`${(failed!.error as Error & { code: string }).code} ${failed!.error!.message}`, /instance\/unwell.*degraded: web/);
    assert.ok(failed!.sent > 0 && failed!.sent < 1 << 18, `${failed!.sent} bytes`);
    assert.equal(manifest().memory, '65M');
    assert.equal((await deployed(host!, ['.#web', '--dry-run']))[0]!.plan!.action, 'restart');
  });
});

test('a secret is sent again with the machine, which restarts where it is another one', { skip }, async () => {
  await onHosts(1, async ([host]) => {
    writeFlake(host!, { web: { guest: 'well', address: host!.server.address } });
    const secret = join(host!.place.folder, 'secret');
    const there = host!.path('vms/web/secret-key');
    const withSecret = async () => (await deployed(host!, ['.#web', '--secret', `key=${secret}`]))[0]!.status;
    writeFileSync(secret, 'one');
    assert.equal(await withSecret(), 'created');
    assert.equal(await withSecret(), 'unchanged');
    writeFileSync(secret, 'two');
    assert.equal(await withSecret(), 'updated');
    assert.equal(readFileSync(there, 'utf8'), 'two');
    assert.equal(readFileSync(host!.path('vms/web/serial.log'), 'utf8').match(/begun/g)!.length, 2);
    // Later deployments keep it.
    assert.equal((await deployed(host!, ['.#web']))[0]!.status, 'unchanged');
    const manifest = JSON.parse(readFileSync(host!.path('vms/web/machine.json'), 'utf8')) as { features: { secrets: object[] } };
    assert.deepEqual(manifest.features.secrets, [{ name: 'key', file: there }]);
  });
});

test('what cannot be deployed is said before anything is done', { skip }, async () => {
  await onHosts(1, async ([host]) => {
    const { server } = host!;
    writeFlake(host!, { web: { guest: 'well' }, db: { guest: 'well', deploy: { name: 'web' } } });
    const one = imageOf(join(flakeOf(host!), 'one'), 'login', { state: false, health: false });
    const wrong: [string[], RegExp][] = [
      [['.#web'], /--host ssh:[^]*deploy\/no-host/],
      [['.#web', '--host', 'server'], /remote\/bad-host/],
      [['--all'], /there are: db, web[^]*deploy\/no-match/],
      [['--on', 'x*', '--host', server.address], /deploy\/no-match/],
      [['.#web', '--all'], /deploy\/bad-targets/],
      [['.#web', '.#db', '--host', server.address], /deploy\/same-machine/],
      [['.#web', '.#db', '--host', server.address, '--name', 'a'], /deploy\/bad-targets/],
      [['./one', '--host', server.address], /deploy\/no-name/],
      [['./one', '--host', server.address, '--name', '../x'], /instance\/bad-name/],
      [['./one', '--host', server.address, '--name', 'one', '--check', 'true'], /deploy\/no-reports/],
      [['.#web', '--canary', '0'], /--canary is a whole number/],
    ];
    for (const [args, expected] of wrong) {
      const { status, stderr } = await deploy(host!, args);
      assert.equal(status, 1, args.join(' '));
      assert.match(stderr, expected);
    }
    assert.ok(!existsSync(host!.path('vms')));
    // A guest without reports shows a login; a system without state stays.
    const [made] = await deployed(host!, [one, '--host', server.address, '--name', 'web', '--no-autostart']);
    assert.equal(made!.status, 'created');
    assert.equal((await deployed(host!, [one, '--host', server.address, '--name', 'web']))[0]!.status, 'unchanged');
    const two = imageOf(join(flakeOf(host!), 'two'), 'login', { state: false, health: false, word: 'two' });
    const [refused] = await deployed(host!, [two, '--host', server.address, '--name', 'web'], 1);
    assert.equal((refused!.error as Error & { code: string }).code, 'instance/no-state');
    assert.equal(refused!.sent, 0);
  });
});

test('of a fleet one that fails does not stop the rest, and a canary does', { skip }, async () => {
  await onHosts(3, async (hosts) => {
    const [first, second, third] = hosts as [RemoteHost, RemoteHost, RemoteHost];
    const at = (host: RemoteHost, guest: string): Described => ({ guest, address: host.server.address });
    const machine = (host: RemoteHost) => existsSync(host.path('vms/web/machine.json'));
    // Each host is cleaned of the machine `web`, so all have that name.
    const named = (machines: Record<string, Described>) =>
      Object.fromEntries(Object.entries(machines).map(([name, each]) => [name, { ...each, deploy: { name: 'web' } }]));
    writeFlake(first, named({ a1: at(first, 'dies'), a2: at(second, 'well'), b1: { ...at(third, 'well') }, c1: { guest: 'well' } }));
    const stopped = await deployed(first, ['--all', '--canary', '1'], 1);
    assert.deepEqual(
      stopped.map(({ status }) => status),
      ['failed', 'skipped', 'skipped'],
    );
    assert.ok(!machine(second) && !machine(third));
    const outcome = await deploy(first, ['--on', 'a?', '--on', 'b*', '--batch', '2']);
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /2 well, 1 failed, 0 not begun/);
    assert.match(outcome.stderr, /instance\/(?:unwell|start-failed)/);
    assert.ok(machine(second) && machine(third));
    assert.match((await second.vm(['status', 'web'])).stdout, /running/);

    // The same from a program; a host that is gone is the failure of its machine alone.
    writeFlake(first, named({ a2: at(second, 'well'), b1: at(third, 'well') }));
    await third.vm(['rm', '--force', 'web']);
    await third.server.close();
    const events: BootflakeEvent[] = [];
    await using b = await open({
      cwd: flakeOf(first),
      env: { ...first.place.environment, NIX_SSHOPTS: first.server.env.NIX_SSHOPTS },
    });
    const results = await b.deploy({ all: true, onProgress: (event) => events.push(event) });
    assert.deepEqual(
      results.map(({ status }) => status),
      ['unchanged', 'failed'],
    );
    assert.equal((results[1]!.error as Error & { code: string }).code, 'remote/unreachable');
    assert.ok(events.some((event) => event.type === 'deploy' && event.state === 'failed' && event.host === third.server.address));
  });
});

test('patterns of names have stars and question marks', () => {
  const cases: [string, string, boolean][] = [
    ['web*', 'web1', true],
    ['web*', 'aweb', false],
    ['w?b', 'web', true],
    ['w?b', 'wb', false],
    ['a.b', 'axb', false],
    ['*', '', true],
    ['[a]', 'a', false],
    ['a$|b', 'a', false],
    ['**a**', 'bac', true],
  ];
  for (const [pattern, name, expected] of cases) assert.equal(globPattern(pattern).test(name), expected, `${pattern} ${name}`);
});

test('on a terminal the table is drawn in place of itself; elsewhere each event is a line', () => {
  let shown: string[] = [];
  const output = {
    text: (text: string) => void shown.push(text),
    redraw: (lines: readonly string[], before: number) => void (shown = [...shown.slice(0, shown.length - before), ...lines]),
  };
  const event = (machine: string, state: 'sending' | 'done' | 'waiting' | 'failed', more = {}) =>
    ({ type: 'deploy', machine, host: 'ssh://h', state, ...more }) as const;
  let now = 0;
  const table = new FleetTable(
    output,
    () => ({ rows: 24, columns: 40 }),
    () => (now += 1000),
  );
  table.take(event('web', 'waiting'));
  table.take(event('db', 'sending', { bytes: 1, totalBytes: 4 }));
  table.take(event('web', 'failed', { message: 'one\ntwo \x1b[31m and more that is cut' }));
  table.end();
  assert.deepEqual(shown, ['web  ssh://h  FAILED: one two ^[[31m an', 'db   ssh://h  sending 25%']);
  shown = [];
  const lines = new FleetTable(
    output,
    () => undefined,
    () => 0,
  );
  lines.take(event('web', 'waiting'));
  lines.take(event('web', 'sending', { bytes: 0, totalBytes: 4 }));
  lines.take(event('web', 'sending', { bytes: 2, totalBytes: 4 }));
  lines.take(event('web', 'done', { message: 'created' }));
  assert.deepEqual(shown, ['web  ssh://h  sending 0%\n', 'web  ssh://h  done: created\n']);
});
