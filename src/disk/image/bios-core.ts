/** The core image that boots our disks from a BIOS. */
import { makeCoreImage } from '../grub/core-image.ts';
import type { GrubFolder } from '../grub/modules.ts';
import { rootPartition, type PartitionTableType } from './layout.ts';

/** What it takes to read a configuration from ext4 and start Linux from it: nothing is loaded later. */
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
 * GRUB looks for its configuration on the root's partition. Before a comma with nothing stands the disk that the BIOS booted from, so
 * nothing is searched for: a search would ask the floppy drive too, which takes seconds to say that it is empty.
 */
export function makeBiosCore(folder: GrubFolder, type: PartitionTableType): Buffer {
  return makeCoreImage(folder, { modules: BIOS_MODULES, prefix: `(,${rootPartition(type)})/boot/grub`, config: '' });
}
