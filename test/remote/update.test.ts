/** The life of a machine on another host: made, updated, taken back, removed; with links and hosts that fail. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findOnPath } from '../../src/system/machine-facts.ts';
import { sleep } from '../../src/system/sleep.ts';
import { readImage } from '../../src/vm/image.ts';
import { sshd } from '../support/ssh-server.ts';
import { thorough } from '../support/thorough.ts';
import { imageOf, startRemoteHost, type RemoteHost } from './remote-host.ts';

/** At which an update is killed. */
const moments = thorough ? 20 : 4;
const skip = sshd === undefined ? 'sshd is not installed' : process.platform !== 'linux' ? 'hosts have Linux' : false;

async function onHost(work: (host: RemoteHost) => Promise<void>, options: Parameters<typeof startRemoteHost>[0] = {}): Promise<void> {
  const host = await startRemoteHost(options);
  try {
    await work(host);
  } finally {
    await host.close();
  }
}

const okay = (outcome: { status: number | null; stderr: string; stdout: string }) => {
  assert.equal(outcome.status, 0, outcome.stderr);
  return outcome.stdout;
};

const image = (host: RemoteHost, name: string, guest: string, options: Parameters<typeof imageOf>[2] = {}) =>
  imageOf(join(host.place.folder, name), guest, options);

const sourceOf = async (host: RemoteHost): Promise<string | undefined> => {
  const [machine] = JSON.parse(okay(await host.vm(['list', '--json']))) as { source: string; state: string }[];
  return machine && `${machine.source.split('/').at(-1)} ${machine.state}`;
};

test('a machine is made, started, seen, stopped and removed, and nothing is left', { skip }, async () => {
  await onHost(async (host) => {
    okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '--start', '-m', '64M']));
    assert.equal(await sourceOf(host), 'one running');
    const disk = readImage(host.path('vms/web/system.qcow2'));
    assert.equal(disk.backing, host.path('images', disk.backing!.split('/').at(-1)!));
    assert.equal(spawnSync('qemu-img', ['check', disk.backing!]).status ?? 0, 0);
    assert.equal(statSync(host.path('vms/web')).mode & 0o777, 0o700);
    assert.match(okay(await host.vm(['log', 'web'])), /begun with well/);
    okay(await host.vm(['snapshot', 'web', 'first']));
    assert.match(okay(await host.vm(['snapshot', 'web'])), /^first /);
    okay(await host.vm(['stop', 'web', '--timeout', '10']));
    assert.equal(await sourceOf(host), 'one stopped');
    assert.match(okay(await host.vm(['log', 'web'])), /powered off/);
    okay(await host.vm(['restore', 'web', 'first']));
    okay(await host.vm(['resize', 'web', '2G', '--state']));
    okay(await host.vm(['disk', 'web', 'more', '1G']));
    assert.match((await host.vm(['create', 'web', image(host, 'two', 'well')])).stderr, /instance\/exists/);
    assert.match((await host.vm(['status', 'other'])).stderr, /instance\/missing/);
    okay(await host.vm(['rm', 'web']));
    assert.equal(await sourceOf(host), undefined);
    assert.ok(!existsSync(host.path()));
  });
});

