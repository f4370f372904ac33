/** The files of a data disk do not pile up: a real qemu merges what no way back needs, and each byte stays what it was. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Instance } from '../../src/instances/instance.ts';
import { Instances } from '../../src/instances/instances.ts';
import { mergeable, mergeStates } from '../../src/instances/merge-states.ts';
import { keepState, replaceDisks, settle } from '../../src/instances/replacement.ts';
import { deleteSnapshot, listSnapshots, takeSnapshot } from '../../src/instances/snapshots.ts';
import { findQemu, type Qemu } from '../../src/vm/find-qemu.ts';
import { readImage } from '../../src/vm/image.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { thorough } from '../support/thorough.ts';

const size = 8 << 20;
const state = { size: '8M', mountPoint: '/state', directories: ['/var'], files: [], guestShell: true };
const image = { path: '/images/old.qcow2', size: 1, modified: 1 };

function machine(): Promise<Instance> {
  const facts = { name: 'web', created: '2026-01-01T00:00:00.000Z', source: '/f#m', image: image.path, state };
  const rest = { firmware: 'bios' as const, accelerator: 'auto' as const, forwards: [], autostart: false, qemuArguments: [], disks: [] };
  return new Instances(join(scratchFolder(), 'vms')).create({ ...facts, ...rest }, (folder) => {
    fs.writeFileSync(
      join(folder, 'system.qcow2'),
      encodeOverlay({ backing: image.path, backingFormat: 'qcow2', virtualSize: size, image }),
    );
    fs.writeFileSync(join(folder, 'state.qcow2'), encodeOverlay({ virtualSize: size }));
  });
}

const over = (instance: Instance, backing: string): Uint8Array =>
  encodeOverlay({ backing, backingFormat: 'qcow2', virtualSize: readImage(instance.file(backing)).virtualSize });

async function update(instance: Instance): Promise<void> {
  const manifest = await instance.manifest();
  const stateSnapshot = await keepState(instance);
  const previous = { source: manifest.source, image: manifest.image, state, stateSnapshot };
  await replaceDisks(instance, { 'state.qcow2': over(instance, stateSnapshot) }, { ...manifest, previous });
}

/** As `vm rollback --state`. */
async function rollBack(instance: Instance): Promise<void> {
  const manifest = await instance.manifest();
  const before = manifest.previous!.stateSnapshot!;
  const stateSnapshot = await keepState(instance);
  const previous = { ...manifest.previous!, stateSnapshot };
  await replaceDisks(instance, { 'state.qcow2': over(instance, before) }, { ...manifest, previous });
}

const stateFiles = (instance: Instance): string[] =>
  fs
    .readdirSync(instance.folder)
    .filter((name) => /state/.test(name))
    .sort();

/** A disk as the guest reads it. */
async function contents(t: TestContext, instance: Instance, name: string): Promise<Buffer> {
  const raw = join(scratchFolder(), 'raw');
  await judge(t, 'qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', instance.file(name), raw]);
  return fs.readFileSync(raw);
}

const write = (t: TestContext, instance: Instance, ...commands: string[]): Promise<string> =>
  judge(t, 'qemu-io', ['-f', 'qcow2', ...commands.flatMap((each) => ['-c', each]), instance.file('state.qcow2')]);

async function realQemu(t: TestContext): Promise<Qemu> {
  try {
    return await findQemu({ path: process.env.PATH });
  } catch (error) {
    t.skip('there is no qemu on PATH');
    throw error;
  }
}

test('after many updates a data disk consists of what a way back needs, and no more', async (t) => {
  const qemu = await realQemu(t);
  const instance = await machine();
  for (let n = 1; n <= 4; n++) {
    await write(t, instance, `write -P ${n} ${n}M 2M`, `write -P ${n + 100} 7M 64k`, 'write -z -u 3M 512k');
    await update(instance);
    const [now, before] = [await contents(t, instance, 'state.qcow2'), (await instance.manifest()).previous!.stateSnapshot!];
    await mergeStates(instance, qemu);
    assert.deepEqual(stateFiles(instance), [before, 'state.qcow2'].sort());
    for (const name of [before, 'state.qcow2']) {
      assert.ok((await contents(t, instance, name)).equals(now), `${name} after update ${n}`);
      await judge(t, 'qemu-img', ['check', instance.file(name)]);
    }
  }
  // A larger disk stays one.
  await judge(t, 'qemu-img', ['resize', instance.file('state.qcow2'), '12M']);
  await write(t, instance, 'write -P 77 11M 1M');
  await update(instance);
  await mergeStates(instance, qemu);
  assert.equal(readImage(instance.file('state.qcow2')).virtualSize, 12 << 20);
  assert.equal((await contents(t, instance, 'state.qcow2'))[11 << 20], 77);
});

