/**
 * Snapshots of a machine's disks: a disk so far becomes the backing file of a new, empty one. So taking one costs nothing, at any size,
 * and a running machine goes on; what it had in memory is not part of it.
 */
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { encodeOverlay } from '../vm/overlay.ts';
import { isInstanceName } from './instance-name.ts';
import { driveOf, instanceDisks } from './instance-disks.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';
import { switchedSystem, type Manifest } from './manifest.ts';
import { replaceDisks } from './replacement.ts';

export interface Snapshot {
  name: string;
  /** ISO 8601. */
  taken: string;
  /** Bytes that it occupies. */
  size: number;
  /** Whether the disk, or another snapshot, consists of it in part. */
  needed: boolean;
}

/** What a snapshot keeps of a disk; that of the system disk is made last, so that it stands for the whole. */
const fileName = (name: string, disk: string = files.system): string =>
  disk === files.system ? `snapshot-${name}.qcow2` : `snapshot-${name}.${disk}`;
/** Notes the system that the disk starts in place of its image's, where there is one. */
const noteName = (name: string): string => `snapshot-${name}.switched`;
/** Not the empty ones that NixOS's options declare, which are raw. */
const disksOf = (manifest: Manifest): string[] =>
  instanceDisks(manifest)
    .filter(({ format }) => format === 'qcow2')
    .map(({ file }) => file)
    .reverse();

/** The oldest first. */
export async function listSnapshots(instance: Instance): Promise<Snapshot[]> {
  const all = await instance.names();
  const names = all.filter((name) => /\.qcow2(?:\.next)?$/.test(name));
  const backings = new Set<string | undefined>();
  for (const file of names) backings.add((await instance.disk(file)).backing);
  const snapshots: Snapshot[] = [];
  for (const name of names.flatMap((file) => /^snapshot-([^.]+)\.qcow2$/.exec(file)?.[1] ?? [])) {
    const parts = partsOf(all, name);
    let size = 0;
    for (const file of parts) size += (await instance.host.facts(instance.file(file)))?.occupied ?? 0;
    // The time of the last write is about that of the snapshot; a file's birth is not known everywhere.
    const changed = (await instance.host.facts(instance.file(fileName(name))))?.changedMs ?? 0;
    const taken = new Date(changed).toISOString();
    snapshots.push({ name, taken, size, needed: parts.some((file) => backings.has(file)) });
  }
  return snapshots.sort((a, b) => (a.taken < b.taken ? -1 : a.taken > b.taken ? 1 : a.name < b.name ? -1 : 1));
}

/**
 * Takes a snapshot, of a running machine as a power cut at this moment would leave it. Throws `instance/snapshot-exists`,
 * `instance/bad-name`.
 */
export async function takeSnapshot(instance: Instance, name: string): Promise<void> {
  const { host } = instance;
  if (partsOf(await instance.names(), checkSnapshotName(name)).length > 0)
    throw new BootflakeError({
      code: 'instance/snapshot-exists',
      message: `the machine '${instance.name}' has a snapshot '${name}' already`,
      hint: `Choose another name, or remove it: ${instance.command('snapshot', name, '--delete')}`,
    });
  const manifest = await instance.manifest();
  const disks = disksOf(manifest);
  if (manifest.switched) await instance.writeText(noteName(name), JSON.stringify(manifest.switched));
  else await host.remove(instance.file(noteName(name)));
  const next = (disk: string): string => instance.file(`${disk}.new`);
  for (const disk of disks) await host.write(next(disk), await overlayOver(instance, disk, fileName(name, disk)));
  // A second name first: a disk that is there twice is whole, one that is not there is lost.
  for (const disk of disks) {
    await host.link(instance.file(disk), instance.file(fileName(name, disk)));
    await host.rename(next(disk), instance.file(disk));
  }
  if (!(await instance.isRunning())) return;
  const actions = disks.map((disk) => ({
    type: 'blockdev-snapshot-sync',
    data: { device: driveOf(manifest, disk), 'snapshot-file': disk, format: 'qcow2', mode: 'existing' },
  }));
  try {
    // All at the same moment, or none.
    await instance.withControl((control) => control.command('transaction', { actions }));
  } catch (error) {
    // qemu goes on with the files that it has.
    for (const disk of disks) await host.rename(instance.file(fileName(name, disk)), instance.file(disk));
    throw error;
  }
}

