/**
 * Plans a disk as a VHD ("vpc" in qemu and nixpkgs), fixed or dynamic: Microsoft's "Virtual Hard Disk Image Format Specification" of 2006.
 * All numbers big-endian. A fixed one is the disk and a footer. A dynamic one has a copy of the footer, a header, a table with an entry of
 * 32 bits for each block of two mebibytes, the blocks that hold something, each after a bitmap of its sectors, and the footer.
 */
import { BlockMap, planMappedFile } from '../block-map.ts';
import { mergeExtents, type BlockPlan } from '../block-plan.ts';
import { seededUuid } from '../seeded-uuid.ts';
import { geometryOf } from './geometry.ts';

export type VhdKind = 'fixed' | 'dynamic';

export interface VhdOptions {
  kind: VhdKind;
  /** Decides on the UUID. */
  seed: string;
  /** In seconds since 1970. Defaults to the beginning of VHD's time, 2000. */
  time?: number;
}

const BLOCK = 2 << 20;
const SECTOR = 512;
const FOOTER_LENGTH = 512;
const HEADER_LENGTH = 1024;
const TABLE_OFFSET = FOOTER_LENGTH + HEADER_LENGTH;
const UNALLOCATED = 0xffffffff;
/** Seconds from 1970 to 2000. */
const EPOCH = 946_684_800;
const VERSION = 0x00010000;
const KINDS: Record<VhdKind, number> = { fixed: 2, dynamic: 3 };
/** The largest disk, in bytes: 2040 GiB. */
export const MOST_VHD_SIZE = 2040 * 2 ** 30;

/** Offsets of the footer's fields. */
export const VHD_FOOTER = {
  cookie: 0,
  features: 8,
  version: 12,
  dataOffset: 16,
  time: 24,
  creator: 28,
  creatorVersion: 32,
  creatorHost: 36,
  originalSize: 40,
  currentSize: 48,
  cylinders: 56,
  heads: 58,
  sectors: 59,
  kind: 60,
  checksum: 64,
  uuid: 68,
} as const;

/** Offsets of the header's fields. */
export const VHD_HEADER = { cookie: 0, dataOffset: 8, tableOffset: 16, version: 24, entries: 28, blockSize: 32, checksum: 36 } as const;

/** Returns the plan of the file. Azure wants a fixed one, of whole mebibytes. Throws RangeError for a disk above `MOST_VHD_SIZE`. */
export function planVhd(disk: BlockPlan, options: VhdOptions): BlockPlan {
  if (disk.size > MOST_VHD_SIZE) throw new RangeError(`a disk of ${disk.size} bytes is larger than a VHD can be`);
  const footer = encodeFooter(disk.size, options);
  return options.kind === 'fixed' ? planFixed(disk, footer) : planDynamic(disk, footer);
}

function planFixed(disk: BlockPlan, footer: Buffer): BlockPlan {
  return {
    size: disk.size + footer.length,
    extents: mergeExtents([...disk.extents, { start: disk.size, length: footer.length }]),
    *write(sink) {
      yield* disk.write(sink);
      sink.write(disk.size, footer);
      yield footer.length;
    },
  };
}

function planDynamic(disk: BlockPlan, footer: Buffer): BlockPlan {
  const map = new BlockMap(disk.extents, BLOCK);
  const entries = Math.ceil(disk.size / BLOCK);
  const before = Buffer.alloc(SECTOR, 0xff);
  const head = Buffer.alloc(TABLE_OFFSET + Math.ceil((entries * 4) / SECTOR) * SECTOR, 0xff);
  footer.copy(head);
  encodeHeader(entries).copy(head, FOOTER_LENGTH);
  for (let block = 0; block < entries; block++) head.writeUInt32BE(UNALLOCATED, TABLE_OFFSET + block * 4);
  for (const [block, index] of map) head.writeUInt32BE((head.length + index * (before.length + BLOCK)) / SECTOR, TABLE_OFFSET + block * 4);
  return planMappedFile({ disk, map, head, before, tail: footer });
}

function encodeFooter(size: number, { kind, seed, time = EPOCH }: VhdOptions): Buffer {
  const b = Buffer.alloc(FOOTER_LENGTH);
  b.write('conectix', VHD_FOOTER.cookie, 'latin1');
  // A bit that is always set.
  b.writeUInt32BE(2, VHD_FOOTER.features);
  b.writeUInt32BE(VERSION, VHD_FOOTER.version);
  b.writeBigUInt64BE(kind === 'fixed' ? 2n ** 64n - 1n : BigInt(FOOTER_LENGTH), VHD_FOOTER.dataOffset);
  b.writeUInt32BE(Math.max(0, time - EPOCH), VHD_FOOTER.time);
  // Of an image by Windows, readers take the size from the footer; of others, qemu and VirtualBox round it to whole cylinders.
  b.write('win ', VHD_FOOTER.creator, 'latin1');
  b.writeUInt32BE(0x000a0000, VHD_FOOTER.creatorVersion);
  b.write('Wi2k', VHD_FOOTER.creatorHost, 'latin1');
  b.writeBigUInt64BE(BigInt(size), VHD_FOOTER.originalSize);
  b.writeBigUInt64BE(BigInt(size), VHD_FOOTER.currentSize);
  const { cylinders, heads, sectors } = geometryOf(Math.floor(size / SECTOR));
  b.writeUInt16BE(cylinders, VHD_FOOTER.cylinders);
  b.writeUInt8(heads, VHD_FOOTER.heads);
  b.writeUInt8(sectors, VHD_FOOTER.sectors);
  b.writeUInt32BE(KINDS[kind], VHD_FOOTER.kind);
  seededUuid(seed, 'VHD').copy(b, VHD_FOOTER.uuid);
  b.writeUInt32BE(vhdChecksum(b), VHD_FOOTER.checksum);
  return b;
}

function encodeHeader(entries: number): Buffer {
  const b = Buffer.alloc(HEADER_LENGTH);
  b.write('cxsparse', VHD_HEADER.cookie, 'latin1');
  b.writeBigUInt64BE(2n ** 64n - 1n, VHD_HEADER.dataOffset);
  b.writeBigUInt64BE(BigInt(TABLE_OFFSET), VHD_HEADER.tableOffset);
  b.writeUInt32BE(VERSION, VHD_HEADER.version);
  b.writeUInt32BE(entries, VHD_HEADER.entries);
  b.writeUInt32BE(BLOCK, VHD_HEADER.blockSize);
  b.writeUInt32BE(vhdChecksum(b), VHD_HEADER.checksum);
  return b;
}

/** The complement of the bytes' sum, with the field itself as zeros. */
export function vhdChecksum(bytes: Uint8Array): number {
  return ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;
}
