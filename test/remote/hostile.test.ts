/** Hosts, links and files that are not as they should be. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { shellQuote } from '../../src/base/shell-quote.ts';
import { ClusterHashes } from '../../src/disk/clusters.ts';
import { parseSshAddress } from '../../src/remote/ssh-address.ts';
import { SshHost } from '../../src/remote/ssh-host.ts';
import { SshSession } from '../../src/remote/ssh-session.ts';
import { findOnPath } from '../../src/system/machine-facts.ts';
import { sleep } from '../../src/system/sleep.ts';
import { readImage } from '../../src/vm/image.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { sshd, startSshServer, type SshServer } from '../support/ssh-server.ts';
import { thorough } from '../support/thorough.ts';
import { imageOf, startRemoteHost, type RemoteHost } from './remote-host.ts';

const skip = sshd === undefined ? 'sshd is not installed' : process.platform !== 'linux' ? 'hosts have Linux' : false;
/** At which a link is cut. */
const cuts = thorough ? 24 : 5;

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

/** An error with a code and what to do, which fits a screen. */
function checkError({ status, stderr }: { status: number | null; stderr: string }, code: RegExp): void {
  assert.equal(status, 1, stderr);
  assert.match(stderr, code);
  assert.match(stderr, /hint: /);
  assert.ok(stderr.split('\n').length <= 24, stderr);
  assert.ok(!stderr.includes('\u001b'));
}

test('a link that is cut anywhere while a machine is made and updated', { skip }, async () => {
  const log = join(scratchFolder(), 'link');
  const relay = shellQuote([process.execPath, resolve('test/support/relay.mjs')]);
  const settings = join(scratchFolder(), 'cut');
  writeFileSync(settings, '');
  const clientSettings = [`ProxyCommand ${relay} %h %p ${log} $(cat ${settings})`];
  await onHost(
    async (host) => {
      const [one, two] = [image(host, 'one', 'well'), image(host, 'two', 'well', { word: 'two', changed: 20 })];
      for (let n = 0; n < cuts; n++) {
        // All that making a machine sends is 4.3 MB.
        writeFileSync(settings, `cut=${6000 + Math.floor((4_400_000 * n) / cuts)}`);
        const made = await host.vm(['create', 'web', one, '-m', '64M'], { timeoutSeconds: 60 });
        writeFileSync(settings, '');
        // What an earlier one has sent is not sent again.
        if (made.status === 0) okay(await host.vm(['rm', 'web']));
        else checkError(made, /remote\/(?:connection-lost|unreachable)/);
        assert.equal(okay(await host.vm(['list'])), '');
      }
      okay(await host.vm(['create', 'web', one, '-m', '64M', '--start']));
      for (let n = 0; n < cuts; n++) {
        writeFileSync(settings, `cut=${6000 + Math.floor((1_400_000 * n) / cuts)}`);
        const updated = await host.vm(['update', 'web', two, '--timeout', '20'], { timeoutSeconds: 60 });
        writeFileSync(settings, '');
        if (updated.status !== 0) checkError(updated, /remote\/(?:connection-lost|unreachable)/);
        // The host may be about it.
        for (let tries = 0; tries < 200 && existsSync(host.path('vms/web/watching')); tries++) await sleep(50);
        assert.match(okay(await host.vm(['list'])), /running .*\/(?:one|two)$/m);
        okay(await host.vm(['update', 'web', one, '--timeout', '20']));
      }
      okay(await host.vm(['update', 'web', two, '--timeout', '20']));
      assert.match(okay(await host.vm(['list'])), /running .*\/two$/m);
      assert.deepEqual(
        readdirSync(host.path('vms/web')).filter((name) => /\.(?:next|decided|new|tmp)$|^back$/.test(name)),
        [],
      );
    },
    { clientSettings },
  );
});

