/**
 * Snapshots of a machine's disks: a disk so far becomes the backing file of a new, empty one. So taking one costs nothing, at any size,
 * and a running machine goes on; what it had in memory is not part of it.
 */
import fs from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { listNames } from '../system/file-operations.ts';
import { readImage } from '../vm/image.ts';
import { encodeOverlay } from '../vm/overlay.ts';
import { isInstanceName } from './instance-name.ts';
import { driveOf, instanceDisks } from './instance-disks.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';
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
/** Not the empty ones that NixOS's options declare, which are raw. */
const disksOf = (instance: Instance): string[] =>
  instanceDisks(instance.manifest())
    .filter(({ format }) => format === 'qcow2')
    .map(({ file }) => file)
    .reverse();

/** The oldest first. */
export function listSnapshots(instance: Instance): Snapshot[] {
  const names = listNames(instance.folder).filter((name) => /\.qcow2(?:\.next)?$/.test(name));
  const backings = new Set(names.map((file) => readImage(instance.file(file)).backing));
  return names
    .flatMap((file) => /^snapshot-([^.]+)\.qcow2$/.exec(file)?.[1] ?? [])
    .map((name) => {
      const parts = partsOf(instance, name);
      const facts = parts.map((file) => fs.statSync(instance.file(file)));
      // The time of the last write is about that of the snapshot; a file's birth is not known everywhere.
      const taken = fs.statSync(instance.file(fileName(name))).ctime.toISOString();
      const size = facts.reduce((sum, { blocks }) => sum + blocks * 512, 0);
      return { name, taken, size, needed: parts.some((file) => backings.has(file)) };
    })
    .sort((a, b) => (a.taken < b.taken ? -1 : a.taken > b.taken ? 1 : a.name < b.name ? -1 : 1));
}

/**
 * Takes a snapshot, of a running machine as a power cut at this moment would leave it. Throws `instance/snapshot-exists`,
 * `instance/bad-name`.
 */
export async function takeSnapshot(instance: Instance, name: string): Promise<void> {
  if (partsOf(instance, checkSnapshotName(name)).length > 0)
    throw new BootflakeError({
      code: 'instance/snapshot-exists',
      message: `the machine '${instance.name}' has a snapshot '${name}' already`,
      hint: `Choose another name, or remove it: bootflake vm snapshot ${instance.name} ${name} --delete`,
    });
  const disks = disksOf(instance);
  const next = (disk: string): string => instance.file(`${disk}.new`);
  for (const disk of disks) fs.writeFileSync(next(disk), overlayOver(instance, disk, fileName(name, disk)), { mode: 0o600 });
  // A second name first: a disk that is there twice is whole, one that is not there is lost.
  for (const disk of disks) {
    fs.linkSync(instance.file(disk), instance.file(fileName(name, disk)));
    fs.renameSync(next(disk), instance.file(disk));
  }
  if (!instance.isRunning) return;
  const manifest = instance.manifest();
  const actions = disks.map((disk) => ({
    type: 'blockdev-snapshot-sync',
    data: { device: driveOf(manifest, disk), 'snapshot-file': disk, format: 'qcow2', mode: 'existing' },
  }));
  try {
    // All at the same moment, or none.
    await instance.withControl((control) => control.command('transaction', { actions }));
  } catch (error) {
    // qemu goes on with the files that it has.
    for (const disk of disks) fs.renameSync(instance.file(fileName(name, disk)), instance.file(disk));
    throw error;
  }
}

/**
 * Makes the disks what they were. What they are now is lost, unless it is part of another snapshot. Throws `instance/running`,
 * `instance/no-snapshot`, `instance/snapshot-lacks-disk`.
 */
export function restoreSnapshot(instance: Instance, name: string): void {
  requireSnapshot(instance, name);
  const disks = disksOf(instance);
  const lacking = disks.find((disk) => !fs.existsSync(instance.file(fileName(name, disk))));
  if (lacking !== undefined)
    throw new BootflakeError({
      code: 'instance/snapshot-lacks-disk',
      message: `the snapshot '${name}' was taken when the machine '${instance.name}' had no disk '${lacking}'`,
      hint: `Remove that disk, if what is on it is not needed: bootflake vm disk ${instance.name} --help`,
    });
  const next = disks.map((disk) => [disk, overlayOver(instance, fileName(name, disk), fileName(name, disk))] as const);
  // That of an earlier system, where the machine was updated since.
  const { image } = readImage(instance.file(fileName(name)));
  replaceDisks(instance, Object.fromEntries(next), { ...instance.manifest(), ...(image && { image: image.path }) });
}

/** The files of a snapshot. */
function partsOf(instance: Instance, name: string): string[] {
  return listNames(instance.folder).filter(
    (file) => file === fileName(name) || (file.startsWith(`snapshot-${name}.`) && file.endsWith('.qcow2')),
  );
}

/** Throws `instance/snapshot-needed`, `instance/no-snapshot`. */
export function deleteSnapshot(instance: Instance, name: string): void {
  const { needed } = requireSnapshot(instance, name);
  if (needed)
    throw new BootflakeError({
      code: 'instance/snapshot-needed',
      message: `the disk of the machine '${instance.name}', or another snapshot, consists of the snapshot '${name}' in part`,
      hint: 'It can be deleted once another snapshot is restored.',
    });
  for (const file of partsOf(instance, name)) fs.rmSync(instance.file(file));
}

/** An empty disk over `backing`, with the size and the image of `like`. */
function overlayOver(instance: Instance, like: string, backing: string): Uint8Array {
  const { virtualSize, image } = readImage(instance.file(like));
  return encodeOverlay({ backing, backingFormat: 'qcow2', virtualSize, image });
}

function requireSnapshot(instance: Instance, name: string): Snapshot {
  const snapshots = listSnapshots(instance);
  const found = snapshots.find((snapshot) => snapshot.name === checkSnapshotName(name));
  if (found) return found;
  const names = snapshots.map((snapshot) => snapshot.name);
  throw new BootflakeError({
    code: 'instance/no-snapshot',
    message: `the machine '${instance.name}' has no snapshot '${name}'`,
    hint: names.length > 0 ? `It has: ${names.slice(-20).join(', ')}.` : `Take one: bootflake vm snapshot ${instance.name} ${name}`,
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
