import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { findJailTools } from '../../src/jail/tools.ts';
import { probeSandbox } from '../../src/jail/probe.ts';
import { syscallFilter } from '../../src/jail/seccomp.ts';
import type { JailInput } from '../../src/jail/description.ts';
import { needSandbox, openFolder } from '../builders/process/support.ts';
import { debianTool, described, runJail } from './support.ts';

test('a program, its status and its output', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const ran = await runJail(described(join(folder, 'run'), 'echo out; echo err >&2; echo again > /dev/stderr; exit 7'));
  assert.deepEqual(ran, { began: true, status: 7, output: 'out\nerr\nagain\n' });
});

test('bytes of arguments and of the environment arrive as they are', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const odd = "\xff\xfe 'quoted' \"\\ $(echo no) `echo no` \n end";
  const ran = await runJail({
    ...described(join(folder, 'run'), ''),
    args: ['-c', 'printf %s "$1$x" | exec -a od /bin/sh -An -v -tx1', 'sh', odd],
    env: new Map([
      ['x', odd],
      ['', 'no name'],
      ['a=b', 'c'],
    ]),
  });
  const bytes = Buffer.from(ran.output.replace(/\s/g, ''), 'hex').toString('latin1');
  assert.equal(bytes, odd + odd);
});

test('inputs of each kind, few and many, are there and cannot be changed', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const input = (i: number): JailInput => {
    const [physical, logical] = [join(folder, `input ${i}`), `/nix/store/${String(i).padStart(32, '0')}-x`];
    if (i % 3 === 0) {
      mkdirSync(physical);
      writeFileSync(join(physical, 'f'), `${i}\n`, { mode: 0o444 });
      return { logical, physical, kind: 'directory' };
    }
    if (i % 3 === 1) {
      writeFileSync(physical, `${i}\n`, { mode: 0o444 });
      return { logical, physical, kind: 'regular' };
    }
    symlinkSync(`../store/${String(i - 1).padStart(32, '0')}-x`, physical);
    return { logical, physical, kind: 'symlink' };
  };
  const inputs = Array.from({ length: 90 }, (_, i) => input(i));
  const script = `
    for i in /nix/store/*; do if [ -d $i ]; then run cat $i/f; else run cat $i; fi; done
    for i in /nix/store/* /nix/store/*/f; do
      [ -L $i ] || run chmod 777 $i 2>/dev/null && [ ! -L $i ] && echo mode
      (echo x >> $i) 2>/dev/null && echo written $i
    done
    for i in /nix/store/*0-x; do [ -L $i ] && continue; run rm -rf $i 2>/dev/null; [ -e $i ] || echo removed; done; exit 0`;
  for (const count of [6, 90]) {
    const { output, status } = await runJail(described(join(folder, `run ${count}`), script, { inputs: inputs.slice(0, count) }));
    const expected = inputs.slice(0, count).map((_, i) => `${i % 3 === 2 ? i - 1 : i}\n`);
    assert.equal(output, expected.join(''));
    assert.equal(status, 0);
  }
  assert.equal(readFileSync(inputs[1]!.physical, 'utf8'), '1\n');
  assert.equal(statSync(inputs[1]!.physical).mode & 0o777, 0o444);
});

test('the umask and the limits of the host do not matter', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  const script =
    'run stat -c "%n %a" /etc /etc/passwd /build /build/file /tmp /nix /nix/store /bin; run cat /etc/passwd /build/file > /dev/null; umask';
  const { output } = await runJail(described(join(folder, 'run'), script, { files: new Map([['file', 'x']]) }));
  assert.equal(output, '/etc 755\n/etc/passwd 644\n/build 700\n/build/file 644\n/tmp 1777\n/nix 755\n/nix/store 1775\n/bin 755\n0022\n');
});

