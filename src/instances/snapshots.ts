/**
 * Snapshots of a machine's disk: the disk so far becomes the backing file of a new, empty one. So taking one costs nothing, at any size,
 * and a running machine goes on; what it had in memory is not part of it.
 */
import fs from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { listNames } from '../system/file-operations.ts';
import { readImage } from '../vm/image.ts';
import { encodeOverlay } from '../vm/overlay.ts';
import { systemDrive } from '../vm/qemu-arguments.ts';
import { isInstanceName } from './instance-name.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';

export interface Snapshot {
  name: string;
  /** ISO 8601. */
  taken: string;
  /** Bytes that it occupies. */
  size: number;
  /** Whether the disk, or another snapshot, consists of it in part. */
  needed: boolean;
}

const fileName = (name: string): string => `snapshot-${name}.qcow2`;

/** The oldest first. */
export function listSnapshots(instance: Instance): Snapshot[] {
  const present = listNames(instance.folder).flatMap((file) => /^snapshot-(.+)\.qcow2$/.exec(file)?.[1] ?? []);
  const backings = [files.system, ...present.map(fileName)].map((file) => readImage(instance.file(file)).backing);
  return present
    .map((name) => {
      const facts = fs.statSync(instance.file(fileName(name)));
      // The time of the last write is about that of the snapshot; a file's birth is not known everywhere.
      return { name, taken: facts.ctime.toISOString(), size: facts.blocks * 512, needed: backings.includes(fileName(name)) };
    })
    .sort((a, b) => (a.taken < b.taken ? -1 : a.taken > b.taken ? 1 : a.name < b.name ? -1 : 1));
}

/**
 * Takes a snapshot, of a running machine as a power cut at this moment would leave it. Throws `instance/snapshot-exists`,
 * `instance/bad-name`.
 */
export async function takeSnapshot(instance: Instance, name: string): Promise<void> {
  const file = instance.file(fileName(checkSnapshotName(name)));
  if (fs.existsSync(file))
    throw new BootflakeError({
      code: 'instance/snapshot-exists',
      message: `the machine '${instance.name}' has a snapshot '${name}' already`,
      hint: `Choose another name, or remove it: bootflake vm snapshot ${instance.name} ${name} --delete`,
    });
  const system = instance.file(files.system);
  const running = instance.isRunning;
  const next = instance.file(files.nextSystem);
  fs.writeFileSync(next, overlayOver(instance, files.system, fileName(name)), { mode: 0o600 });
  // A second name first: a disk that is there twice is whole, one that is not there is lost.
  fs.linkSync(system, file);
  fs.renameSync(next, system);
  if (!running) return;
  try {
    await instance.withControl((control) =>
      control.command('blockdev-snapshot-sync', { device: systemDrive, 'snapshot-file': files.system, format: 'qcow2', mode: 'existing' }),
    );
  } catch (error) {
    // qemu goes on with the file that it has.
    fs.renameSync(file, system);
    throw error;
  }
}

/**
 * Makes the disk what it was. What it is now is lost, unless it is part of another snapshot. Throws `instance/running`,
 * `instance/no-snapshot`.
 */
export function restoreSnapshot(instance: Instance, name: string): void {
  requireSnapshot(instance, name);
  instance.requireStopped('its disk cannot be replaced now');
  const next = instance.file(files.nextSystem);
  fs.writeFileSync(next, overlayOver(instance, fileName(name), fileName(name)), { mode: 0o600 });
  fs.renameSync(next, instance.file(files.system));
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
  fs.rmSync(instance.file(fileName(name)));
}

/** An empty disk over `backing`, with the size and the image of `like`. */
function overlayOver(instance: Instance, like: string, backing: string): Uint8Array {
  const { virtualSize, image } = readImage(instance.file(like));
  if (!image) throw new BootflakeError({ code: 'instance/bad-disk', message: `'${instance.file(like)}' is no disk that bootflake made` });
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
