/** The formats of disk images, by the names that nixpkgs' make-disk-image.nix and qemu-img have for them. */
import type { BlockPlan } from './block-plan.ts';
import { planQcow2 } from './qcow2/plan.ts';
import { planVdi } from './vdi/plan.ts';
import { MOST_VHD_SIZE, planVhd } from './vhd/plan.ts';
import { planVhdx } from './vhdx/plan.ts';
import { planVmdk } from './vmdk/plan.ts';

export const imageFormats = ['raw', 'qcow2', 'qcow2-compressed', 'vdi', 'vpc', 'vhdx', 'vmdk'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** Of a file's name. */
export function imageSuffix(format: ImageFormat): string {
  if (format === 'raw') return 'img';
  if (format === 'qcow2-compressed') return 'qcow2';
  return format === 'vpc' ? 'vhd' : format;
}

/** The largest disk of a format, in bytes; undefined where no image comes near it. */
export function largestDisk(format: ImageFormat): number | undefined {
  return format === 'vpc' ? MOST_VHD_SIZE : undefined;
}

/** The plan of a file of a format that is not compressed. `seed` decides on its UUIDs; a VMDK names its own file. */
export function planImageFile(
  format: Exclude<ImageFormat, 'qcow2-compressed'>,
  disk: BlockPlan,
  { seed, fileName }: { seed: string; fileName: string },
): BlockPlan {
  switch (format) {
    case 'raw':
      return disk;
    case 'qcow2':
      return planQcow2(disk);
    case 'vdi':
      return planVdi(disk, { seed });
    case 'vpc':
      return planVhd(disk, { kind: 'dynamic', seed });
    case 'vhdx':
      return planVhdx(disk, { seed });
    case 'vmdk':
      return planVmdk(disk, { seed, fileName });
  }
}
