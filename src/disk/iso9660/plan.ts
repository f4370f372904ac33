/**
 * An ISO 9660 volume with Rock Ridge and Joliet, made from a file tree: ECMA-119 4th edition, SUSP and RRIP 1.10, Joliet. It may boot by El
 * Torito, and from a disk by the MBR or GPT in its first 16 sectors, which ISO 9660 leaves free.
 */
import { file, type ByteSource, type DirectoryNode } from '../../tree/file-tree.ts';
import { placeNode } from '../../tree/place.ts';
import type { BlockPlan } from '../block-plan.ts';
import {
  BACKUP_SECTORS,
  encodeBackupGpt,
  encodePrimaryGpt,
  PARTITION_TYPE,
  type GptPartition,
  type GptTable,
} from '../gpt/partition-table.ts';
import { encodeMbr } from '../mbr/partition-table.ts';
import { seededBytes, seededUuid } from '../seeded-uuid.ts';
import { bytesSegment, segmentPlan, sourceSegment, type Segment } from '../segments.ts';
import { encodeBootRecord, encodeTerminator, encodeVolume, FIRST_DESCRIPTOR, type Volume, type VolumeNames } from './descriptors.ts';
import { Directories } from './directories.ts';
import { CATALOG_SIZE, encodeCatalog, type BootEntry } from './el-torito.ts';
import { SECTOR, sectorsOf } from './encoding.ts';
import { bootImageSize, placeBootImage, placeHybridCode, type GrubCd } from './grub-boot.ts';
import { listIsoTree, type IsoFile, type IsoTree } from './iso-tree.ts';

export interface IsoOptions extends VolumeNames {
  /** Of all files, in seconds since 1970. */
  time: number;
  /** UUIDs of the disk and its partitions are derived from it. */
  seed: string;
  /** What boots it, and the paths of the files for that, which the plan adds to the tree. */
  boot?: IsoBoot | undefined;
}

export interface IsoBoot {
  catalogPath: string;
  bios?: { grub: GrubCd; path: string } | undefined;
  /** A FAT file system with EFI/BOOT/BOOTX64.EFI. */
  efi?: { image: BlockPlan; path: string } | undefined;
  /** Whether a disk with the image boots, too: the image has a GPT with the FAT file system as its EFI system partition. */
  hybrid: boolean;
}

/** The size of an image with a GPT is a multiple of this, as disks' are. */
const DISK_STEP = 2 ** 20;
const DISK_SECTOR = 512;
const PROTECTIVE = 0xee;

/**
 * Adds the boot images to `root`, and plans the volume. Throws `disk/bad-name`, `disk/bad-symlink` and `disk/bad-file` with the path of a
 * file that it cannot hold.
 */
export function planIso9660(root: DirectoryNode, options: IsoOptions): BlockPlan {
  const { boot, time } = options;
  const sources = boot && placeBootFiles(root, boot);
  const tree = listIsoTree(root);
  let next = FIRST_DESCRIPTOR + 1 + (boot ? 1 : 0) + 1 + 1;
  const volumes = (['primary', 'joliet'] as const).map((kind): PlacedVolume => {
    const directories = new Directories(tree, { kind, time });
    const size = directories.pathTableSize;
    const [little, big] = [next, next + sectorsOf(size)];
    const start = big + sectorsOf(size);
    next = directories.place(start);
    return { kind, directories, pathTable: { size, little, big }, start };
  });
  for (const item of tree.files) {
    if (item.contents.size === 0) continue;
    item.sector = next;
    next += sectorsOf(item.contents.size);
  }
  const end = next * SECTOR;
  const size = boot?.hybrid ? Math.ceil((end + BACKUP_SECTORS * DISK_SECTOR) / DISK_STEP) * DISK_STEP : end;
  const places = sources && placesOf(tree, sources);
  const made = boot && places ? bootSegments(boot, places) : new Map<IsoFile, Segment[]>();
  const segments = [
    ...volumeSegments(volumes, size, options, places?.catalog.sector),
    ...(boot?.hybrid ? diskSegments(size, options.seed, boot, places!) : []),
    ...tree.files.flatMap((item) => made.get(item) ?? [contentSegment(item)]),
  ];
  return segmentPlan(
    size,
    segments.filter(({ length }) => length > 0),
  );
}

interface PlacedVolume {
  kind: 'primary' | 'joliet';
  directories: Directories;
  pathTable: Volume['pathTable'];
  /** Sector of the directories. */
  start: number;
}

interface BootSources {
  catalog: ByteSource;
  bios: ByteSource | undefined;
  efi: ByteSource | undefined;
}

