/**
 * Plans a disk as a dynamic VHDX: MS-VHDX, "Virtual Hard Disk v2 (VHDX) File Format". All numbers little-endian. Headers and tables of
 * regions, each twice, an empty log, metadata, a table with an entry of 64 bits for each block, and the blocks that hold something.
 */
import { BlockMap, planMappedFile } from '../block-map.ts';
import type { BlockPlan } from '../block-plan.ts';
import { crc32c } from '../crc32c.ts';
import { mixedEndian, parseUuid, seededUuid } from '../seeded-uuid.ts';

const KiB = 2 ** 10;
const MiB = 2 ** 20;
/** A small one, as an image's data are in many places. */
const BLOCK = MiB;
const SECTOR = 512;
/** Payload blocks whose sectors one block of the bitmaps of a differencing disk describes; such a block's entry follows theirs. */
const CHUNK = (2 ** 23 * SECTOR) / BLOCK;
const FULLY_PRESENT = 6n;

const LOG = { offset: MiB, length: MiB };
const METADATA = { offset: 2 * MiB, length: MiB };
const TABLE_OFFSET = 3 * MiB;

const guid = (text: string): Buffer => mixedEndian(parseUuid(text));
export const REGION = { table: guid('2dc27766-f623-4200-9d64-115e9bfd4a08'), metadata: guid('8b7ca206-4790-4b9a-b8fe-575f050f886e') };
export const ITEM = {
  fileParameters: guid('caa16737-fa36-4d43-b3b6-33f0aa44e76b'),
  size: guid('2fa54224-cd1b-4876-b211-5dbed83bf4b8'),
  id: guid('beca12ab-b2e6-4523-93ef-c309e000c746'),
  logicalSector: guid('8141bf1d-a96f-4709-ba47-f233a8faab5f'),
  physicalSector: guid('cda348c7-445d-4471-9cc9-e9885251c556'),
};
/** Of metadata: about the virtual disk; it must be understood. */
const [IS_VIRTUAL_DISK, IS_REQUIRED] = [2, 4];

/** Returns the plan of the file. `seed` decides on its GUIDs. */
export function planVhdx(disk: BlockPlan, { seed }: { seed: string }): BlockPlan {
  const map = new BlockMap(disk.extents, BLOCK);
  const blocks = Math.ceil(disk.size / BLOCK);
  const entries = blocks + Math.floor((blocks - 1) / CHUNK);
  const tableLength = Math.max(1, Math.ceil((entries * 8) / MiB)) * MiB;
  const head = Buffer.alloc(TABLE_OFFSET + tableLength);
  head.write('vhdxfile', 0, 'latin1');
  head.write('bootflake', 8, 'utf16le');
  for (const n of [0, 1]) {
    encodeHeader(n, seed).copy(head, (1 + n) * 64 * KiB);
    encodeRegions(tableLength).copy(head, (3 + n) * 64 * KiB);
  }
  encodeMetadata(disk.size, seed).copy(head, METADATA.offset);
  for (const [block, index] of map) {
    const entry = TABLE_OFFSET + (block + Math.floor(block / CHUNK)) * 8;
    head.writeBigUInt64LE(FULLY_PRESENT | BigInt(head.length + index * BLOCK), entry);
  }
  return planMappedFile({ disk, map, head });
}

function encodeHeader(number: number, seed: string): Buffer {
  const b = Buffer.alloc(4 * KiB);
  b.write('head', 0, 'latin1');
  b.writeBigUInt64LE(BigInt(number), 8);
  mixedEndian(seededUuid(seed, 'VHDX, writes to the file')).copy(b, 16);
  mixedEndian(seededUuid(seed, 'VHDX, writes to the data')).copy(b, 32);
  // No log's GUID: it has no entries.
  b.writeUInt16LE(1, 66);
  b.writeUInt32LE(LOG.length, 68);
  b.writeBigUInt64LE(BigInt(LOG.offset), 72);
  return withChecksum(b);
}

function encodeRegions(tableLength: number): Buffer {
  const b = Buffer.alloc(64 * KiB);
  b.write('regi', 0, 'latin1');
  const regions = [
    { id: REGION.table, offset: TABLE_OFFSET, length: tableLength },
    { id: REGION.metadata, offset: METADATA.offset, length: METADATA.length },
  ];
  b.writeUInt32LE(regions.length, 8);
  regions.forEach(({ id, offset, length }, n) => {
    const at = 16 + n * 32;
    id.copy(b, at);
    b.writeBigUInt64LE(BigInt(offset), at + 16);
    b.writeUInt32LE(length, at + 24);
    b.writeUInt32LE(1, at + 28);
  });
  return withChecksum(b);
}

function encodeMetadata(size: number, seed: string): Buffer {
  const number32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const number64 = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    return bytes;
  };
  const items = [
    // Without flags: blocks need not stay allocated, and there is no parent.
    { id: ITEM.fileParameters, data: number64(BLOCK), flags: IS_REQUIRED },
    { id: ITEM.size, data: number64(size), flags: IS_REQUIRED | IS_VIRTUAL_DISK },
    { id: ITEM.id, data: mixedEndian(seededUuid(seed, 'VHDX')), flags: IS_REQUIRED | IS_VIRTUAL_DISK },
    { id: ITEM.logicalSector, data: number32(SECTOR), flags: IS_REQUIRED | IS_VIRTUAL_DISK },
    { id: ITEM.physicalSector, data: number32(SECTOR), flags: IS_REQUIRED | IS_VIRTUAL_DISK },
  ];
  const b = Buffer.alloc(METADATA.length);
  b.write('metadata', 0, 'latin1');
  b.writeUInt16LE(items.length, 10);
  let place = 64 * KiB;
  items.forEach(({ id, data, flags }, n) => {
    const at = 32 + n * 32;
    id.copy(b, at);
    b.writeUInt32LE(place, at + 16);
    b.writeUInt32LE(data.length, at + 20);
    b.writeUInt32LE(flags, at + 24);
    data.copy(b, place);
    place += data.length;
  });
  return b;
}

/** CRC-32C of the whole, with the field itself as zeros. */
function withChecksum(b: Buffer): Buffer {
  b.writeUInt32LE(~crc32c(~0, b) >>> 0, 4);
  return b;
}