test('an update sends what differs, and one that is not well is taken back with the data as they were', { skip }, async () => {
  await onHost(async (host) => {
    const first = await host.vm(['create', 'web', image(host, 'one', 'well'), '--start', '-m', '64M']);
    assert.match(first.stderr, /sent 4\.\d MiB .*the whole image/);
    const second = await host.vm(['update', 'web', image(host, 'two', 'well', { word: 'two' }), '--timeout', '20']);
    okay(second);
    assert.match(second.stderr, /sent \d+(?:\.\d)? KiB .*what differs/);
    assert.equal(await sourceOf(host), 'two running');
    const overlay = readImage(readImage(host.path('vms/web/system.qcow2')).backing!);
    assert.match(overlay.backing!, /^[0-9a-f]{32}\.qcow2$/, 'named relatively');
    writeFileSync(host.path('vms/web/state.qcow2'), Buffer.concat([readFileSync(host.path('vms/web/state.qcow2')), Buffer.from('DATA')]));
    for (const [guest, why] of [
      ['failed', /degraded: web\.service/],
      ['dies', /the guest panicked/],
      ['silent', /within 2 s/],
    ] as const) {
      const failing = await host.vm(['update', 'web', image(host, guest, guest), '--timeout', '2']);
      assert.equal(failing.status, 1);
      assert.match(failing.stderr, why);
      assert.match(failing.stderr, /instance\/unwell/);
      assert.match(failing.stderr, /has the system before again/);
      assert.equal(await sourceOf(host), 'two running', guest);
      let data = host.path('vms/web/state.qcow2');
      for (let n = 0; n < 20 && !readFileSync(data).includes('DATA'); n++) data = host.path('vms/web', readImage(data).backing!);
      assert.ok(readFileSync(data).includes('DATA'));
    }
    okay(await host.vm(['rollback', 'web', '--timeout', '2']).then((o) => ({ ...o, status: o.status === 1 ? 0 : 2 })));
    assert.equal(await sourceOf(host), 'two running', 'the silent one was before, and is not well either');
    // An image without the means to say it is well shows a login.
    okay(await host.vm(['update', 'web', image(host, 'five', 'login', { health: false }), '--timeout', '20']));
    assert.equal(await sourceOf(host), 'five running');
    // A machine that is stopped stays so.
    okay(await host.vm(['stop', 'web', '--force']));
    okay(await host.vm(['update', 'web', image(host, 'six', 'well')]));
    assert.equal(await sourceOf(host), 'six stopped');
    // What no way back needs was merged.
    const states = readdirSync(host.path('vms/web')).filter((name) => /^state-\d/.test(name));
    if (findOnPath('qemu-system-x86_64')) assert.equal(states.length, 1, states.join());
  });
});

test('the host goes on by itself when the link is lost', { skip }, async () => {
  await onHost(async (host) => {
    okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '--start', '-m', '64M']));
    // As soon as the host has begun, we are gone.
    const update = host.vm(['update', 'web', image(host, 'two', 'silent', { word: 'x' }), '--timeout', '4']);
    const begun = host.path('vms/web/watching');
    const child = (async () => {
      for (let tries = 0; tries < 400 && !existsSync(begun); tries++) await sleep(25);
      spawnSync('pkill', ['-KILL', '-f', `vm update web .*${host.server.port}`]);
    })();
    const [outcome] = await Promise.all([update, child]);
    assert.notEqual(outcome.status, 0);
    const log = () => readFileSync(host.path('vms/web/serial.log'), 'utf8');
    for (let tries = 0; tries < 400 && !/with silent\n[^]*with well/.test(log()); tries++) await sleep(50);
    assert.match(log(), /begun with silent\n[^]*begun with well/);
    assert.equal(await sourceOf(host), 'one running');
    assert.match(readFileSync(host.path('vms/web/watch.result'), 'utf8'), /^back: it did not say that it is well within 4 s/);
  });
});