/**
 * Makes the disks what they were. What they are now is lost, unless it is part of another snapshot. Throws `instance/running`,
 * `instance/no-snapshot`, `instance/snapshot-lacks-disk`.
 */
export async function restoreSnapshot(instance: Instance, name: string): Promise<void> {
  await requireSnapshot(instance, name);
  const manifest = await instance.manifest();
  const disks = disksOf(manifest);
  const names = await instance.names();
  const lacking = disks.find((disk) => !names.includes(fileName(name, disk)));
  if (lacking !== undefined)
    throw new BootflakeError({
      code: 'instance/snapshot-lacks-disk',
      message: `the snapshot '${name}' was taken when the machine '${instance.name}' had no disk '${lacking}'`,
      hint: `Remove that disk, if what is on it is not needed: bootflake vm disk ${instance.name} --help`,
    });
  const next: Record<string, Uint8Array> = {};
  for (const disk of disks) next[disk] = await overlayOver(instance, fileName(name, disk), fileName(name, disk));
  // That of an earlier system, where the machine was updated since.
  const { image } = await instance.disk(fileName(name));
  const { switched: _, ...rest } = manifest;
  const switched = await notedSystem(instance, name);
  await replaceDisks(instance, next, { ...rest, ...(image && { image: image.path }), ...(switched && { switched }) });
}

async function notedSystem(instance: Instance, name: string): Promise<Manifest['switched']> {
  const text = await instance.text(noteName(name));
  if (text === undefined) return undefined;
  const parsed = v.safeParse(switchedSystem, parseJson(text));
  return parsed.success ? parsed.output : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The files of a snapshot, among those of the folder. */
function partsOf(names: readonly string[], name: string): string[] {
  return names.filter((file) => file === fileName(name) || (file.startsWith(`snapshot-${name}.`) && file.endsWith('.qcow2')));
}

/** Throws `instance/snapshot-needed`, `instance/no-snapshot`. */
export async function deleteSnapshot(instance: Instance, name: string): Promise<void> {
  const { needed } = await requireSnapshot(instance, name);
  if (needed)
    throw new BootflakeError({
      code: 'instance/snapshot-needed',
      message: `the disk of the machine '${instance.name}', or another snapshot, consists of the snapshot '${name}' in part`,
      hint: 'It can be deleted once another snapshot is restored.',
    });
  for (const file of partsOf(await instance.names(), name)) await instance.host.remove(instance.file(file));
  await instance.host.remove(instance.file(noteName(name)));
}

/** An empty disk over `backing`, with the size and the image of `like`. */
async function overlayOver(instance: Instance, like: string, backing: string): Promise<Uint8Array> {
  const { virtualSize, image } = await instance.disk(like);
  return encodeOverlay({ backing, backingFormat: 'qcow2', virtualSize, image });
}

async function requireSnapshot(instance: Instance, name: string): Promise<Snapshot> {
  const snapshots = await listSnapshots(instance);
  const found = snapshots.find((snapshot) => snapshot.name === checkSnapshotName(name));
  if (found) return found;
  const names = snapshots.map((snapshot) => snapshot.name);
  throw new BootflakeError({
    code: 'instance/no-snapshot',
    message: `the machine '${instance.name}' has no snapshot '${name}'`,
    hint: names.length > 0 ? `It has: ${names.slice(-20).join(', ')}.` : `Take one: ${instance.command('snapshot', name)}`,
  });
}

function checkSnapshotName(name: string): string {
  if (isInstanceName(name)) return name;
  throw new BootflakeError({
    code: 'instance/bad-name',
    message: `'${name}' cannot be the name of a snapshot`,
    hint: 'Use 1 to 63 lower-case letters, digits and hyphens.',
  });
}
