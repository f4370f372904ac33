/** A FAT volume made from a file tree. Files and directories are contiguous, in the order of their paths. */
import { BootflakeError } from '../../base/errors.ts';
import { shownName } from '../../tree/file-name.ts';
import type { DirectoryNode, FileNode, RegularNode } from '../../tree/file-tree.ts';
import type { BlockPlan } from '../block-plan.ts';
import { bytesSegment, segmentPlan, sourceSegment, type Segment } from '../segments.ts';
import { BACKUP_BOOT_SECTOR, encodeBootSector, encodeFsInfo, MEDIA_FIXED, paddedLabel, type FatVolume } from './boot-sector.ts';
import { ATTRIBUTE, encodeDirectory, ENTRY_SIZE, type FatEntry } from './directory.ts';
import { checkFatNames } from './names.ts';
import { fatGeometry, SECTOR, type FatGeometry } from './geometry.ts';

export interface FatOptions {
  /** Bytes. */
  size: number;
  volumeId: number;
  label: string;
  /** Seconds since 1970. */
  time: number;
  /** Sectors before the volume on its disk. */
  hiddenSectors?: number;
}

/** Thrown when the files do not fit into the volume; sizes in bytes. */
export class FatTooSmall extends Error {
  readonly needed: number;
  readonly available: number;

  constructor(needed: number, available: number) {
    super(`${needed} bytes of files do not fit the ${available} bytes of the FAT volume`);
    this.name = 'FatTooSmall';
    this.needed = needed;
    this.available = available;
  }
}

interface Item {
  node: DirectoryNode | RegularNode;
  parent: Item | undefined;
  cluster: number;
  clusters: number;
  bytes: number;
}

export function planFat(root: DirectoryNode, options: FatOptions): BlockPlan {
  const geometry = fatGeometry(options.size);
  const clusterSize = geometry.sectorsPerCluster * SECTOR;
  const items = listItems(root, geometry, options);
  let next = 2;
  for (const item of items.values()) {
    // The root directory of FAT12 and FAT16 has its own place and takes no clusters.
    const apart = item.parent === undefined && geometry.bits !== 32;
    item.clusters = apart ? 0 : Math.ceil(item.bytes / clusterSize);
    item.cluster = item.clusters > 0 ? next : 0;
    next += item.clusters;
  }
  const used = next - 2;
  if (used > geometry.clusters) throw new FatTooSmall(used * clusterSize, geometry.clusters * clusterSize);
  const volume: FatVolume = {
    geometry,
    volumeId: options.volumeId,
    label: options.label,
    hiddenSectors: options.hiddenSectors ?? 0,
    freeClusters: geometry.clusters - used,
    nextFree: next,
  };
  const segments = [...headSegments(volume), ...fatSegments(geometry, items, next)];
  for (const item of items.values()) {
    const start =
      item.parent === undefined && geometry.bits !== 32
        ? (geometry.dataStart - geometry.rootSectors) * SECTOR
        : (geometry.dataStart + (item.cluster - 2) * geometry.sectorsPerCluster) * SECTOR;
    if (item.bytes > 0) segments.push(itemSegment(item, items, start, options));
  }
  return segmentPlan(options.size, segments);
}