test('SIGKILL of an update at any moment leaves the old system or the new one, and the next update goes on', { skip }, async () => {
  await onHost(async (host) => {
    okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '--start', '-m', '64M']));
    const two = image(host, 'two', 'well', { word: 'two' });
    const begun = performance.now();
    okay(await host.vm(['update', 'web', two, '--timeout', '20']));
    const whole = performance.now() - begun;
    const seen = new Set<string | undefined>();
    for (let n = 1; n <= moments; n++) {
      const name = n % 2 === 1 ? 'one' : 'two';
      const milliseconds = 200 + (whole * n) / (moments + 2);
      await host.vm(['update', 'web', join(host.place.folder, name), '--timeout', '20'], {
        signalAfter: { milliseconds, signal: 'SIGKILL' },
      });
      for (let tries = 0; tries < 200 && spawnSync('pgrep', ['-f', host.path('vms/web/watch.sh')]).status === 0; tries++) await sleep(50);
      const now = await sourceOf(host);
      assert.ok(now === 'one running' || now === 'two running', now);
      seen.add(now);
      okay(await host.vm(['update', 'web', join(host.place.folder, name), '--timeout', '20']));
      assert.equal(await sourceOf(host), `${name} running`);
    }
    const left = readdirSync(host.path('vms/web')).filter((name) => /\.(?:next|decided|new)$|^back$|^watching$/.test(name));
    assert.deepEqual(left, []);
  });
});

test('a transfer that was cut goes on where it was; what was damaged is sent anew', { skip }, async () => {
  await onHost(async (host) => {
    const large = image(host, 'large', 'well', { clusters: 200 });
    okay(await host.vm(['create', 'web', large]));
    const [file = ''] = readdirSync(host.path('images')).filter((name) => name.endsWith('.qcow2'));
    const whole = readFileSync(host.path('images', file));
    okay(await host.vm(['rm', 'web']));
    const partial = (bytes: Buffer) => {
      okay(spawnResult('mkdir', ['-p', host.path('images')]));
      writeFileSync(host.path('images', file.replace('.qcow2', '~.part')), bytes);
    };
    partial(whole.subarray(0, 9_000_000));
    const rest = await host.vm(['create', 'web', large]);
    assert.match(rest.stderr, /sent 4\.\d MiB/, 'of 12.5');
    assert.deepEqual(readFileSync(host.path('images', file)), whole);
    okay(await host.vm(['rm', 'web']));
    const wrong = Buffer.from(whole.subarray(0, 9_000_000));
    wrong[5_000_000]! ^= 1;
    partial(wrong);
    const damaged = await host.vm(['create', 'web', large]);
    assert.match(damaged.stderr, /remote\/upload-failed/);
    okay(await host.vm(['create', 'web', large]));
    assert.deepEqual(readFileSync(host.path('images', file)), whole);
    // One that somebody cut is no image.
    okay(await host.vm(['rm', 'web']));
    okay(await host.vm(['create', 'web', large]));
    rmSync(host.path('vms/web'), { recursive: true });
    spawnSync('chmod', ['600', host.path('images', file)]);
    truncateSync(host.path('images', file), 100_000);
    okay(await host.vm(['create', 'web', large]));
    assert.deepEqual(readFileSync(host.path('images', file)), whole);
  });
});

function spawnResult(program: string, args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('two at once: one after the other; images that a disk needs stay', { skip }, async () => {
  await onHost(async (host) => {
    okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '--start', '-m', '64M']));
    const [two, three] = [image(host, 'two', 'well', { word: 'two' }), image(host, 'three', 'well', { word: 'three' })];
    const outcomes = await Promise.all([two, three].map((path) => host.vm(['update', 'web', path, '--timeout', '20'])));
    for (const { status, stderr } of outcomes) assert.ok(status === 0 || /instance\/changed-meanwhile/.test(stderr), stderr);
    assert.ok(
      outcomes.some(({ status }) => status === 0),
      outcomes.map(({ stderr }) => stderr).join(),
    );
    assert.match((await sourceOf(host)) ?? '', /^(?:two|three) running$/);
    okay(await host.vm(['create', 'other', two]));
    okay(await host.vm(['rm', 'other']));
    const disk = readImage(host.path('vms/web/system.qcow2'));
    for (let file: string | undefined = disk.backing; file !== undefined; ) {
      assert.ok(existsSync(file), file);
      const { backing } = readImage(file);
      file = backing && host.path('images', backing);
    }
  });
});