test('bubblewrap alone, where unshare may make no namespaces', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const description = described(join(folder, 'run'), 'echo $$; run id -u; run ps | run wc -l');
  if (process.getuid!() === 0) {
    await assert.rejects(runJail(description, { namespaces: false }), { code: 'build/no-sandbox', message: /setpriv, unshare and mount/ });
    return;
  }
  const { output } = await runJail(description, { namespaces: false });
  assert.match(output, /^2\n1000\n/);
});

test('without a sandbox the output says why', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const tools = await findJailTools(process.env.PATH ?? '');
  const broken = join(folder, 'bwrap');
  writeFileSync(broken, '#! /bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n');
  chmodSync(broken, 0o755);
  const ran = await runJail(described(join(folder, 'run'), ':'), { tools: { ...tools, bwrap: { command: [broken] } } });
  assert.deepEqual(ran, { began: false, status: undefined, output: 'bwrap: No permissions to create new namespace\n' });
  const found = await probeSandbox(folder);
  assert.equal(found.works, false);
  assert.match(found.finding, /No permissions to create new namespace/);
  assert.ok(found.advice);
});

test("Debian's bubblewrap and busybox from our store serve as well", async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const bwrap = debianTool(t, 'bwrap');
  const busybox = debianTool(t, 'busybox');
  const tools = { ...(await findJailTools(process.env.PATH ?? '')), bwrap, hasArgv0: true };
  const ran = await runJail(described(join(folder, 'run'), 'echo $0 $$', { binds: [{ target: '/bin/sh', source: busybox.command[0]! }] }), {
    tools,
  });
  assert.deepEqual(ran, { began: true, status: 0, output: 'sh 1\n' });
});

test('a network from outside: no service of the loopback, no abstract socket, no process left', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const pasta = debianTool(t, 'pasta');
  const server = createServer((socket) => socket.end('reached'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const gateway = execFileSync('ip', ['route'], { encoding: 'utf8' }).match(/default via (\S+)/)?.[1] ?? '127.0.0.1';
  const script = `
    run ip route | run grep -c default
    for host in 127.0.0.1 ${gateway} 169.254.1.53; do run nc -w 2 $host ${port} < /dev/null; done 2> /dev/null
    run cat /proc/net/unix | run grep -c @; for i in /etc/*; do echo $i; done; ls /proc/self/fd`;
  const { output, status } = await runJail(described(join(folder, 'run'), script, { network: 'outside' }), { pasta });
  assert.equal(
    output,
    '1\n0\n/etc/group\n/etc/hosts\n/etc/nsswitch.conf\n/etc/passwd\n/etc/resolv.conf\n/etc/services\n0\n1\n2\n3\n',
    `${status}`,
  );
});

test('the filter is a whole number of instructions', () => {
  for (const architecture of ['x64', 'arm64']) assert.equal(syscallFilter(architecture, 'x86_64-linux').length % 8, 0);
});

test('with a network, too, the sandbox ends with its parent', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const pasta = debianTool(t, 'pasta');
  const mark = `76${process.pid}`;
  const script = join(folder, 'child.mts');
  writeFileSync(
    script,
    `import { described, runJail } from '${process.cwd()}/test/jail/support.ts';
     const script = 'echo begun; run sleep ${mark}';
     process.stdout.write('x');
     const pasta = ${JSON.stringify(pasta)};
     const { findJailTools } = await import('${process.cwd()}/src/jail/tools.ts');
     const { startJail } = await import('${process.cwd()}/src/jail/run.ts');
     const tools = await findJailTools(process.env.PATH);
     const description = described('${folder}/run', script, { network: 'outside' });
     const jail = await startJail(description, { tools, namespaces: true, pasta, onOutput: (b) => process.stdout.write(b) });
     await jail.ended;`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const running = (): string[] =>
    execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`sleep ${mark}`) || line.includes(`${folder}/run`));
  await new Promise<void>((go) => child.stdout.on('data', (text: Buffer) => text.includes('begun') && go()));
  assert.ok(running().length > 0);
  child.kill('SIGKILL');
  for (let wait = 0; wait < 50 && running().length > 0; wait++) await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(running(), []);
});
