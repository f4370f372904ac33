/** The formats of disk images: those of nixpkgs' make-disk-image.nix and qemu-img by their names, and what hosts import. */
import type { BlockPlan } from './block-plan.ts';
import { planQcow2 } from './qcow2/plan.ts';
import { planVdi } from './vdi/plan.ts';
import { MOST_VHD_SIZE, planVhd } from './vhd/plan.ts';
import { planVhdx } from './vhdx/plan.ts';
import { planVmdk } from './vmdk/plan.ts';

/** Their tables, and so their sizes, are known before the first byte is written. */
const plannedFormats = ['raw', 'qcow2', 'qcow2-subclusters', 'vdi', 'vpc', 'vpc-fixed', 'vhdx', 'vmdk'] as const;
/** Their sizes are known at the end. */
const streamedFormats = [
  'qcow2-compressed',
  'qcow2-zlib',
  'vmdk-stream',
  'ova',
  'vma',
  'vma.zst',
  'raw.tar.gz',
  'raw.gz',
  'raw.xz',
  'raw.zst',
] as const;

export type PlannedFormat = (typeof plannedFormats)[number];
export type StreamedFormat = (typeof streamedFormats)[number];
export type ImageFormat = PlannedFormat | StreamedFormat;

export const imageFormats: readonly ImageFormat[] = [...plannedFormats, ...streamedFormats];

export function isPlannedFormat(format: ImageFormat): format is PlannedFormat {
  return plannedFormats.some((planned) => planned === format);
}

const suffixes: Record<ImageFormat, string> = {
  raw: 'img',
  qcow2: 'qcow2',
  'qcow2-subclusters': 'qcow2',
  vdi: 'vdi',
  vpc: 'vhd',
  'vpc-fixed': 'vhd',
  vhdx: 'vhdx',
  vmdk: 'vmdk',
  'qcow2-compressed': 'qcow2',
  'qcow2-zlib': 'qcow2',
  'vmdk-stream': 'vmdk',
  ova: 'ova',
  vma: 'vma',
  'vma.zst': 'vma.zst',
  'raw.tar.gz': 'raw.tar.gz',
  'raw.gz': 'img.gz',
  'raw.xz': 'img.xz',
  'raw.zst': 'img.zst',
};

/** Proxmox restores only files with such names. */
export const VMA_PREFIX = 'vzdump-qemu-';

/** The name of a format's file. `baseName` has no suffix. */
export function imageFileName(baseName: string, format: ImageFormat): string {
  const prefix = format.startsWith('vma') && !baseName.startsWith(VMA_PREFIX) ? VMA_PREFIX : '';
  return `${prefix}${baseName}.${suffixes[format]}`;
}

/** What Hydra calls a file of the format: `file KIND-image PATH`. */
export function imageKind(format: ImageFormat): string {
  return format === 'raw' ? 'raw' : suffixes[format];
}

const [MiB, GiB, TiB] = [2 ** 20, 2 ** 30, 2 ** 40];

/** The disk's size must be a multiple of this, in bytes: Azure takes whole mebibytes only, Google's Compute Engine whole gibibytes. */
export function diskStep(format: ImageFormat): number {
  if (format === 'vpc-fixed') return MiB;
  return format === 'raw.tar.gz' ? GiB : 1;
}

/** As large as an ext4 that is made here; the tables of most formats, or the zeros that are packed, grow with the disk. */
const MOST_DISK = 16 * TiB;
/** qemu reads an L1 table of 32 MiB. */
const MOST_QCOW2 = 1024 * TiB;
/** Of a sparse extent. */
const MOST_VMDK = 2 * TiB;

/** The largest disk of a format, in bytes; undefined where there is no limit. */
export function largestDisk(format: ImageFormat): number | undefined {
  switch (format) {
    case 'raw':
      return undefined;
    case 'qcow2':
    case 'qcow2-subclusters':
    case 'qcow2-compressed':
    case 'qcow2-zlib':
      return MOST_QCOW2;
    case 'vpc':
    case 'vpc-fixed':
      return MOST_VHD_SIZE;
    case 'vmdk':
      return MOST_VMDK;
    default:
      return MOST_DISK;
  }
}

/** The plan of a file of a format whose size is known. `seed` decides on its UUIDs; a VMDK names its own file. */
export function planImageFile(format: PlannedFormat, disk: BlockPlan, { seed, fileName }: { seed: string; fileName: string }): BlockPlan {
  switch (format) {
    case 'raw':
      return disk;
    case 'qcow2':
      return planQcow2(disk);
    case 'qcow2-subclusters':
      return planQcow2(disk, { subclusters: true });
    case 'vdi':
      return planVdi(disk, { seed });
    case 'vpc':
      return planVhd(disk, { kind: 'dynamic', seed });
    case 'vpc-fixed':
      return planVhd(disk, { kind: 'fixed', seed });
    case 'vhdx':
      return planVhdx(disk, { seed });
    case 'vmdk':
      return planVmdk(disk, { seed, fileName });
  }
}
