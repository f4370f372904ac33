/** Machines whose guests lie, whose files were edited, and that several commands change at the same time. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { instancesOf, powerOffMachine, removeMachine, withMachine } from '../../src/api/instances.ts';
import { copyMachineFiles } from '../../src/api/copy-machine-files.ts';
import { snapshotMachine } from '../../src/api/machine-snapshots.ts';
import type { Instances } from '../../src/instances/instances.ts';
import type { Instance } from '../../src/instances/instance.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const longest = 'a'.repeat(63);

async function machine(
  name = 'web',
): Promise<{ context: { env: NodeJS.ProcessEnv; signal: AbortSignal }; instance: Instance; instances: Instances }> {
  const context = { env: { ...process.env, XDG_STATE_HOME: scratchFolder() }, signal: new AbortController().signal };
  const instances = instancesOf(context);
  const facts = { name, created: '2026-01-01T00:00:00.000Z', source: '/f#m', image: '/i.qcow2', disks: [] };
  const rest = { firmware: 'bios' as const, accelerator: 'auto' as const, autostart: false, qemuArguments: [] };
  const forwards = [{ address: '127.0.0.1', host: 8080, guest: 80, protocol: 'tcp' as const }];
  const instance = await instances.create({ ...facts, ...rest, forwards }, (folder) => {
    fs.writeFileSync(join(folder, 'serial.log'), '');
    fs.writeFileSync(join(folder, 'system.qcow2'), encodeOverlay({ virtualSize: 2 ** 20 }));
  });
  return { context, instance, instances };
}

const start = (instance: Instance, mode: string): Promise<void> =>
  instance.start({ name: instance.name, command: [process.execPath, resolve('test/instances/fake-qemu.mjs'), mode], environment: {} });

for (const mode of ['mute', 'flood'])
  test(`a guest that never reports a command's end does not hold what its host does: ${mode}`, async () => {
    const { context, instance } = await machine();
    await start(instance, mode);
    try {
      await assert.rejects(instance.runInGuest(['true'], { timeout: 5000, patience: 300 }), { code: 'vm/guest-silent' });
      // The port is free again.
      await assert.rejects(instance.runInGuest(['true'], { timeout: 5000, patience: 300 }), { code: 'vm/guest-silent' });
      const abort = new AbortController();
      setTimeout(() => abort.abort(new Error('enough')), 200);
      await assert.rejects(snapshotMachine({ ...context, signal: abort.signal }, 'web', 'a'), /enough/);
      const begun = performance.now();
      assert.equal(await powerOffMachine(instance, { force: false, timeout: 800 }, undefined), 'forced');
      assert.ok(performance.now() - begun < 15_000);
      // Ended as was asked for: no failure.
      assert.deepEqual(await instance.state(), { state: 'stopped', status: 0 });
    } finally {
      await instance.kill();
    }
  });

test('a guest that sends no archive for a copy, and does not stop', async () => {
  const { context, instance } = await machine();
  await start(instance, 'flood');
  const cwd = scratchFolder();
  try {
    const copying = copyMachineFiles({ ...context, cwd }, { from: 'web:/etc/hostname', to: cwd, timeout: 5000 });
    await assert.rejects(copying, { code: 'instance/copy-failed', message: /no archive/ });
    assert.deepEqual(fs.readdirSync(cwd), []);
  } finally {
    await instance.kill();
  }
});

test('a machine with the longest name, in a folder with a long path', async () => {
  const { context, instance, instances } = await machine(longest);
  await start(instance, 'run');
  assert.equal((await instance.state()).state, 'running');
  await removeMachine(context, longest, true);
  assert.deepEqual(fs.readdirSync(instances.folder), []);
});

test('who waits for a machine that is removed meanwhile learns that it is gone', async () => {
  const { context, instance } = await machine();
  const lock = await instance.lock();
  const waiting = withMachine(context, 'web', () => 'changed');
  const removing = removeMachine(context, 'web', false);
  lock.release();
  const results = await Promise.allSettled([waiting, removing]);
  for (const result of results)
    if (result.status === 'rejected') assert.equal((result.reason as { code?: string }).code, 'instance/missing');
  assert.ok(!fs.existsSync(instance.folder));
  await assert.rejects(instance.lock(), { code: 'instance/missing' });
});

test('what was being made or removed when its process was killed goes with the next machine', async () => {
  const { instances } = await machine();
  const left = ['.new-1-1-0-0-abc', '.removed-1-1-0-0-db'];
  for (const name of left) fs.mkdirSync(join(instances.folder, name, 'inner'), { recursive: true });
  assert.deepEqual(await instances.names(), ['web']);
  await machine();
  await instances.remove(await instances.get('web'));
  assert.deepEqual(fs.readdirSync(instances.folder), []);
  // A folder that is no machine is in the way, and is not one.
  fs.mkdirSync(join(instances.folder, 'web'));
  await assert.rejects(instances.requireFree('web'), { code: 'instance/exists', message: /is no machine: it has no machine\.json/ });
});

test('a manifest that was edited is read with care, and its machine can be removed', async () => {
  const { context, instance, instances } = await machine();
  const good = JSON.parse(fs.readFileSync(instance.file('machine.json'), 'utf8')) as Record<string, unknown>;
  const bad: Record<string, unknown>[] = [
    { name: 'other' },
    { forwards: [{ address: '0.0.0.0,guestfwd=tcp:1.2.3.4:1-cmd:sh', host: 1, guest: 1, protocol: 'tcp' }] },
    { forwards: [{ address: '127.0.0.1', host: 70000, guest: 1, protocol: 'tcp' }] },
    { disks: ['../x'] },
    { disks: ['bootflake-state'] },
    { disks: ['a', 'a'] },
    { processors: 0 },
    { previous: { source: 'a', image: 'b', stateSnapshot: '../state-1.qcow2' } },
    { state: { size: 'x', mountPoint: '/state', directories: [], files: [], guestShell: true } },
    { state: { size: '1G', mountPoint: '/s\u001b[31m', directories: [], files: [], guestShell: true } },
  ];
  for (const change of bad) {
    fs.writeFileSync(instance.file('machine.json'), JSON.stringify({ ...good, ...change }));
    await assert.rejects(instance.manifest(), { code: 'instance/bad-manifest' }, JSON.stringify(change));
  }
  await removeMachine(context, 'web', true);
  assert.deepEqual(await instances.names(), []);
});

test('without space, what fails says where, nothing is half done, and a machine can be removed', async () => {
  const { context, instance, instances } = await machine();
  const before = fs.readdirSync(instance.folder);
  const { writeFileSync } = fs;
  fs.writeFileSync = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write', errno: -28 });
  };
  try {
    await assert.rejects(
      withMachine(context, 'web', () => {}),
      { code: 'state/disk-full', message: new RegExp(context.env.XDG_STATE_HOME!) },
    );
    assert.deepEqual(fs.readdirSync(instance.folder), before);
    await removeMachine(context, 'web', false);
  } finally {
    fs.writeFileSync = writeFileSync;
  }
  assert.deepEqual(fs.readdirSync(instances.folder), []);
});