test('a host that cannot be reached, or lacks something, is named with what to do', { skip }, async () => {
  await onHost(async (host) => {
    const vm = (address: string, environment = {}) =>
      host.place.bootflake(['vm', 'list', '--host', address], {
        environment: { NIX_SSHOPTS: host.server.env.NIX_SSHOPTS, ...environment },
      });
    for (const [address, code] of [
      ['server', 'remote/bad-host'],
      ['ssh://-oProxyCommand=x', 'remote/bad-host'],
      ['ssh://me@host:0', 'remote/bad-host'],
      ['ssh://root@127.0.0.1:1', 'remote/unreachable'],
    ] as const) {
      const { status, stderr } = await vm(address);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(code));
      assert.match(stderr, /hint: /);
    }
    const wrongKey = await vm(host.server.address, { NIX_SSHOPTS: `${host.server.env.NIX_SSHOPTS} -o UserKnownHostsFile=/dev/null` });
    assert.match(wrongKey.stderr, /Host key verification failed[^]*remote\/unreachable/);
    assert.match((await vm(host.server.address, { PATH: '/nonexistent' })).stderr, /remote\/no-ssh/);
    const doctor = (...args: string[]) =>
      host.place.bootflake(['doctor', '--host', host.server.address, ...args], {
        environment: { NIX_SSHOPTS: host.server.env.NIX_SSHOPTS },
      });
    assert.match(okay(await doctor()), /^ok {4}qemu .*8\.2\.2$/m);
    const findings = JSON.parse((await doctor('--json')).stdout) as { name: string; ok: boolean }[];
    assert.ok(findings.find(({ name }) => name === 'flock')?.ok);
    assert.ok(!existsSync(host.path()));
    for (const [args, what] of [
      [['--share', `${host.place.folder}:/mnt`], /cannot have a shared folder/],
      [['--network', 'lan'], /cannot have a private network/],
      [['--graphics'], /cannot have a window/],
    ] as const) {
      const { stderr } = await host.vm(['create', 'web', image(host, 'one', 'well'), ...args]);
      assert.match(stderr, what);
      assert.match(stderr, /remote\/unsupported/);
    }
  });
});

test('what a host says of its machines neither sends files from here nor decides what is built', { skip }, async () => {
  await onHost(async (host) => {
    const [one, secret] = [image(host, 'one', 'well'), join(host.place.folder, 'secret')];
    writeFileSync(secret, 'word');
    okay(await host.vm(['create', 'web', one, '-m', '64M', '--secret', `key=${secret}`]));
    assert.equal(readFileSync(host.path('vms/web/secret-key'), 'utf8'), 'word');
    assert.equal(statSync(host.path('vms/web/secret-key')).mode & 0o777, 0o600);
    const file = host.path('vms/web/machine.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { source: string; features: { secrets: { name: string; file: string }[] } };
    const own = join(host.place.folder, 'private');
    writeFileSync(own, 'private');
    const write = (changed: object) => writeFileSync(file, JSON.stringify({ ...manifest, ...changed }));
    write({ features: { secrets: [...manifest.features.secrets, { name: 'more', file: own }] } });
    assert.match((await host.vm(['start', 'web'])).stderr, /the secret 'more' .* is no longer on/);
    assert.ok(!existsSync(host.path('vms/web/secret-more')));
    write({ source: image(host, 'private-image', 'well', { word: 'private' }) });
    const update = await host.vm(['update', 'web']);
    assert.match(update.stderr, /remote\/unknown-source/);
    assert.equal(readdirSync(host.path('images')).filter((name) => name.endsWith('.qcow2')).length, 1);
    // What cannot be a machine, or comes from the future, is said.
    write({ schema: 99 });
    assert.match((await host.vm(['start', 'web'])).stderr, /instance\/newer-manifest/);
    write({ memory: '\u001b]52;c;AAAA\u0007' });
    assert.ok(![...(await host.vm(['status', 'web'])).stdout].includes('\u001b'));
    write({});
    okay(await host.vm(['update', 'web']));
  });
});
