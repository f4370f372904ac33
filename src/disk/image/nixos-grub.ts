/** GRUB for disks of NixOS: its menu and further modules are in /boot/grub, which may be on a FAT partition. */
import { makeCoreImage } from '../grub/core-image.ts';
import { makeEfiImage } from '../grub/efi-image.ts';
import type { GrubFolder } from '../grub/modules.ts';
import { BIOS_MODULES } from './bios-core.ts';
import { bootPartition, grubPartition, type PartitionTableType } from './layout.ts';

const MODULES = [...BIOS_MODULES, 'fat', 'font'];
/** Not there for UEFI, or of no use. */
const BIOS_ONLY = new Set(['biosdisk', 'linux16']);

/** On the disk that GRUB was started from: that is the meaning of an empty disk name before the comma. */
function prefix(type: PartitionTableType): string {
  const kind = bootPartition(type);
  return `(,${grubPartition(type, kind)})${kind === 'root' ? '/boot' : ''}/grub`;
}

export function nixosBiosCore(folder: GrubFolder, type: PartitionTableType): Buffer {
  return makeCoreImage(folder, { modules: MODULES, prefix: prefix(type), config: '' });
}

export function nixosEfiProgram(folder: GrubFolder, type: PartitionTableType): Buffer {
  return makeEfiImage(folder, { modules: MODULES.filter((name) => !BIOS_ONLY.has(name)), prefix: prefix(type), config: '' });
}
