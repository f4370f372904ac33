/** A boot loader's part of a NixOS image. */
import { bootPartition, type PartitionTableType } from '../../../disk/image/layout.ts';
import { directory, type DirectoryNode } from '../../../tree/file-tree.ts';
import type { BootLoader } from './attributes.ts';
import { grubBootFiles } from './grub-boot.ts';
import type { StoreFiles } from './store-files.ts';
import { readSystem, type System } from './system.ts';
import { systemdBootFiles } from './systemd-boot.ts';

export interface BootFiles {
  /** The contents of /boot, on whichever partition it is. */
  boot: DirectoryNode;
  /** The EFI system partition: the same folder if that is /boot. */
  esp: DirectoryNode;
  /** GRUB before its partition is known. */
  bios?: { boot: Uint8Array; core: Uint8Array };
}

/** The identifiers, as texts, by which a boot loader finds partitions. */
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

export function makeBootFiles(
  loader: BootLoader,
  toplevel: string,
  given: Pick<BootRequest, 'files' | 'type' | 'uuids' | 'log'>,
): BootFiles {
  const boot = directory();
  const esp = bootPartition(given.type) === 'esp' ? boot : directory();
  const system = readSystem(given.files, toplevel);
  if (loader.kind === 'none' || !system) {
    given.log('the image has no boot loader');
    return { boot, esp };
  }
  const request = { ...given, boot, esp, system };
  return loader.kind === 'grub' ? grubBootFiles(loader, request) : systemdBootFiles(loader, request);
}
