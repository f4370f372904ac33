/** builtin:disk-image's attributes, checked. Sizes become bytes. */
import { BootflakeError } from '../../base/errors.ts';
import { imageFileName, imageFormats, largestDisk, type ImageFormat } from '../../disk/image-format.ts';
import { DEFAULT_BOOT_SIZE, minimumBootSize, overhead, partitionTableTypes, type PartitionTableType } from '../../disk/image/layout.ts';
import { isFileName } from '../../tree/file-name.ts';
import {
  attributeError,
  booleanAttribute,
  fileNameAttribute,
  isAttributes,
  optionalString,
  stringAttribute,
  stringsAttribute,
  type Attributes,
} from '../attributes.ts';
import { readContainer } from './container.ts';
import { readSystemdBoot, type SystemdBootSettings } from './nixos/attributes.ts';
import { checkRootSize, MiB, readSizes, type Sizes } from './sizes.ts';
import type { ContainerOptions } from './write-streamed.ts';

export interface Content {
  source: string;
  target: string;
  /** Permission bits for the target itself, if given. */
  mode: number | undefined;
  uid: number;
  gid: number;
}

/** What is in the root file system, of a disk or of a container. */
export interface RootAttributes {
  toplevel: string | undefined;
  /** Paths whose closures are in the image's store besides the system's. */
  additionalPaths: string[];
  /** Whether Nix in the machine knows the paths of its store. */
  nixDatabase: boolean;
  contents: Content[];
  directories: { path: string; mode: number; uid: number; gid: number }[];
  /** Path to target. */
  links: [string, string][];
}

/** GRUB's files, and the text of its menu. */
export type GrubAttributes = Record<'bios' | 'efi' | 'shim' | 'config', string | undefined>;

export interface ImageAttributes extends RootAttributes, Sizes {
  /** Of the image's file, without the suffix. */
  baseName: string;
  format: ImageFormat;
  container: ContainerOptions;
  partitionTableType: PartitionTableType;
  label: string;
  grub: GrubAttributes;
  /** In the place of GRUB. */
  systemdBoot: SystemdBootSettings | undefined;
  seed: string;
  /**
   * The root file system's UUID and the hashes of its directories are derived from it. It is the same for every version of a machine's
   * image: the checksums of all inodes and directories depend on that UUID.
   */
  rootSeed: string;
  /** Facts for booting the image, written beside it as nix-support/machine.json. */
  machine: Attributes | undefined;
}

/** The directories that a system requires, owned by root. */
const DEFAULT_DIRECTORIES = [
  'bin',
  'boot',
  'dev',
  'etc',
  'home',
  'mnt',
  'nix/store',
  'nix/var/nix/profiles',
  'proc',
  { path: 'root', mode: '0700' },
  'run',
  'sys',
  { path: 'tmp', mode: '1777' },
  'usr',
  'var',
];

function oneOf<T extends string>(attrs: Attributes, name: string, allowed: readonly T[], fallback: T): T {
  const value = attrs[name] ?? fallback;
  if (!allowed.includes(value as T)) throw attributeError(name, allowed.map((item) => `"${item}"`).join(', '), value);
  return value as T;
}

export function readPartitionTableType(attrs: Attributes): PartitionTableType {
  return oneOf(attrs, 'partitionTableType', partitionTableTypes, 'legacy');
}

export function readRootAttributes(attrs: Attributes): RootAttributes {
  return {
    toplevel: optionalString(attrs, 'toplevel'),
    additionalPaths: stringsAttribute(attrs, 'additionalPaths'),
    nixDatabase: booleanAttribute(attrs, 'nixDatabase'),
    contents: list(attrs, 'contents', []).map(readContent),
    directories: list(attrs, 'directories', DEFAULT_DIRECTORIES).map(readDirectory),
    links: readLinks(attrs.links ?? {}),
  };
}

export function readGrubAttributes(attrs: Attributes): GrubAttributes {
  const grub = attrs.grub ?? {};
  if (!isAttributes(grub)) throw attributeError('grub', 'a set with bios, efi, shim and config', grub);
  const [bios, efi, shim, config] = ['bios', 'efi', 'shim', 'config'].map((name) => optionalString(grub, name));
  return { bios, efi, shim, config };
}