test('a login shell that prints, a home with blanks and quotes, and a path that is too long for a socket', { skip }, async () => {
  const home = join(scratchFolder(), `it's "a home" $HOME \\ ${'long '.repeat(12)}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, '.bashrc'), 'echo hello from a login script; echo .\n');
  await onHost(
    async (host) => {
      okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '-m', '64M', '--start']));
      assert.match(okay(await host.vm(['list'])), /running/);
      okay(await host.vm(['snapshot', 'web', 'a']));
      okay(await host.vm(['stop', 'web', '--timeout', '10']));
      okay(await host.vm(['rm', 'web']));
      assert.deepEqual(readdirSync(join(home, '.local/state')), []);
    },
    { home },
  );
});

test('a server without forwarding of sockets, and a host without the programs that are needed', { skip }, async () => {
  await onHost(
    async (host) => {
      okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '-m', '64M']));
      checkError(await host.vm(['start', 'web'], { timeoutSeconds: 60 }), /remote\/no-forwarding/);
      okay(await host.vm(['rm', '--force', 'web']));
    },
    { settings: ['AllowStreamLocalForwarding no'] },
  );
  const bare = scratchFolder();
  const needed = 'sh base64 ls cat mkdir rm mv stat uname tail head df nproc readlink tr rmdir chmod dd'.split(' ');
  for (const name of needed) symlinkSync(findOnPath(name)!, join(bare, name));
  await onHost(
    async (host) => {
      checkError(await host.vm(['create', 'web', image(host, 'one', 'well')]), /lacks (?:flock|the program)[^]*remote\/unsupported/);
      const environment = { NIX_SSHOPTS: host.server.env.NIX_SSHOPTS };
      const { stdout, stderr } = await host.place.bootflake(['doctor', '--host', host.server.address], { environment });
      assert.match(stdout, /^MISS {2}flock/m, stderr);
      assert.ok(!existsSync(host.path('kvm.rom')));
    },
    { only: bare },
  );
});

test('files of a host that lie: hashes of another image, a manifest of none, names that are none', { skip }, async () => {
  await onHost(async (host) => {
    okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '-m', '64M', '--start']));
    const [name = ''] = readdirSync(host.path('images')).filter((file) => file.endsWith('.clusters'));
    // Hashes that say that everything is there already: what is sent lacks it, and is compared.
    const two = image(host, 'two', 'well', { word: 'two', changed: 3 });
    for (const text of ['', 'not hashes', readFileSync(host.path('images', name)).subarray(0, 40)]) {
      writeFileSync(host.path('images', name), text);
      okay(await host.vm(['update', 'web', two, '--timeout', '20']));
      assert.match(okay(await host.vm(['list'])), /running .*\/two$/m);
      okay(await host.vm(['update', 'web', join(host.place.folder, 'one'), '--timeout', '20']));
    }
    mkdirSync(host.path('vms/-rf'));
    mkdirSync(host.path('vms/a\nb\u001b]0;x\u0007'), { recursive: true });
    writeFileSync(host.path('vms/-rf/machine.json'), '{}');
    mkdirSync(host.path('vms/odd'));
    writeFileSync(host.path('vms/odd/machine.json'), '{"schema": 1, "name": "\u001b]0;x\u0007"}');
    const list = okay(await host.vm(['list']));
    assert.match(list, /^odd +broken/m);
    assert.ok(!list.includes('\u001b') && !list.includes('-rf'));
    okay(await host.vm(['rm', 'odd']));
    // A base that is gone is said, and the machine is not started from nothing.
    okay(await host.vm(['stop', 'web', '--force']));
    const { backing } = readImage(host.path('vms/web/system.qcow2'));
    unlinkSync(backing!);
    checkError(await host.vm(['start', 'web']), /vm\/no-image|instance\/image-changed/);
    rmSync(host.path('vms/-rf'), { recursive: true });
    rmSync(host.path('vms/a\nb\u001b]0;x\u0007'), { recursive: true });
  });
});

test('hashes are read as hashes', () => {
  const hashes = new ClusterHashes();
  hashes.set(3, 'x'.repeat(16));
  hashes.set(70_000, '\u0000\u00ff'.repeat(8));
  const again = ClusterHashes.decode(hashes.encode())!;
  assert.deepEqual([again.count, again.differences(hashes), again.name(5)], [2, [], hashes.name(5)]);
  assert.notEqual(again.name(6), hashes.name(5));
  assert.equal(ClusterHashes.decode(new Uint8Array(19)), undefined);
  again.set(4, 'y'.repeat(16));
  assert.deepEqual(hashes.differences(again), [4]);
});

async function onServer(work: (server: SshServer) => Promise<void>, options: Parameters<typeof startSshServer>[0] = {}): Promise<void> {
  const server = await startSshServer(options);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

test('what a login script prints is no lock that was taken, nor of what a program prints', { skip }, async () => {
  await onServer(async (server) => {
    writeFileSync(join(server.home, '.bashrc'), 'echo hello; echo locked; printf "and no end of line"\n');
    writeFileSync(join(server.home, 'log'), '\u00e9 of the log');
    const [one, two] = [await openHost(server), await openHost(server)];
    try {
      const file = join(server.home, 'lock');
      const held = await one.tryLock(file);
      assert.ok(held);
      assert.equal(await two.tryLock(file), undefined);
      held.release();
      // The host notices a moment later.
      (await two.lock(file)).release();
      const followed = one.follow(join(server.home, 'log'), 100);
      let text = Buffer.alloc(0);
      for (let tries = 0; tries < 200 && text.length === 0; tries++) {
        await sleep(20);
        text = Buffer.concat([text, followed.read()]);
      }
      followed.close();
      assert.equal(text.toString('utf8'), '\u00e9 of the log');
    } finally {
      one.close();
      two.close();
    }
  });
});

const openHost = (server: SshServer) => SshHost.open(parseSshAddress(server.address), server.env);

test('a large reply is read in time, one that is too large is refused, and one without a status is no success', { skip }, async () => {
  const programs = scratchFolder();
  // It fails for one reply, as where there is no memory for another process.
  const real = shellQuote([findOnPath('gzip')!]);
  writeFileSync(join(programs, 'gzip'), `#!/bin/sh\nif [ -e ~/broken ]; then cat >/dev/null; exit 1; fi\nexec ${real} "$@"\n`, {
    mode: 0o755,
  });
  await onServer(
    async (server) => {
      const host = await openHost(server);
      try {
        const { output, status } = await host.session.run('head -c 30000000 /dev/urandom; exit 7');
        assert.deepEqual([output.length, status], [30_000_000, 7]);
        mkdirSync(join(server.home, 'images'));
        writeFileSync(join(server.home, 'images/one'), '');
        writeFileSync(join(server.home, 'broken'), '');
        // No names would mean that all images may be removed.
        await assert.rejects(host.listNames(join(server.home, 'images')), { code: 'remote/failed' });
        rmSync(join(server.home, 'broken'));
        assert.deepEqual(await host.listNames(join(server.home, 'images')), ['one']);
        await assert.rejects(host.session.run('head -c 60000000 /dev/urandom'), { code: 'remote/bad-reply' });
        await assert.rejects(host.listNames('/'), { code: 'remote/bad-reply' });
      } finally {
        host.close();
      }
    },
    { path: `${programs}:${process.env.PATH}` },
  );
});

