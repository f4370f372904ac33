/** The disk that a machine writes to: an overlay over the image, discarded afterwards or kept in the user's file. */
import { BootflakeError } from '../base/errors.ts';
import { fileFacts, makePrivateFolder, makeSparseFile, writeBytes } from '../system/file-operations.ts';
import { removeTree } from '../store/physical-tree.ts';
import { ownName, removeAbandoned } from './abandoned.ts';
import { readImage, type DiskImage } from './image.ts';
import { encodeOverlay, sameImage } from './overlay.ts';
import type { DiskDescription } from './qemu-arguments.ts';
import { parseSize, wholeSectors } from './size.ts';

export interface DiskOptions {
  /** The parent of the running machines' folders. */
  stateFolder: string;
  /** The user's own file. */
  keep?: string | undefined;
  /** The size that the guest sees, in bytes. Defaults to the image's size. */
  size?: number | undefined;
}

export interface EmptyDisk {
  /** MiB. */
  size: number;
  serial?: string | undefined;
}

export interface PreparedDisk {
  disk: DiskDescription;
  /** This machine's own folder for its other files. */
  folder: string;
  /** Removes the files that are not kept. */
  discard(): void;
}

/** Throws `vm/disk-of-other-image`, `vm/disk-too-small`. */
export function prepareDisk(image: DiskImage, options: DiskOptions): PreparedDisk {
  removeAbandoned(options.stateFolder, 'run-');
  const folder = makePrivateFolder(`${options.stateFolder}/${ownName('run-')}`);
  const discard = () => removeTree(folder);
  try {
    const disk =
      options.keep === undefined ? newOverlay(`${folder}/overlay.qcow2`, image, options.size) : keptDisk(options.keep, image, options.size);
    return { disk, folder, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** The disk made by qemu itself, for a command that is only printed. */
export function describeDisk(image: DiskImage, keep: string | undefined): DiskDescription {
  if (keep === undefined) return { file: image.path, format: image.format, throwAway: true };
  return fileFacts(keep) ? keptDisk(keep, image, undefined) : { file: keep, format: 'qcow2' };
}

/** Disks of zeros, for the configuration's `virtualisation.emptyDiskImages`; a file that is there is kept as it is. */
export function emptyDisks(disks: readonly EmptyDisk[], fileOf: (index: number) => string): DiskDescription[] {
  return disks.map(({ size, serial }, index) => {
    const file = fileOf(index);
    if (!fileFacts(file)) makeSparseFile(file, size * 2 ** 20);
    return { file, format: 'raw', ...(serial !== undefined && { serial }) };
  });
}

export function newOverlay(file: string, image: DiskImage, size: number | undefined): DiskDescription {
  writeBytes(file, overlayBytes(image, size));
  return { file, format: 'qcow2' };
}

/** An empty disk over an image. Returns the file's bytes. Throws `vm/disk-too-small`. */
export function overlayBytes(image: DiskImage, size: number | undefined): Uint8Array {
  const virtualSize = wholeSectors(size ?? image.virtualSize);
  if (virtualSize < image.virtualSize) throw diskTooSmall(virtualSize, image.virtualSize);
  return encodeOverlay({ backing: image.path, backingFormat: image.format, virtualSize, image: image.key });
}

/** Of the data disk: beside the disk that is kept, else in the machine's folder. */
export function stateFile(folder: string, keep: string | undefined): string {
  return keep === undefined ? `${folder}/state.qcow2` : `${keep}.state`;
}

/** The data disk of an image that declares state: thrown away, or beside the disk that is kept. Throws `vm/not-a-state-disk`. */
export function prepareStateDisk(folder: string, keep: string | undefined, size: string): DiskDescription {
  const file = stateFile(folder, keep);
  if (fileFacts(file) === undefined) writeBytes(file, newDataDisk(parseSize(size)));
  const present = readImage(file);
  // A guest may have written the header of another image to a raw disk.
  if (present.format === 'qcow2' && present.backing === undefined && !present.externalData) return stateDisk(present.path);
  throw new BootflakeError({
    code: 'vm/not-a-state-disk',
    message: `'${file}' is no data disk that bootflake made`,
    hint: 'Rename that file, or choose another one with --disk.',
  });
}

/** The serial number by which a guest finds the disk of its state. */
const stateSerial = 'bootflake-state';

export function stateDisk(file: string): DiskDescription {
  return { file, format: 'qcow2', serial: stateSerial };
}

/** The largest data disk, in bytes: the table of its parts is in the file from the beginning. */
const largestDataDisk = 2 ** 46;

/** An empty data disk, whose file occupies what is written to it. Returns the file's bytes. Throws `vm/disk-too-large`. */
export function newDataDisk(size: number): Uint8Array {
  if (size > largestDataDisk)
    throw new BootflakeError({
      code: 'vm/disk-too-large',
      message: `a data disk of ${size} bytes is larger than ${largestDataDisk} bytes (64T), the most that there is`,
      hint: 'Choose a smaller one; it can grow while its machine runs: bootflake vm resize',
    });
  return encodeOverlay({ virtualSize: wholeSectors(size) });
}

/** The user's file: made if it is missing; the image itself, to be written; or an overlay over this image. */
function keptDisk(file: string, image: DiskImage, size: number | undefined): DiskDescription {
  if (fileFacts(file) === undefined) return newOverlay(file, image, size);
  const present = readImage(file);
  if (size !== undefined && size !== present.virtualSize) {
    throw new BootflakeError({
      code: 'vm/disk-size-fixed',
      message: `the disk '${file}' exists and has ${present.virtualSize} bytes; --disk-size only applies to a new disk`,
      hint: `Remove '${file}' to start with a fresh one, or omit --disk-size.`,
    });
  }
  if (present.path === image.path) return { file: image.path, format: image.format };
  const isOver = present.backing === image.path && present.backingFormat === image.format && !present.externalData;
  if (isOver && sameImage(present.image, image.key)) return { file: present.path, format: 'qcow2' };
  throw otherImage(file, image, present);
}

function otherImage(file: string, image: DiskImage, present: DiskImage): BootflakeError {
  const made = present.image
    ? present.image.path === image.path
      ? `was made for an earlier state of '${image.path}'`
      : `was made for the image '${present.image.path}'`
    : 'is no overlay that bootflake made';
  return new BootflakeError({
    code: 'vm/disk-of-other-image',
    message: `the disk '${file}' ${made}; over '${image.path}' it would be a broken file system`,
    hint:
      `Name another file to start with a fresh disk, remove '${file}', or boot it as it is: ` +
      `bootflake run '${present.image ? present.image.path : file}' --disk '${file}'.`,
  });
}

function diskTooSmall(size: number, least: number): BootflakeError {
  return new BootflakeError({
    code: 'vm/disk-too-small',
    message: `a disk of ${size} bytes cannot hold the image, which has ${least} bytes`,
    hint: `Use --disk-size ${Math.ceil(least / 2 ** 20)}M or more.`,
  });
}
