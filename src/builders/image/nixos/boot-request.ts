/** The request for a boot loader's files, and the result. */
import type { PartitionTableType } from '../../../disk/image/layout.ts';
import type { DirectoryNode } from '../../../tree/file-tree.ts';
import type { StoreFiles } from './store-files.ts';
import type { System } from './system.ts';

export interface BootFiles {
  /** The contents of /boot, on its own partition or the root's. */
  boot: DirectoryNode;
  /** The EFI system partition: the same folder where that is /boot. */
  esp: DirectoryNode;
  /** GRUB before its partition is known. */
  bios?: { boot: Uint8Array; core: Uint8Array };
}

/** The texts by which a boot loader finds partitions. */
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
