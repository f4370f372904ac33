/**
 * Plans a disk as a VDI of VirtualBox, version 1.1, of the dynamic kind: a header, a map with an entry of 32 bits for each block of a
 * mebibyte, the blocks that hold something. All numbers little-endian. Followed: VirtualBox's VDICore.h, and qemu's block/vdi.c.
 */
import { BlockMap, planMappedFile } from '../block-map.ts';
import type { BlockPlan } from '../block-plan.ts';
import { mixedEndian, seededUuid } from '../seeded-uuid.ts';

const BLOCK = 1 << 20;
const SECTOR = 512;
const SIGNATURE = 0xbeda107f;
const VERSION = 0x00010001;
const DYNAMIC = 1;
/** In the map: no such block. */
const UNALLOCATED = 0xffffffff;
/** Of the header's part with a version. */
const HEADER_LENGTH = 0x190;

/** Offsets of the header's fields. */
export const VDI_FIELD = {
  text: 0,
  signature: 0x40,
  version: 0x44,
  headerLength: 0x48,
  kind: 0x4c,
  mapOffset: 0x154,
  dataOffset: 0x158,
  sectorSize: 0x168,
  diskSize: 0x170,
  blockSize: 0x178,
  blockExtra: 0x17c,
  blocks: 0x180,
  allocated: 0x184,
  uuid: 0x188,
  snapshotUuid: 0x198,
} as const;

/** Returns the plan of the file. `seed` decides on its UUIDs. */
export function planVdi(disk: BlockPlan, { seed }: { seed: string }): BlockPlan {
  const map = new BlockMap(disk.extents, BLOCK);
  const blocks = Math.ceil(disk.size / BLOCK);
  const dataOffset = Math.ceil((SECTOR + blocks * 4) / BLOCK) * BLOCK;
  const head = Buffer.alloc(dataOffset);
  head.write('<<< Oracle VM VirtualBox Disk Image >>>\n', VDI_FIELD.text, 'latin1');
  const numbers: [number, number][] = [
    [VDI_FIELD.signature, SIGNATURE],
    [VDI_FIELD.version, VERSION],
    [VDI_FIELD.headerLength, HEADER_LENGTH],
    [VDI_FIELD.kind, DYNAMIC],
    [VDI_FIELD.mapOffset, SECTOR],
    [VDI_FIELD.dataOffset, dataOffset],
    [VDI_FIELD.sectorSize, SECTOR],
    [VDI_FIELD.blockSize, BLOCK],
    [VDI_FIELD.blocks, blocks],
    [VDI_FIELD.allocated, map.count],
  ];
  for (const [at, value] of numbers) head.writeUInt32LE(value, at);
  head.writeBigUInt64LE(BigInt(disk.size), VDI_FIELD.diskSize);
  mixedEndian(seededUuid(seed, 'VDI')).copy(head, VDI_FIELD.uuid);
  mixedEndian(seededUuid(seed, 'snapshot of VDI')).copy(head, VDI_FIELD.snapshotUuid);
  for (let block = 0; block < blocks; block++) head.writeUInt32LE(UNALLOCATED, SECTOR + block * 4);
  for (const [block, index] of map) head.writeUInt32LE(index, SECTOR + block * 4);
  return planMappedFile({ disk, map, head });
}
