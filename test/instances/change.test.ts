/** `vm set`, `vm resize` and `vm disk` on a machine that does not run. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addFurtherDisk, changeMachine, furtherDisks, removeFurtherDisk, resizeMachineDisk } from '../../src/api/change-machine.ts';
import type { PipelineContext } from '../../src/api/pipeline.ts';
import { instancesOf, machineStatuses } from '../../src/api/instances.ts';
import { instanceDisks } from '../../src/instances/instance-disks.ts';
import type { Instance } from '../../src/instances/instance.ts';
import { readImage } from '../../src/vm/image.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

async function machine(): Promise<{ context: PipelineContext; instance: Instance }> {
  const env = { ...process.env, XDG_STATE_HOME: scratchFolder() };
  const state = { size: '1G', mountPoint: '/state', directories: ['/var'], files: [], guestShell: true };
  const instance = await instancesOf({ env }).create(
    {
      name: 'web',
      created: '2026-01-01T00:00:00.000Z',
      source: '/f#m',
      image: '/i.qcow2',
      state,
      disks: [],
      firmware: 'bios',
      accelerator: 'auto',
      forwards: [{ address: '127.0.0.1', host: 8080, guest: 80, protocol: 'tcp' }],
      autostart: false,
      qemuArguments: [],
    },
    (folder) => {
      for (const disk of ['system', 'state']) writeFileSync(join(folder, `${disk}.qcow2`), encodeOverlay({ virtualSize: 2 ** 30 }));
    },
  );
  // Nothing here builds anything.
  const context = { env, signal: new AbortController().signal } as unknown as PipelineContext;
  return { context, instance };
}
const nothing = { addForwards: [], removeForwards: [] };

test('memory, processors and ports of the next start', async () => {
  const { context, instance } = await machine();
  const runs = await changeMachine(context, 'web', { memory: '3G', smp: 3, addForwards: ['8443:443'], removeForwards: ['8080:80'] });
  assert.equal(runs, false);
  const { memory, processors, forwards } = await instance.manifest();
  assert.deepEqual([memory, processors, forwards.map(({ host, guest }) => [host, guest])], ['3G', 3, [[8443, 443]]]);
  // What is wrong changes nothing.
  for (const [changes, code] of [
    [{ memory: 'much' }, 'vm/bad-size'],
    [{ smp: 0 }, 'vm/bad-processors'],
    [{ addForwards: ['8443:1'] }, 'instance/same-forward'],
    [{ removeForwards: ['1:1'] }, 'instance/no-forward'],
  ] as const)
    await assert.rejects(async () => changeMachine(context, 'web', { ...nothing, ...changes } as never), { code });
  assert.equal((await instance.manifest()).memory, '3G');
});

test('disks grow, and do not shrink', async () => {
  const { context, instance } = await machine();
  const size = (disk: string) => readImage(instance.file(disk)).virtualSize;
  await resizeMachineDisk(context, 'web', '2G', { kind: 'system' });
  await resizeMachineDisk(context, 'web', '3G', { kind: 'state' });
  assert.deepEqual([size('system.qcow2'), size('state.qcow2')], [2 * 2 ** 30, 3 * 2 ** 30]);
  await assert.rejects(resizeMachineDisk(context, 'web', '1G', { kind: 'system' }), { code: 'vm/cannot-shrink' });
  await assert.rejects(resizeMachineDisk(context, 'web', '1G', { kind: 'further', name: 'data' }), { code: 'instance/no-disk' });
});

test('further disks: added, grown, listed, removed', async () => {
  const { context, instance } = await machine();
  await addFurtherDisk(context, 'web', 'data', '10M');
  await addFurtherDisk(context, 'web', 'archive', '1G');
  await resizeMachineDisk(context, 'web', '20M', { kind: 'further', name: 'data' });
  assert.deepEqual(
    instanceDisks(await instance.manifest()).map(({ file, serial }) => [file, serial]),
    [
      ['system.qcow2', undefined],
      ['state.qcow2', 'bootflake-state'],
      ['disk-data.qcow2', 'data'],
      ['disk-archive.qcow2', 'archive'],
    ],
  );
  assert.deepEqual(
    (await furtherDisks(context, 'web')).map(({ name, size }) => [name, size]),
    [
      ['data', 20 * 2 ** 20],
      ['archive', 2 ** 30],
    ],
  );
  await assert.rejects(addFurtherDisk(context, 'web', 'data', '1G'), { code: 'instance/disk-exists' });
  for (const name of ['../x', 'bootflake-state', 'A', 'x'.repeat(21)])
    await assert.rejects(async () => addFurtherDisk(context, 'web', name, '1G'), { code: 'instance/bad-name' });
  await assert.rejects(addFurtherDisk(context, 'web', 'endless', '9999999T'), { code: 'vm/disk-too-large' });
  await removeFurtherDisk(context, 'web', 'data');
  assert.ok(!existsSync(instance.file('disk-data.qcow2')));
  assert.deepEqual((await instance.manifest()).disks, ['archive']);
  await assert.rejects(removeFurtherDisk(context, 'web', 'data'), { code: 'instance/no-disk' });
});

test('networks: an address that stays, and no other machine has; old manifests have none', async () => {
  const { context, instance } = await machine();
  const text = readFileSync(instance.file('machine.json'), 'utf8');
  writeFileSync(instance.file('machine.json'), text.replace('"schema": 3', '"schema": 2'));
  assert.equal((await instance.manifest()).networks, undefined);
  await changeMachine(context, 'web', { ...nothing, addNetworks: ['lan', 'back'], mac: '52:54:00:AA:bb:cc' });
  const [lan, back] = (await instance.manifest()).networks!;
  assert.deepEqual([lan!.name, back!.name, (await instance.manifest()).features!.mac], ['lan', 'back', '52:54:00:aa:bb:cc']);
  const [status] = await machineStatuses(context, ['web']);
  const cards = status!.networks!.map(({ address6: _, ...card }) => card);
  assert.deepEqual([cards, status!.mac], [[lan, back], '52:54:00:aa:bb:cc']);
  assert.match(status!.networks![0]!.address6, /^fd[0-9a-f:]+$/);
  // Another machine that has the name, and so wants the address.
  const other = await instancesOf(context).create(
    { ...(await instance.manifest()), name: 'other', networks: [{ ...lan!, name: 'third' }] },
    () => {},
  );
  await changeMachine(context, 'web', { ...nothing, removeNetworks: ['lan'], addNetworks: ['third'] });
  const third = (await instance.manifest()).networks!.find(({ name }) => name === 'third')!;
  assert.deepEqual((await instance.manifest()).networks, [back, third]);
  assert.equal(third.address.replace(/\d+$/, ''), lan!.address.replace(/\d+$/, ''));
  assert.notEqual(third.address, lan!.address);
  // The same names have the same address again.
  await other.writeManifest({ ...(await other.manifest()), networks: [] });
  await changeMachine(context, 'web', { ...nothing, removeNetworks: ['third'], addNetworks: ['lan'] });
  assert.deepEqual((await instance.manifest()).networks, [back, lan]);
  for (const [changes, code] of [
    [{ addNetworks: ['LAN'] }, 'instance/bad-network'],
    [{ removeNetworks: ['third'] }, 'instance/no-network'],
    [{ addNetworks: Array.from({ length: 19 }, (_, i) => `n${i}`) }, 'instance/bad-network'],
    [{ mac: '01:00:00:00:00:00' }, 'vm/bad-mac'],
  ] as const)
    await assert.rejects(async () => changeMachine(context, 'web', { ...nothing, ...changes } as never), { code });
  await changeMachine(context, 'web', { ...nothing, removeNetworks: ['lan', 'back'] });
  assert.deepEqual((await instance.manifest()).networks, []);
  assert.equal((await machineStatuses(context, ['web']))[0]!.networks, undefined);
});

test("cards on networks of the host, qemu's own network, and the MAC address that a machine has by default", async () => {
  const { context, instance } = await machine();
  const [br0, tap0] = [{ kind: 'bridge', device: 'br0' } as const, { kind: 'tap', device: 'tap0' } as const];
  await changeMachine(context, 'web', { ...nothing, addCards: [br0, tap0], mac: '52:54:00:aa:bb:cc' });
  assert.deepEqual((await instance.manifest()).features, { mac: '52:54:00:aa:bb:cc', hostCards: [br0, tap0] });
  await changeMachine(context, 'web', { ...nothing, removeCards: [br0], mac: false });
  assert.deepEqual((await instance.manifest()).features, { hostCards: [tap0] });
  await changeMachine(context, 'web', { ...nothing, removeForwards: ['8080:80'], userNetwork: false });
  assert.deepEqual((await instance.manifest()).features, { hostCards: [tap0], userNetwork: false });
  for (const [changes, code] of [
    [{ addCards: [tap0] }, 'instance/same-host-card'],
    [{ removeCards: [br0] }, 'instance/no-host-card'],
    [{ addForwards: ['1:1'] }, 'vm/no-user-network'],
    [{ removeCards: [tap0], mac: '52:54:00:aa:bb:cc' }, 'vm/no-first-card'],
  ] as const)
    await assert.rejects(async () => changeMachine(context, 'web', { ...nothing, ...changes } as never), { code });
  assert.deepEqual((await instance.manifest()).features, { hostCards: [tap0], userNetwork: false });
  await changeMachine(context, 'web', { ...nothing, removeCards: [tap0], userNetwork: true });
  assert.equal((await instance.manifest()).features, undefined);
});