/** Files of the right sizes, whose contents depend on where they are. */
function placeBootFiles(root: DirectoryNode, { catalogPath, bios, efi }: IsoBoot): BootSources {
  const place = (path: string, size: number): ByteSource => {
    const node = file(new Uint8Array(size));
    placeNode(root, path, node);
    return node.contents;
  };
  return {
    catalog: place(catalogPath, CATALOG_SIZE),
    bios: bios && place(bios.path, bootImageSize(bios.grub)),
    efi: efi && place(efi.path, efi.image.size),
  };
}

interface BootPlaces {
  catalog: IsoFile;
  bios: IsoFile | undefined;
  efi: IsoFile | undefined;
}

function placesOf({ fileOf }: IsoTree, { catalog, bios, efi }: BootSources): BootPlaces {
  return { catalog: fileOf.get(catalog)!, bios: bios && fileOf.get(bios), efi: efi && fileOf.get(efi) };
}

function volumeSegments(volumes: PlacedVolume[], size: number, options: IsoOptions, catalogSector: number | undefined): Segment[] {
  const sectors = size / SECTOR;
  const descriptors = volumes.map(({ kind, directories, pathTable }) =>
    encodeVolume({ ...options, kind, sectors, pathTable, rootRecord: directories.rootRecord() }),
  );
  if (catalogSector !== undefined) descriptors.splice(1, 0, encodeBootRecord(catalogSector));
  return [
    sectorSegment(FIRST_DESCRIPTOR, Buffer.concat([...descriptors, encodeTerminator()])),
    ...volumes.flatMap(({ directories, pathTable, start }) => [
      sectorSegment(pathTable.little, directories.encodePathTable('little')),
      sectorSegment(pathTable.big, directories.encodePathTable('big')),
      sectorSegment(start, directories.encode()),
    ]),
  ];
}

function sectorSegment(sector: number, bytes: Uint8Array): Segment {
  return bytesSegment(sector * SECTOR, bytes, sectorsOf(bytes.length) * SECTOR);
}

/** The contents of the files that `placeBootFiles` has added. */
function bootSegments(boot: IsoBoot, places: BootPlaces): Map<IsoFile, Segment[]> {
  const made = new Map<IsoFile, Segment[]>();
  const entries: BootEntry[] = [];
  const { bios, efi, catalog } = places;
  if (bios) {
    entries.push({ platform: 'bios', sector: bios.sector, size: bios.contents.size });
    made.set(bios, [sectorSegment(bios.sector, placeBootImage(boot.bios!.grub, bios.sector))]);
  }
  if (efi) {
    entries.push({ platform: 'efi', sector: efi.sector, size: efi.contents.size });
    made.set(efi, planSegments(boot.efi!.image, efi.sector * SECTOR));
  }
  made.set(catalog, [sectorSegment(catalog.sector, encodeCatalog(entries))]);
  return made;
}

function contentSegment({ contents, sector }: IsoFile): Segment {
  return sourceSegment(sector * SECTOR, contents, sectorsOf(contents.size) * SECTOR);
}

/** The pieces of a plan, kept in memory: a boot partition has some megabytes. */
function planSegments(plan: BlockPlan, start: number): Segment[] {
  const segments: Segment[] = [];
  const sink = {
    size: plan.size,
    write: (offset: number, bytes: Uint8Array): void => void segments.push(bytesSegment(start + offset, Buffer.from(bytes))),
  };
  for (const _ of plan.write(sink));
  return segments;
}

/** A GPT with the EFI system partition, and code for a BIOS in the first sector. */
function diskSegments(size: number, seed: string, { bios }: IsoBoot, places: BootPlaces): Segment[] {
  const sectors = size / DISK_SECTOR;
  const code = bios && placeHybridCode(bios.grub, places.bios!.sector);
  const table: GptTable = { sectors, uuid: seededUuid(seed, 'disk'), partitions: places.efi ? [efiPartition(places.efi, seed)] : [] };
  const signature = seededBytes(seed, 'disk', 4).readUInt32LE(0);
  // Some BIOSes start no disk without an active partition; one without a type is none for all others.
  const mbr = encodeMbr(code, signature, [
    { start: 1, length: sectors - 1, type: PROTECTIVE, active: false },
    { start: 0, length: 1, type: 0, active: true },
  ]);
  const primary = encodePrimaryGpt(table, undefined);
  return [
    bytesSegment(0, Buffer.concat([mbr, primary.subarray(mbr.length)])),
    bytesSegment(size - BACKUP_SECTORS * DISK_SECTOR, encodeBackupGpt(table)),
  ];
}

function efiPartition({ sector, contents }: IsoFile, seed: string): GptPartition {
  const first = (sector * SECTOR) / DISK_SECTOR;
  const last = first + contents.size / DISK_SECTOR - 1;
  return { type: PARTITION_TYPE.efiSystem, uuid: seededUuid(seed, 'partition 1'), name: 'ESP', first, last };
}
