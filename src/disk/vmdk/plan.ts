/**
 * Plans a disk as a monolithic sparse VMDK: VMware's "Virtual Disk Format 5.0". All numbers little-endian. A header, a descriptor in text,
 * a directory of tables and the tables, each twice, then the grains of 64 KiB that hold something.
 */
import { BlockMap, planMappedFile } from '../block-map.ts';
import type { BlockPlan } from '../block-plan.ts';
import { DESCRIPTOR_SECTORS, encodeDescriptor } from './descriptor.ts';
import { encodeVmdkHeader, ENTRIES_PER_TABLE, GRAIN, SECTOR } from './header.ts';

const TABLE_LENGTH = ENTRIES_PER_TABLE * 4;

export interface VmdkOptions {
  /** Decides on the content's number. */
  seed: string;
  /** Of the file, which its descriptor names. */
  fileName: string;
}

/** Returns the plan of the file. */
export function planVmdk(disk: BlockPlan, { seed, fileName }: VmdkOptions): BlockPlan {
  const map = new BlockMap(disk.extents, GRAIN);
  const tables = Math.ceil(disk.size / GRAIN / ENTRIES_PER_TABLE);
  const directoryLength = Math.ceil((tables * 4) / SECTOR) * SECTOR;
  const descriptor = SECTOR;
  const copy = descriptor + DESCRIPTOR_SECTORS * SECTOR;
  const directory = copy + directoryLength + tables * TABLE_LENGTH;
  const head = Buffer.alloc(Math.ceil((directory + directoryLength + tables * TABLE_LENGTH) / GRAIN) * GRAIN);
  encodeVmdkHeader({
    // The line breaks below are valid, and the directory is there twice.
    flags: 1 | 2,
    size: disk.size,
    descriptor: { offset: descriptor, sectors: DESCRIPTOR_SECTORS },
    directoryCopy: copy,
    directory,
    overhead: head.length,
  }).copy(head);
  encodeDescriptor({ seed, fileName, size: disk.size, kind: 'monolithicSparse' }).copy(head, descriptor);
  for (const at of [copy, directory]) {
    for (let n = 0; n < tables; n++) head.writeUInt32LE((at + directoryLength + n * TABLE_LENGTH) / SECTOR, at + n * 4);
    for (const [grain, index] of map) head.writeUInt32LE((head.length + index * GRAIN) / SECTOR, at + directoryLength + grain * 4);
  }
  return planMappedFile({ disk, map, head });
}
