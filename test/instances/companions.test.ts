/** Programs beside a machine that end before it does. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { companionFaults } from '../../src/instances/companion-state.ts';
import { Instances } from '../../src/instances/instances.ts';
import type { Instance } from '../../src/instances/instance.ts';
import { companionFile, launchScript, type LaunchedCompanion } from '../../src/instances/launch-script.ts';
import { machineArguments } from '../../src/vm/qemu-arguments.ts';
import { streamReconnect } from '../../src/vm/stream-reconnect.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const share = { tag: 'share0', source: '/src', target: '/mnt', readOnly: false };

function machine(): Promise<Instance> {
  const manifest = {
    name: 'web',
    created: '2026-01-01T00:00:00.000Z',
    source: '/f#m',
    image: '/i.qcow2',
    disks: [],
    firmware: 'bios' as const,
    accelerator: 'auto' as const,
    forwards: [],
    autostart: false,
    qemuArguments: [],
    features: { shares: [share] },
    networks: [{ name: 'lan', mac: '52:54:00:00:00:01', address: '198.18.0.2' }],
  };
  return new Instances(scratchFolder()).create(manifest, (folder) => writeFileSync(`${folder}/serial.log`, ''));
}

/** Runs its script, which looks at programs ten times a second. */
function run(instance: Instance, companions: LaunchedCompanion[]): Promise<number | null> {
  const script = launchScript({ name: 'web', command: ['sh', '-c', 'until [ -e stop ]; do sleep 0.1; done'], environment: {}, companions });
  assert.match(script, /while sleep 10;/);
  const quick = script.replace('while sleep 10;', 'while sleep 0.1;').replace('$restarts -lt 100 ', '$restarts -lt 3 ');
  writeFileSync(instance.file('start.sh'), quick);
  const child = spawn('/bin/sh', [instance.file('start.sh')], { stdio: 'ignore' });
  return new Promise((done) => child.on('exit', done));
}

function listener(socket: string): string[] {
  return [process.execPath, '-e', `require('net').createServer().listen(${JSON.stringify(socket)})`];
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000 && !(await holds()); i++) await new Promise((done) => setTimeout(done, 10));
  assert.ok(await holds());
}

const processOf = (instance: Instance, index: number) =>
  existsSync(instance.file(companionFile(index))) ? Number(readFileSync(instance.file(companionFile(index)), 'utf8').split('-')[0]) : 0;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the process of private networks is started again; of what cannot be, the status says what to do', async () => {
  const instance = await machine();
  const ended = run(instance, [
    { name: 'virtiofsd of /src', command: listener('share0.sock'), socket: 'share0.sock' },
    { name: 'the private network', command: listener('network-lan.sock'), socket: 'network-lan.sock', restarts: true },
  ]);
  try {
    await until(async () => (await instance.isRunning()) && processOf(instance, 1) > 0);
    assert.deepEqual(await companionFaults(instance, await instance.manifest()), []);
    const [folder, network] = [processOf(instance, 0), processOf(instance, 1)];
    process.kill(network, 'SIGKILL');
    await until(() => processOf(instance, 1) !== network && lives(processOf(instance, 1)));
    process.kill(folder, 'SIGKILL');
    await until(() => !lives(folder));
    const faults = async () => companionFaults(instance, await instance.manifest());
    await until(async () => (await faults()).length === 1);
    assert.match((await faults())[0]!, /^virtiofsd of \/src has ended: .* restarted: bootflake vm restart web$/);
    const again = processOf(instance, 1);
    writeFileSync(instance.file('stop'), '');
    await ended;
    await until(() => !lives(again));
    assert.deepEqual(await faults(), []);
    assert.deepEqual(
      readdirSync(instance.folder).filter((name) => name.startsWith('beside-')),
      [],
    );
  } finally {
    writeFileSync(instance.file('stop'), '');
    await ended;
  }
});

test('a program that ends at once is not started again for ever', async () => {
  const instance = await machine();
  const once = `const { existsSync, writeFileSync } = require('fs');
    if (existsSync('began')) { console.error('no'); process.exit(1); }
    writeFileSync('began', '');
    require('net').createServer().listen('network-lan.sock');
    setTimeout(process.exit, 500);`;
  const companion = { name: 'the private network', command: [process.execPath, '-e', once], socket: 'network-lan.sock', restarts: true };
  const messages = () => (existsSync(instance.file('qemu.log')) ? readFileSync(instance.file('qemu.log'), 'utf8') : '');
  const ended = run(instance, [companion]);
  try {
    await until(() => messages() === 'no\nno\nno\n');
    await new Promise((done) => setTimeout(done, 500));
    assert.equal(messages(), 'no\nno\nno\n');
    const faults = await companionFaults(instance, { ...(await instance.manifest()), features: {} });
    assert.match(faults.join(), /^the process of its private networks has ended: it is started again within 10 s; if it is not, restart/);
  } finally {
    writeFileSync(instance.file('stop'), '');
    await ended;
  }
});

test("a network card connects again, by this qemu's name for it", async () => {
  const qemu = (version: string) => ({
    command: ['sh', '-c', `echo 'QEMU emulator version ${version}'`],
    environment: {},
    firmwareFolders: [],
    origin: 'PATH',
  });
  const found = await Promise.all(['7.2.22', '8.0.0', '9.1.3', '9.2.0', '10.0.13 (Debian)'].map((each) => streamReconnect(qemu(each))));
  assert.deepEqual(found, [undefined, 'reconnect=1', 'reconnect=1', 'reconnect-ms=1000', 'reconnect-ms=1000']);
  const args = machineArguments({
    name: 'web',
    memory: '1G',
    processors: 1,
    accelerator: 'tcg',
    disks: [{ file: 'a', format: 'raw' }],
    firmware: { kind: 'bios' },
    networks: [{ kind: 'stream', path: 'a.sock', mac: '52:54:00:00:00:01', reconnect: 'reconnect-ms=1000' }],
    console: 'terminal',
    extra: [],
  });
  assert.ok(args.includes('stream,id=net0,server=off,addr.type=unix,addr.path=a.sock,reconnect-ms=1000'), args.join(' '));
});
