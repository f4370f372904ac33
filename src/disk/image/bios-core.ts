/** The core image that boots our disks from a BIOS. */
import { makeCoreImage } from '../grub/core-image.ts';
import type { GrubFolder } from '../grub/modules.ts';
import { rootPartition, type PartitionTableType } from './layout.ts';

/** All modules for reading a configuration from ext4 and starting Linux: none is loaded later. */
export const BIOS_MODULES = [
  'biosdisk',
  'part_gpt',
  'part_msdos',
  'ext2',
  'search_fs_uuid',
  'search_label',
  'search',
  'normal',
  'configfile',
  'linux',
  'linux16',
  'boot',
  'chain',
  'test',
  'true',
  'echo',
  'serial',
  'terminal',
  'terminfo',
  'ls',
  'cat',
  'halt',
  'reboot',
  'sleep',
  'loadenv',
  'minicmd',
  'gzio',
];

/**
 * GRUB reads its configuration from the root partition. An empty disk name, before the comma, means the disk that the BIOS booted from. A
 * search would also try the floppy drive, which takes seconds to report that it is empty.
 */
export function makeBiosCore(folder: GrubFolder, type: PartitionTableType): Buffer {
  return makeCoreImage(folder, { modules: BIOS_MODULES, prefix: `(,${rootPartition(type)})/boot/grub`, config: '' });
}
