/** A bootable disk, whole: partition table, boot loader, EFI system partition, root file system. */
import { directory, file, type ByteSource, type DirectoryNode } from '../../tree/file-tree.ts';
import type { BlockPlan } from '../block-plan.ts';
import { planDisk, type Placed } from '../disk-plan.ts';
import { planExt4, type Ext4Plan } from '../ext4/plan.ts';
import { planFat } from '../fat/plan.ts';
import { BACKUP_SECTORS, encodeBackupGpt, encodePrimaryGpt, PARTITION_TYPE, type GptTable } from '../gpt/partition-table.ts';
import { placeBootImage, placeCoreImage } from '../grub/core-image.ts';
import { BOOT_CODE_SIZE, encodeMbr } from '../mbr/partition-table.ts';
import { seededBytes, seededUuid, uuidText } from '../seeded-uuid.ts';
import { bytesSegment, segmentPlan } from '../segments.ts';
import { diskLayout, overhead, rootPartition, type DiskLayout, type PartitionTableType } from './layout.ts';

const MiB = 2 ** 20;
const SECTOR = 512;

export interface ImageOptions {
  partitionTableType: PartitionTableType;
  /** Bytes of the disk; absent: as small as the tree allows, with `additionalSpace` bytes left free. */
  size?: number;
  additionalSpace?: number;
  /** Where the EFI system partition ends, in bytes. */
  bootSize: number;
  label: string;
  /** Every UUID and hash seed is derived from it. */
  seed: string;
  /** Of all files, in seconds since 1970. */
  time: number;
  inodes?: number;
  /** GRUB's boot.img and, from `makeBiosCore`, its core image, for tables that have room for it. */
  bios?: { boot: Uint8Array; core: Uint8Array };
  /** EFI/BOOT/BOOTX64.EFI, for tables that have an EFI system partition. */
  efi?: ByteSource;
}

export interface ImagePlan extends BlockPlan {
  layout: DiskLayout;
  rootUuid: string;
  root: Ext4Plan;
}

export function rootUuid(seed: string): Buffer {
  return seededUuid(seed, 'root file system');
}

/** Throws Ext4TooSmall or FatTooSmall when something does not fit. */
export function planImage(rootTree: DirectoryNode, options: ImageOptions): ImagePlan {
  const { before, after } = overhead(options.partitionTableType, options.bootSize);
  const uuid = rootUuid(options.seed);
  // The root's size is the disk's rest; where the disk's is open it is the root's own, in whole mebibytes.
  const rootSize = options.size === undefined ? undefined : Math.max(0, options.size - before - after);
  const root = planExt4(rootTree, {
    uuid, hashSeed: seededUuid(options.seed, 'directory hashes'), label: options.label, time: options.time, inodes: options.inodes,
    size: rootSize, additionalSpace: options.additionalSpace, sizeStep: MiB,
  });
  const size = before + root.size + after;
  const layout = diskLayout(options.partitionTableType, size, options.bootSize);
  const parts: Placed[] = [{ start: layout.root.start, plan: root }, ...tableParts(layout, options)];
  if (layout.core && options.bios) {
    const { core } = options.bios;
    if (core.length > layout.core.length) throw new Error(`GRUB's core image of ${core.length} bytes is too big for its partition`);
    parts.push({ start: layout.core.start, plan: bytesPlan(placeCoreImage(core, layout.core.start / SECTOR)) });
  }
  if (layout.esp) parts.push({ start: layout.esp.start, plan: planEsp(layout, options, uuid) });
  return { ...planDisk(size, parts), layout, root, rootUuid: uuidText(uuid) };
}

function bytesPlan(bytes: Buffer): BlockPlan {
  return segmentPlan(bytes.length, [bytesSegment(0, bytes)]);
}

function tableParts(layout: DiskLayout, options: ImageOptions): Placed[] {
  const boot = layout.core && options.bios ? placeBootImage(options.bios.boot, layout.core.start / SECTOR) : undefined;
  if (layout.table === 'none') return [];
  if (layout.table === 'mbr') {
    const { start, length } = layout.root;
    const signature = seededBytes(options.seed, 'disk', 4).readUInt32LE(0);
    const sector = encodeMbr(boot?.subarray(0, BOOT_CODE_SIZE), signature, [{ start: start / SECTOR, length: length / SECTOR, type: 0x83, active: true }]);
    return [{ start: 0, plan: bytesPlan(sector) }];
  }
  const types = { esp: PARTITION_TYPE.efiSystem, core: PARTITION_TYPE.biosBoot, root: PARTITION_TYPE.linux };
  const table: GptTable = {
    sectors: layout.size / SECTOR, uuid: seededUuid(options.seed, 'disk'),
    partitions: layout.partitions.map(({ kind, name, region }, n) => ({
      type: types[kind], name, uuid: seededUuid(options.seed, `partition ${n + 1}`),
      first: region.start / SECTOR, last: (region.start + region.length) / SECTOR - 1,
    })),
  };
  return [
    { start: 0, plan: bytesPlan(encodePrimaryGpt(table, boot)) },
    { start: layout.size - BACKUP_SECTORS * SECTOR, plan: bytesPlan(encodeBackupGpt(table)) },
  ];
}

function planEsp(layout: DiskLayout, options: ImageOptions, uuid: Buffer): BlockPlan {
  const { start, length } = layout.esp!;
  const entries: [string, DirectoryNode][] = [];
  if (options.efi) {
    const config = `search --no-floppy --fs-uuid --set=root --hint=hd0,${rootPartition(options.partitionTableType)} ${uuidText(uuid)}\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n`;
    // Debian's monolithic image looks for its configuration in EFI/debian.
    entries.push(['EFI', directory([['BOOT', directory([['BOOTX64.EFI', file(options.efi)]])], ['debian', directory([['grub.cfg', file(config)]])]])]);
  }
  return planFat(directory(entries), {
    size: length, label: 'ESP', time: options.time, hiddenSectors: start / SECTOR, volumeId: seededBytes(options.seed, 'EFI system partition', 4).readUInt32LE(0),
  });
}