test('snapshots, and both ways of a roll-back, stay what they are', async (t) => {
  const qemu = await realQemu(t);
  const instance = await machine();
  const seen = new Map<string, Buffer>();
  const step = async (work: () => Promise<void>, n: number): Promise<void> => {
    await write(t, instance, `write -P ${n} ${n % 6}M 2M`, `write -P ${n} 7M 256k`);
    await work();
    const wanted = ['state.qcow2', (await instance.manifest()).previous?.stateSnapshot, 'snapshot-a.state.qcow2'].filter(
      (name) => name !== undefined && fs.existsSync(instance.file(name)),
    ) as string[];
    for (const name of wanted) seen.set(name, await contents(t, instance, name));
    await mergeStates(instance, qemu);
    assert.equal(await mergeable(instance), undefined);
    for (const name of wanted) assert.ok((await contents(t, instance, name)).equals(seen.get(name)!), `${name} after ${n}`);
    assert.ok(stateFiles(instance).length <= 5, stateFiles(instance).join(' '));
  };
  await step(() => update(instance), 1);
  await step(() => update(instance), 2);
  await step(() => takeSnapshot(instance, 'a'), 3);
  const ofSnapshot = seen.get('snapshot-a.state.qcow2')!;
  for (let n = 4; n < 6; n++) await step(() => update(instance), n);
  for (let n = 6; n < 9; n++) await step(() => rollBack(instance), n);
  assert.ok((await contents(t, instance, 'snapshot-a.state.qcow2')).equals(ofSnapshot));
  assert.equal((await listSnapshots(instance))[0]!.needed, true);
  await assert.rejects(deleteSnapshot(instance, 'a'), { code: 'instance/snapshot-needed' });
});

test('a merge that ends anywhere in between leaves the disks as they were', async (t) => {
  const qemu = await realQemu(t);
  const instance = await machine();
  await write(t, instance, 'write -P 1 0 6M');
  await update(instance);
  await write(t, instance, 'write -P 2 1M 4M');
  await update(instance);
  const [now, before] = [await contents(t, instance, 'state.qcow2'), (await instance.manifest()).previous!.stateSnapshot!];
  const same = async (when: string): Promise<void> => {
    for (const name of [before, 'state.qcow2']) assert.ok((await contents(t, instance, name)).equals(now), `${name} ${when}`);
  };
  // Files that may not grow, or be written, beyond so many bytes: qemu fails in between, as without space.
  for (const bytes of thorough ? [512, 1 << 20, 2 << 20, 3 << 20, 4 << 20] : [512, 3 << 20]) {
    const limit = `ulimit -f ${bytes / 512} && exec "$@"`;
    const limited: Qemu = { ...qemu, command: ['/bin/sh', '-c', limit, 'sh', ...qemu.command] };
    await assert.rejects(mergeStates(instance, limited), { code: 'instance/merge-failed' });
    await settle(instance);
    await same(`with ${bytes} bytes`);
  }
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('enough')), 20);
  await assert.rejects(mergeStates(instance, qemu, abort.signal), /enough/);
  await same('after an interruption');
  // Its qemu ends with it, and does not hold the files.
  const waiting: Qemu = { ...qemu, command: ['/bin/sh', '-c', 'echo $$ > qemu.pid; exec sleep 60', 'sh'] };
  const second = new AbortController();
  setTimeout(() => second.abort(new Error('enough')), 500);
  await assert.rejects(mergeStates(instance, waiting, second.signal), /enough/);
  const pid = Number(fs.readFileSync(instance.file('qemu.pid'), 'utf8'));
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  await mergeStates(instance, qemu);
  assert.deepEqual(stateFiles(instance), [before, 'state.qcow2']);
  await same('in the end');
});
