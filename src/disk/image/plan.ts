/** The plan of a whole bootable disk: partition table, boot loader, EFI system partition, root file system. */
import { directory, file, type ByteSource, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import type { BlockPlan } from '../block-plan.ts';
import { planDisk, type Placed } from '../disk-plan.ts';
import type { Parcels } from '../ext4/parcels.ts';
import { planExt4, type Ext4Plan } from '../ext4/plan.ts';
import { planFat } from '../fat/plan.ts';
import { BACKUP_SECTORS, encodeBackupGpt, encodePrimaryGpt, PARTITION_TYPE, type GptTable } from '../gpt/partition-table.ts';
import { placeBootImage, placeCoreImage } from '../grub/core-image.ts';
import { BOOT_CODE_SIZE, encodeMbr } from '../mbr/partition-table.ts';
import { seededBytes, seededUuid, uuidText } from '../seeded-uuid.ts';
import { bytesSegment, segmentPlan } from '../segments.ts';
import { diskLayout, overhead, rootPartition, type DiskLayout, type PartitionTableType, type Region } from './layout.ts';

const MiB = 2 ** 20;
const SECTOR = 512;
const MBR_LINUX = 0x83;
/** FAT32, addressed by sectors. */
const MBR_FAT32 = 0x0c;

export interface ImageOptions {
  partitionTableType: PartitionTableType;
  /** Bytes of the disk. Defaults to the smallest size for the tree with `additionalSpace` bytes left free. */
  size?: number;
  additionalSpace?: number;
  /** The end of the EFI system partition, in bytes. */
  bootSize: number;
  label: string;
  /** Every UUID is derived from it, except that of the root file system. */
  seed: string;
  /** The root file system's UUID and hash seed are derived from it. Defaults to `seed`. */
  rootSeed?: string;
  /** What is placed together in the root file system. */
  parcels?: Parcels;
  /** Of all files, in seconds since 1970. */
  time: number;
  inodes?: number;
  /** GRUB's boot.img and, from `makeBiosCore`, its core image, for tables that have room for it. */
  bios?: { boot: Uint8Array; core: Uint8Array };
  /** EFI/BOOT/BOOTX64.EFI, for tables that have an EFI system partition: Debian's GRUB, which reads the root's /boot/grub/grub.cfg. */
  efi?: ByteSource;
  /** In its place: a signed shim, which starts that GRUB from beside it. */
  shim?: ByteSource;
  /** The files of the FAT partitions, instead of `efi`. */
  fat?: { esp?: DirectoryNode; boot?: DirectoryNode };
  uuids?: GivenUuids;
}

/** 16 bytes each, in the order of a UUID's text. Missing ones are derived from the seed. */
export interface GivenUuids {
  root?: Uint8Array;
  /** That the hashes of directories depend on. */
  hashSeed?: Uint8Array;
  /** Of the GPT's partitions, in its order. */
  partitions?: (Uint8Array | undefined)[];
}

export interface ImagePlan extends BlockPlan {
  layout: DiskLayout;
  rootUuid: string;
  root: Ext4Plan;
}

export function rootUuid(seed: string): Buffer {
  return seededUuid(seed, 'root file system');
}

/** A FAT volume's number, whose UUID is written `ABCD-1234`. */
export function fatVolumeId(seed: string, kind: 'esp' | 'boot'): number {
  return seededBytes(seed, kind === 'esp' ? 'EFI system partition' : 'boot partition', 4).readUInt32LE(0);
}

/** Throws Ext4TooSmall or FatTooSmall when the files do not fit. */
export function planImage(rootTree: DirectoryNode, options: ImageOptions): ImagePlan {
  const { before, after } = overhead(options.partitionTableType, options.bootSize);
  const uuid = options.uuids?.root ?? rootUuid(options.rootSeed ?? options.seed);
  // The root takes the rest of the disk; without a disk size, it has its own size in whole mebibytes.
  const rootSize = options.size === undefined ? undefined : Math.max(0, options.size - before - after);
  const root = planExt4(rootTree, {
    uuid,
    hashSeed: options.uuids?.hashSeed ?? seededUuid(options.rootSeed ?? options.seed, 'directory hashes'),
    label: options.label,
    time: options.time,
    inodes: options.inodes,
    ...(options.parcels && { parcels: options.parcels }),
    size: rootSize,
    additionalSpace: options.additionalSpace,
    sizeStep: MiB,
  });
  const size = before + root.size + after;
  const layout = diskLayout(options.partitionTableType, size, options.bootSize);
  const parts: Placed[] = [{ start: layout.root.start, plan: root }, ...tableParts(layout, options)];
  if (layout.core && options.bios) {
    const { core } = options.bios;
    if (core.length > layout.core.length) throw new Error(`GRUB's core image of ${core.length} bytes is too big for its partition`);
    parts.push({ start: layout.core.start, plan: bytesPlan(placeCoreImage(core, layout.core.start / SECTOR)) });
  }
  if (layout.esp)
    parts.push({
      start: layout.esp.start,
      plan: planFatPartition('esp', layout.esp, options.fat?.esp ?? debianEsp(options, uuid), options),
    });
  if (layout.boot)
    parts.push({ start: layout.boot.start, plan: planFatPartition('boot', layout.boot, options.fat?.boot ?? directory(), options) });
  return { ...planDisk(size, parts), layout, root, rootUuid: uuidText(uuid) };
}

function bytesPlan(bytes: Buffer): BlockPlan {
  return segmentPlan(bytes.length, [bytesSegment(0, bytes)]);
}

function tableParts(layout: DiskLayout, options: ImageOptions): Placed[] {
  const boot = layout.core && options.bios ? placeBootImage(options.bios.boot, layout.core.start / SECTOR) : undefined;
  if (layout.table === 'none') return [];
  if (layout.table === 'mbr') {
    const signature = seededBytes(options.seed, 'disk', 4).readUInt32LE(0);
    const partitions = layout.partitions.map(({ kind, region: { start, length } }, n) => ({
      start: start / SECTOR,
      length: length / SECTOR,
      type: kind === 'boot' ? MBR_FAT32 : MBR_LINUX,
      active: n === 0,
    }));
    const sector = encodeMbr(boot?.subarray(0, BOOT_CODE_SIZE), signature, partitions);
    return [{ start: 0, plan: bytesPlan(sector) }];
  }
  const types = {
    esp: PARTITION_TYPE.efiSystem,
    boot: PARTITION_TYPE.extendedBootLoader,
    core: PARTITION_TYPE.biosBoot,
    root: PARTITION_TYPE.linux,
  };
  const table: GptTable = {
    sectors: layout.size / SECTOR,
    uuid: seededUuid(options.seed, 'disk'),
    partitions: layout.partitions.map(({ kind, name, region }, n) => ({
      type: types[kind],
      name,
      uuid: options.uuids?.partitions?.[n] ?? seededUuid(options.seed, `partition ${n + 1}`),
      first: region.start / SECTOR,
      last: (region.start + region.length) / SECTOR - 1,
    })),
  };
  return [
    { start: 0, plan: bytesPlan(encodePrimaryGpt(table, boot)) },
    { start: layout.size - BACKUP_SECTORS * SECTOR, plan: bytesPlan(encodeBackupGpt(table)) },
  ];
}

function debianEsp(options: ImageOptions, uuid: Uint8Array): DirectoryNode {
  if (!options.efi) return directory();
  const config =
    `search --no-floppy --fs-uuid --set=root --hint=hd0,${rootPartition(options.partitionTableType)} ${uuidText(uuid)}\n` +
    'set prefix=($root)/boot/grub\n' +
    'configfile $prefix/grub.cfg\n';
  // Debian's monolithic image reads its configuration from EFI/debian.
  return directory([
    [
      'EFI',
      directory([
        ['BOOT', directory(bootPrograms(options.efi, options.shim))],
        ['debian', directory([['grub.cfg', file(config)]])],
      ]),
    ],
  ]);
}

function bootPrograms(grub: ByteSource, shim: ByteSource | undefined): [string, FileNode][] {
  if (shim === undefined) return [['BOOTX64.EFI', file(grub)]];
  return [
    ['BOOTX64.EFI', file(shim)],
    // The name that is built into shim.
    ['grubx64.efi', file(grub)],
  ];
}

function planFatPartition(kind: 'esp' | 'boot', { start, length }: Region, files: DirectoryNode, options: ImageOptions): BlockPlan {
  return planFat(files, {
    size: length,
    label: kind === 'esp' ? 'ESP' : 'BOOT',
    time: options.time,
    hiddenSectors: start / SECTOR,
    volumeId: fatVolumeId(options.seed, kind),
  });
}