function sortedEntries(node: DirectoryNode): [string, FileNode][] {
  return [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Throws `disk/bad-name` and `disk/bad-file` with the path of a file that FAT cannot hold. */
function listItems(root: DirectoryNode, geometry: FatGeometry, options: FatOptions): Map<FileNode, Item> {
  const items = new Map<FileNode, Item>();
  const visit = (node: FileNode, parent: Item | undefined, path: string): void => {
    if (node.type === 'symlink') throw badFile(path, 'is a symlink, which FAT does not have');
    if (items.has(node)) throw badFile(path, 'has another name too, and FAT has no hard links');
    if (node.type === 'regular' && node.contents.size > MOST_BYTES)
      throw badFile(path, `has ${node.contents.size} bytes, and ${MOST_BYTES} are the most in FAT`);
    const item: Item = { node, parent, cluster: 0, clusters: 0, bytes: node.type === 'regular' ? node.contents.size : 0 };
    items.set(node, item);
    if (node.type === 'regular') return;
    checkFatNames([...node.entries.keys()], path);
    for (const [name, child] of sortedEntries(node)) visit(child, item, `${path}/${name}`);
  };
  visit(root, undefined, '');
  for (const item of items.values()) if (item.node.type === 'directory') item.bytes = directoryBytes(item, items, options).length;
  const rootItem = items.get(root)!;
  if (geometry.bits !== 32 && rootItem.bytes > geometry.rootEntries * ENTRY_SIZE) {
    throw new FatTooSmall(rootItem.bytes, geometry.rootEntries * ENTRY_SIZE);
  }
  return items;
}

const MOST_BYTES = 2 ** 32 - 1;

function badFile(path: string, fault: string): BootflakeError {
  return new BootflakeError({ code: 'disk/bad-file', message: `the boot partition cannot hold ${shownName(path)}: it ${fault}` });
}

function directoryBytes(item: Item, items: Map<FileNode, Item>, options: FatOptions): Buffer {
  const node = item.node as DirectoryNode;
  const entries: FatEntry[] = [];
  if (item.parent === undefined) {
    entries.push({ name: paddedLabel(options.label), attributes: ATTRIBUTE.volumeId, cluster: 0, size: 0 });
  } else {
    // ".." of a directory in the root has cluster 0, even where the root has another one.
    const parentCluster = item.parent.parent === undefined ? 0 : item.parent.cluster;
    entries.push({ name: '.', attributes: ATTRIBUTE.directory, cluster: item.cluster, size: 0 });
    entries.push({ name: '..', attributes: ATTRIBUTE.directory, cluster: parentCluster, size: 0 });
  }
  for (const [name, child] of sortedEntries(node)) {
    const of = items.get(child)!;
    entries.push(
      child.type === 'directory'
        ? { name, attributes: ATTRIBUTE.directory, cluster: of.cluster, size: 0 }
        : { name, attributes: ATTRIBUTE.archive, cluster: of.cluster, size: of.bytes },
    );
  }
  return encodeDirectory(entries, options.time);
}

function headSegments(volume: FatVolume): Segment[] {
  const boot = encodeBootSector(volume);
  if (volume.geometry.bits !== 32) return [bytesSegment(0, boot)];
  const head = Buffer.concat([boot, encodeFsInfo(volume)]);
  return [bytesSegment(0, head), bytesSegment(BACKUP_BOOT_SECTOR * SECTOR, head)];
}

/** Entries of the last cluster of a file. */
const END_OF_CHAIN = { 12: 0xfff, 16: 0xffff, 32: 0x0fffffff } as const;

/** Returns the used part of both FATs: each item is a chain of consecutive clusters. */
function fatSegments(geometry: FatGeometry, items: Map<FileNode, Item>, next: number): Segment[] {
  const { bits } = geometry;
  const end = END_OF_CHAIN[bits];
  const b = Buffer.alloc(Math.ceil((next * bits) / 8 / SECTOR) * SECTOR + 4);
  const set = (cluster: number, value: number): void => {
    if (bits === 32) b.writeUInt32LE(value, cluster * 4);
    else if (bits === 16) b.writeUInt16LE(value, cluster * 2);
    else {
      const at = Math.floor((cluster * 3) / 2);
      const old = b.readUInt16LE(at);
      b.writeUInt16LE(cluster & 1 ? (old & 0x000f) | (value << 4) : (old & 0xf000) | value, at);
    }
  };
  set(0, (end & ~0xff) | MEDIA_FIXED);
  set(1, end);
  for (const item of items.values()) {
    for (let n = 0; n < item.clusters; n++) set(item.cluster + n, n === item.clusters - 1 ? end : item.cluster + n + 1);
  }
  const table = b.subarray(0, Math.ceil((next * bits) / 8 / SECTOR) * SECTOR);
  return [0, 1].map((copy) => bytesSegment((geometry.reservedSectors + copy * geometry.fatSectors) * SECTOR, table));
}

function itemSegment(item: Item, items: Map<FileNode, Item>, start: number, options: FatOptions): Segment {
  const length = Math.ceil(item.bytes / SECTOR) * SECTOR;
  if (item.node.type === 'directory') return bytesSegment(start, directoryBytes(item, items, options), length);
  return sourceSegment(start, item.node.contents, length);
}