test('a server that allows one session a connection', { skip }, async () => {
  await onHost(
    async (host) => {
      okay(await host.vm(['create', 'web', image(host, 'one', 'well'), '-m', '64M', '--start']));
      okay(await host.vm(['update', 'web', image(host, 'two', 'well', { word: 'two' }), '--timeout', '20']));
      assert.match(okay(await host.vm(['list'])), /running .*\/two$/m);
      okay(await host.vm(['stop', 'web', '--timeout', '10']));
      okay(await host.vm(['rm', 'web']));
    },
    { settings: ['MaxSessions 1'] },
  );
});

test('a disk that is full is said to be, whichever program notices', { skip }, async () => {
  const programs = scratchFolder();
  const dd = '#!/bin/sh\ncase " $* " in *" of="*) echo "dd: error writing a file: No space left on device" >&2; exit 1 ;; esac\n';
  writeFileSync(join(programs, 'dd'), dd, { mode: 0o755 });
  await onServer(
    async (server) => {
      const host = await openHost(server);
      try {
        const disk = new Uint8Array(65_536);
        disk.set([1], 4096);
        const file = join(server.home, 'disk');
        await assert.rejects(host.write(file, disk), { code: 'remote/disk-full' });
        await assert.rejects(host.writeAt(file, disk.subarray(0, 8), 0), { code: 'remote/disk-full' });
      } finally {
        host.close();
      }
    },
    { path: `${programs}:${process.env.PATH}` },
  );
});

test('a login script that prints without end, or waits, ends in an error', { skip }, async () => {
  await onServer(async (server) => {
    const open = () => SshSession.open(parseSshAddress(server.address), server.env, undefined, 3000);
    for (const [text, code] of [
      ['cat /dev/zero', 'remote/bad-reply'],
      ['sleep 20', 'remote/unreachable'],
    ] as const) {
      writeFileSync(join(server.home, '.bashrc'), `${text}\n`);
      await assert.rejects(open(), { code });
    }
  });
});
