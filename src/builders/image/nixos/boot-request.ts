/** What a boot loader is asked for, and what it gives. */
import type { PartitionTableType } from '../../../disk/image/layout.ts';
import type { DirectoryNode } from '../../../tree/file-tree.ts';
import type { StoreFiles } from './store-files.ts';
import type { System } from './system.ts';

export interface BootFiles {
  /** What /boot holds, on whichever partition it is. */
  boot: DirectoryNode;
  /** The EFI system partition: the same folder where that is /boot. */
  esp: DirectoryNode;
  /** GRUB before its partition is known. */
  bios?: { boot: Uint8Array; core: Uint8Array };
}

/** As texts: what a boot loader finds partitions by. */
export interface BootUuids {
  root: string;
  rootLabel: string;
  boot: string;
}

export interface BootRequest extends BootFiles {
  files: StoreFiles;
  system: System;
  type: PartitionTableType;
  uuids: BootUuids;
  log(line: string): void;
}
