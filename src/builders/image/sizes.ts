/** Checks the sizes in builtin:disk-image's attributes against the limits of the formats: a plan's memory depends on the disk's size. */
import type { PartitionTableType } from '../../disk/image/layout.ts';
import { diskLayout } from '../../disk/image/layout.ts';
import { BootflakeError } from '../../base/errors.ts';
import { attributeError, type Attributes } from '../attributes.ts';

export const MiB = 2 ** 20;
const TiB = 2 ** 40;
const BLOCK = 4096;

/** Where ext4's block numbers exceed 32 bits, and far below the limit of a qcow2 L1 table (of 32 MiB, as QEMU reads it: 2 PiB). */
const MOST_DISK = 16 * TiB;
/** An MBR counts sectors of 512 bytes in 32 bits, and so does FAT32. */
const MOST_BY_SECTORS = 2 * TiB;
const MOST_BOOT = MOST_BY_SECTORS - MiB;
/** Half of ext4's maximum: groups round their numbers up. */
const MOST_INODES = 2 ** 31;

/** The maximum size in bytes of a disk with such a table. */
export function mostDiskBytes(type: PartitionTableType): number {
  return diskLayout(type, 0, 0).table === 'mbr' ? MOST_BY_SECTORS : MOST_DISK;
}

/** Why, and what to do about it. */
export function diskLimitHint(type: PartitionTableType): string {
  return mostDiskBytes(type) === MOST_DISK
    ? 'an ext4 of blocks of 4 KiB is made for disks of up to 16 TiB; other disks can be attached to the machine'
    : `the table of partitionTableType = "${type}" ends at 2 TiB: give a smaller size, or choose "efi", "hybrid" or "legacy+gpt", which ` +
        'go up to 16 TiB';
}

const UNITS: Record<string, number> = { '': MiB, K: 2 ** 10, M: MiB, G: 2 ** 30, T: TiB };

/** In bytes. A number is mebibytes; so is a string without unit, else as nixpkgs has them: "512M", "1G". */
function sizeAttribute(attrs: Attributes, name: string, limit: { most: number; hint: string }): number | undefined {
  const value = attrs[name];
  if (value === undefined || value === null) return undefined;
  const bytes = bytesOf(value);
  if (bytes === undefined) throw attributeError(name, 'a number of MiB, or a string like "512M"', value);
  if (bytes > limit.most) throw attributeError(name, `at most ${limit.most / MiB} MiB`, value, limit.hint);
  return bytes;
}

function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number' && value >= 0) return Math.ceil(value) * MiB;
  const match = typeof value === 'string' ? /^(\d+)([KMGT]?)(?:i?B)?$/.exec(value) : null;
  return match ? Math.ceil((Number(match[1]) * UNITS[match[2]!]!) / MiB) * MiB : undefined;
}

export interface Sizes {
  /** Bytes, or undefined for "auto". */
  size: number | undefined;
  additionalSpace: number;
  bootSize: number;
  /** Limits of the root partition, in bytes. */
  root: RootLimits;
  inodes: number | undefined;
}

/** `image.repart.partitions.root.repartConfig`. */
export interface RootLimits {
  least: number | undefined;
  most: number | undefined;
}

export function readSizes(attrs: Attributes, type: PartitionTableType, defaultBootSize: number): Sizes {
  const limit = { most: mostDiskBytes(type), hint: diskLimitHint(type) };
  const size = attrs.diskSize === 'auto' || attrs.diskSize === undefined ? undefined : (sizeAttribute(attrs, 'diskSize', limit) ?? 0);
  const bootHint = 'FAT32, which it is formatted with, ends at 2 TiB: give a smaller bootSize; kernels need some hundred MiB';
  return {
    size,
    additionalSpace: sizeAttribute(attrs, 'additionalSpace', limit) ?? 512 * MiB,
    bootSize: sizeAttribute(attrs, 'bootSize', { most: MOST_BOOT, hint: bootHint }) ?? defaultBootSize,
    root: { least: sizeAttribute(attrs, 'rootMinimum', limit), most: sizeAttribute(attrs, 'rootMaximum', limit) },
    inodes: readInodes(attrs.inodes, size),
  };
}

const option = (name: string): string => `image.repart.partitions.root.repartConfig.${name}`;

/** A root partition outside of its limits, on a disk of a given size. Throws `disk/root-size`. */
export function checkRootSize({ least, most }: RootLimits, rootSize: number, diskSize: number): void {
  const [tooSmall, tooLarge] = [(least ?? 0) - rootSize, rootSize - (most ?? Infinity)];
  if (tooSmall <= 0 && tooLarge <= 0) return;
  const [by, than, name, sign] = tooSmall > 0 ? [tooSmall, 'less', 'SizeMinBytes', 1] : [tooLarge, 'more', 'SizeMaxBytes', -1];
  const limit = (tooSmall > 0 ? least! : most!) / MiB;
  throw new BootflakeError({
    code: 'disk/root-size',
    message:
      `a disk of ${diskSize / MiB} MiB has a root partition of ${rootSize / MiB} MiB, ${by / MiB} MiB ${than} than ` +
      `${option(name)} = "${limit}M"`,
    hint: `Set diskSize = ${(diskSize + sign * by) / MiB}, diskSize = "auto", or another limit.`,
  });
}

function readInodes(value: unknown, size: number | undefined): number | undefined {
  if (value === undefined || value === null || value === 'auto') return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value <= 0)
    throw attributeError('inodes', 'a whole number above 0, or "auto"', value);
  const most = size === undefined ? MOST_INODES : Math.min(MOST_INODES, size / BLOCK);
  const hint = 'Set fewer inodes, a larger diskSize, or inodes = "auto": an ext4 has at most one inode for each block of 4 KiB.';
  if (value > most) throw attributeError('inodes', `at most ${most}`, value, hint);
  return value;
}