export function readImageAttributes(attrs: Attributes): ImageAttributes {
  const partitionTableType = readPartitionTableType(attrs);
  const given = oneOf(attrs, 'format', imageFormats, 'raw');
  const format = given === 'qcow2' && booleanAttribute(attrs, 'compress') ? 'qcow2-compressed' : given;
  oneOf(attrs, 'fsType', ['ext4'] as const, 'ext4');
  const label = optionalString(attrs, 'label') ?? 'nixos';
  if (Buffer.byteLength(label) > 16) throw attributeError('label', 'at most 16 bytes', label);
  const sizes = readSizes(attrs, partitionTableType, DEFAULT_BOOT_SIZE);
  const { size, bootSize } = sizes;
  const leastBootSize = minimumBootSize(partitionTableType);
  if (leastBootSize !== undefined && bootSize < leastBootSize)
    throw attributeError('bootSize', `at least ${leastBootSize / MiB} MiB`, attrs.bootSize);
  checkRoom(size, partitionTableType, bootSize);
  if (size !== undefined) {
    const { before, after } = overhead(partitionTableType, bootSize);
    checkRootSize(sizes.root, size - before - after, size);
  }
  const most = largestDisk(format);
  if (most !== undefined && (size ?? 0) > most)
    throw attributeError('diskSize', `at most ${most / MiB} MiB in the format ${format}`, attrs.diskSize);
  const root = readRootAttributes(attrs);
  const fixedSeed = optionalString(attrs, 'seed');
  const seed = fixedSeed ?? root.toplevel ?? '';
  const baseName = readBaseName(attrs, format);
  return {
    ...root,
    format,
    baseName,
    container: readContainer(attrs, { format, baseName, seed }),
    ...sizes,
    partitionTableType,
    label,
    grub: readGrubAttributes(attrs),
    systemdBoot: attrs.systemdBoot === undefined ? undefined : readSystemdBoot(asSet(attrs.systemdBoot)),
    seed,
    rootSeed: fixedSeed ?? `${optionalString(attrs, 'name') ?? ''}\0${label}`,
    machine: isAttributes(attrs.machine) ? attrs.machine : undefined,
  };
}

function asSet(value: unknown): Attributes {
  if (!isAttributes(value)) throw attributeError('systemdBoot', 'a set', value);
  return value;
}

/** The label becomes a file name on this machine, and a part of a line. */
function readBaseName(attrs: Attributes, format: ImageFormat): string {
  const name = fileNameAttribute(attrs, 'baseName', { fallback: 'nixos' });
  if (!isFileName(imageFileName(name, format))) throw attributeError('baseName', "a file's name, without a folder", name);
  // Names that the formats' own texts hold.
  if (format.startsWith('vmdk') && name.includes('"')) throw attributeError('baseName', 'without quotation marks in a VMDK', name);
  if (format === 'ova' && !/^[\w.+@ -]{1,80}$/.test(name))
    throw attributeError('baseName', 'of 1 to 80 letters, digits, spaces and .+@_- in an OVA', name);
  return name;
}

/** Reports a disk without room for its own table, whatever its contents. */
function checkRoom(size: number | undefined, type: PartitionTableType, bootSize: number): void {
  if (size === undefined) return;
  const { before, after } = overhead(type, bootSize);
  if (size > before + after) return;
  throw new BootflakeError({
    code: 'disk/too-small',
    message: `a disk of ${size / MiB} MiB has no room for a root partition: its boot partition alone ends at ${before / MiB} MiB`,
    hint: 'Set a larger diskSize (MiB), or diskSize = "auto".',
  });
}

function list(attrs: Attributes, name: string, fallback: unknown[]): unknown[] {
  const value = attrs[name] ?? fallback;
  if (!Array.isArray(value)) throw attributeError(name, 'a list', value);
  return value;
}

function readMode(owner: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !/^0?[0-7]{3,4}$/.test(value))
    throw attributeError(`${owner}.mode`, 'an octal string like "0755"', value);
  return parseInt(value, 8);
}

/** An inode has 32 bits for a user or group id; all bits set is -1, no user. */
const MOST_ID = 2 ** 32 - 2;

/** There is no passwd file yet: only numbers, or root. */
function readId(owner: string, value: unknown): number {
  if (value === undefined || value === null || value === 'root') return 0;
  const id = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > MOST_ID)
    throw attributeError(owner, `"root" or a number from 0 to ${MOST_ID}`, value);
  return id;
}

function readContent(item: unknown): Content {
  if (!isAttributes(item)) throw attributeError('contents', 'a list of sets with source and target', item);
  return {
    source: stringAttribute(item, 'source'),
    target: stringAttribute(item, 'target'),
    mode: readMode('contents', item.mode),
    uid: readId('contents.user', item.user),
    gid: readId('contents.group', item.group),
  };
}

function readDirectory(item: unknown): ImageAttributes['directories'][number] {
  if (typeof item === 'string') return { path: item, mode: 0o755, uid: 0, gid: 0 };
  if (!isAttributes(item)) throw attributeError('directories', 'a list of paths, or of sets with path and mode', item);
  return {
    path: stringAttribute(item, 'path'),
    mode: readMode('directories', item.mode) ?? 0o755,
    uid: readId('directories.user', item.user),
    gid: readId('directories.group', item.group),
  };
}

function readLinks(value: unknown): [string, string][] {
  if (!isAttributes(value)) throw attributeError('links', 'a set of paths and their targets', value);
  return Object.entries(value).map(([path, target]) => {
    if (typeof target !== 'string') throw attributeError(`links."${path}"`, 'a string', target);
    return [path, target];
  });
}
