/** What replaces the disks of a machine is done as a whole or not at all, whenever it is interrupted. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Instance } from '../../src/instances/instance.ts';
import { Instances } from '../../src/instances/instances.ts';
import { launchScript } from '../../src/instances/launch-script.ts';
import type { Manifest } from '../../src/instances/manifest.ts';
import { keepState, replaceDisks, settle } from '../../src/instances/replacement.ts';
import { listSnapshots, restoreSnapshot, takeSnapshot, deleteSnapshot } from '../../src/instances/snapshots.ts';
import { readImage } from '../../src/vm/image.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const state = { size: '1G', mountPoint: '/state', directories: ['/var'], files: [], guestShell: true };
const image = (name: string) => ({ path: `/images/${name}.qcow2`, size: 1, modified: 1 });
const systemOver = (name: string) =>
  encodeOverlay({ backing: `/images/${name}.qcow2`, backingFormat: 'qcow2', virtualSize: 2 ** 30, image: image(name) });
const overlay = (backing: string) => encodeOverlay({ backing, backingFormat: 'qcow2', virtualSize: 2 ** 30 });

function machine(): Promise<Instance> {
  const instances = new Instances(join(scratchFolder(), 'vms'));
  return instances.create(
    {
      name: 'web',
      created: '2026-01-01T00:00:00.000Z',
      source: '/f#old',
      image: '/images/old.qcow2',
      state,
      disks: [],
      firmware: 'bios',
      accelerator: 'auto',
      forwards: [],
      autostart: false,
      qemuArguments: [],
    },
    (folder) => {
      fs.writeFileSync(join(folder, 'system.qcow2'), systemOver('old'));
      fs.writeFileSync(join(folder, 'state.qcow2'), encodeOverlay({ virtualSize: 2 ** 30 }));
    },
  );
}

/** All that a machine consists of, without the names of files that say nothing. */
async function seen(instance: Instance): Promise<string> {
  const header = (name: string) =>
    readImage(instance.file(name))
      .backing?.replace('/images', 'images')
      .replace(/(old|new|state-\d+)\.qcow2$/, '$1') ?? 'empty';
  return `${(await instance.manifest()).source} ${header('system.qcow2')} ${header('state.qcow2')}`;
}

async function update(instance: Instance): Promise<void> {
  const before: Manifest = await instance.manifest();
  const stateSnapshot = await keepState(instance);
  const previous = { source: before.source, image: before.image, state, stateSnapshot };
  await replaceDisks(
    instance,
    { 'state.qcow2': overlay(stateSnapshot), 'system.qcow2': systemOver('new'), 'previous-system.qcow2': { link: 'system.qcow2' } },
    { ...before, source: '/f#new', image: '/images/new.qcow2', previous },
  );
}

const [old, updated] = ['/f#old images/old empty', '/f#new images/new state-1'];

test('an update that is killed at any system call leaves the old machine or the new one', async () => {
  const operations = ['writeFileSync', 'linkSync', 'renameSync', 'openSync', 'rmSync'] as const;
  const results = new Map<string, number>();
  for (let limit = 0; ; limit++) {
    const instance = await machine();
    let calls = 0;
    const originals = operations.map((name) => [name, fs[name]] as const);
    const killed = new Error('killed');
    for (const [name, original] of originals)
      (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
        // Once dead, it does nothing more: no clean-up either.
        if (calls++ >= limit) throw killed;
        return (original as (...all: unknown[]) => unknown)(...args);
      };
    let finished = false;
    try {
      await update(instance);
      finished = true;
    } catch (error) {
      assert.equal(error, killed);
    } finally {
      for (const [name, original] of originals) (fs as unknown as Record<string, unknown>)[name] = original;
    }
    await settle(instance);
    const found = await seen(instance);
    assert.ok([old, updated].includes(found), `killed at ${limit}: ${found}`);
    results.set(found, (results.get(found) ?? 0) + 1);
    assert.deepEqual(
      fs.readdirSync(instance.folder).filter((name) => /\.(?:next|decided)$/.test(name)),
      [],
    );
    // What nothing needs is gone; what is needed is there.
    assert.equal(fs.existsSync(instance.file('state-1.qcow2')), found === updated);
    assert.equal(fs.existsSync(instance.file('previous-system.qcow2')), found === updated);
    if (finished) break;
  }
  assert.ok(results.get(old)! > 5 && results.get(updated)! > 3, JSON.stringify([...results]));
});

test("the machine's own script finishes what was decided, with nothing but sh", async () => {
  const instance = await machine();
  fs.writeFileSync(instance.file('system.qcow2.next'), systemOver('new'));
  fs.writeFileSync(instance.file('machine.json.next'), fs.readFileSync(instance.file('machine.json'), 'utf8').replace('#old', '#new'));
  fs.writeFileSync(instance.file('start.sh'), launchScript({ name: 'web', command: ['true'], environment: {} }), { mode: 0o700 });
  fs.writeFileSync(instance.file('serial.log'), '');
  assert.equal(spawnSync('/bin/sh', [instance.file('start.sh')], { stdio: 'ignore' }).status, 0);
  assert.equal(await seen(instance), '/f#new images/new empty');
});

test('states of former updates go when nothing needs them', async () => {
  const instance = await machine();
  await update(instance);
  await update(instance);
  const kept = () => fs.readdirSync(instance.folder).filter((name) => /^state-/.test(name));
  // The second lies over the first.
  assert.deepEqual(kept(), ['state-1.qcow2', 'state-2.qcow2']);
  const { previous: _, ...manifest } = await instance.manifest();
  await replaceDisks(instance, { 'state.qcow2': encodeOverlay({ virtualSize: 2 ** 30 }) }, manifest);
  assert.deepEqual(kept(), []);
});

test('a snapshot is of all disks, and is restored as a whole', async () => {
  const instance = await machine();
  await takeSnapshot(instance, 'a');
  assert.equal(await seen(instance), '/f#old snapshot-a.qcow2 snapshot-a.state.qcow2');
  await update(instance);
  assert.deepEqual(
    (await listSnapshots(instance)).map(({ name, needed }) => [name, needed]),
    [['a', true]],
  );
  await restoreSnapshot(instance, 'a');
  assert.equal(await seen(instance), '/f#new snapshot-a.qcow2 snapshot-a.state.qcow2');
  assert.equal((await instance.manifest()).image, '/images/old.qcow2');
  // The way back from the update still needs it.
  await assert.rejects(deleteSnapshot(instance, 'a'), { code: 'instance/snapshot-needed' });
  await assert.rejects(takeSnapshot(instance, 'a'), { code: 'instance/snapshot-exists' });
});
