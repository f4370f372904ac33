/** GUID partition tables: UEFI specification 2.10, section 5.3. Sectors of 512 bytes, 128 entries of 128 bytes. */
import { crc32 } from '../../base/crc32.ts';
import { encodeMbr, SECTOR } from '../mbr/partition-table.ts';
import { parseUuid, uuidText } from '../seeded-uuid.ts';

export const PARTITION_TYPE = {
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  /** Of the Boot Loader Specification; seen as /boot. */
  extendedBootLoader: 'bc13c2ff-59e6-4262-a352-b275fd6f7172',
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  linux: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const;

export interface GptPartition {
  type: string;
  /** 16 bytes in the order of a UUID's text. */
  uuid: Uint8Array;
  /** At most 36 characters. */
  name: string;
  /** Sectors; `last` is part of it. */
  first: number;
  last: number;
}

export interface GptTable {
  /** Sectors of the disk. */
  sectors: number;
  uuid: Uint8Array;
  partitions: GptPartition[];
}

const ENTRIES = 128;
const ENTRY_SIZE = 128;
const TABLE_SECTORS = (ENTRIES * ENTRY_SIZE) / SECTOR;
const SIGNATURE = 'EFI PART';
/** MBR, header and entries before the first usable sector; as much, but for the MBR, after the last. */
export const FIRST_USABLE = 2 + TABLE_SECTORS;
export const BACKUP_SECTORS = 1 + TABLE_SECTORS;

/** The first three fields of a GUID are little-endian on disk. */
function swapGuid(uuid: Uint8Array): Buffer {
  const b = Buffer.from(uuid);
  b.subarray(0, 4).reverse();
  b.subarray(4, 6).reverse();
  b.subarray(6, 8).reverse();
  return b;
}

function encodeEntries(partitions: GptPartition[]): Buffer {
  const b = Buffer.alloc(ENTRIES * ENTRY_SIZE);
  partitions.forEach((partition, n) => {
    const at = n * ENTRY_SIZE;
    b.set(swapGuid(parseUuid(partition.type)), at); // PartitionTypeGUID
    b.set(swapGuid(partition.uuid), at + 16); // UniquePartitionGUID
    b.writeBigUInt64LE(BigInt(partition.first), at + 32); // StartingLBA
    b.writeBigUInt64LE(BigInt(partition.last), at + 40); // EndingLBA
    b.write(partition.name, at + 56, 72, 'utf16le'); // PartitionName
  });
  return b;
}

function encodeHeader(table: GptTable, entries: Buffer, my: number, alternate: number, entriesAt: number): Buffer {
  const b = Buffer.alloc(SECTOR);
  b.write(SIGNATURE, 0, 'latin1'); // Signature
  b.writeUInt32LE(0x00010000, 8); // Revision
  b.writeUInt32LE(92, 12); // HeaderSize
  b.writeBigUInt64LE(BigInt(my), 24); // MyLBA
  b.writeBigUInt64LE(BigInt(alternate), 32); // AlternateLBA
  b.writeBigUInt64LE(BigInt(FIRST_USABLE), 40); // FirstUsableLBA
  b.writeBigUInt64LE(BigInt(table.sectors - 1 - BACKUP_SECTORS), 48); // LastUsableLBA
  b.set(swapGuid(table.uuid), 56); // DiskGUID
  b.writeBigUInt64LE(BigInt(entriesAt), 72); // PartitionEntryLBA
  b.writeUInt32LE(ENTRIES, 80); // NumberOfPartitionEntries
  b.writeUInt32LE(ENTRY_SIZE, 84); // SizeOfPartitionEntry
  b.writeUInt32LE(crc32(entries), 88); // PartitionEntryArrayCRC32
  b.writeUInt32LE(crc32(b.subarray(0, 92)), 16); // HeaderCRC32, over the header with this field zero
  return b;
}

/** Sectors 0 to 33: protective MBR with room for boot code, header, entries. */
export function encodePrimaryGpt(table: GptTable, bootCode: Uint8Array | undefined): Buffer {
  const entries = encodeEntries(table.partitions);
  const mbr = encodeMbr(bootCode, 0, [{ start: 1, length: table.sectors - 1, type: 0xee, active: false }]);
  return Buffer.concat([mbr, encodeHeader(table, entries, 1, table.sectors - 1, 2), entries]);
}

/** The disk's last 33 sectors: entries, header. */
export function encodeBackupGpt(table: GptTable): Buffer {
  const entries = encodeEntries(table.partitions);
  return Buffer.concat([entries, encodeHeader(table, entries, table.sectors - 1, 1, table.sectors - BACKUP_SECTORS)]);
}

/** From the disk's first 34 sectors. Throws when a checksum is wrong. */
export function decodePrimaryGpt(b: Buffer): GptTable {
  const header = Buffer.from(b.subarray(SECTOR, 2 * SECTOR));
  if (header.toString('latin1', 0, 8) !== SIGNATURE) throw new Error('no GPT: wrong signature');
  const expected = header.readUInt32LE(16);
  header.writeUInt32LE(0, 16);
  if (crc32(header.subarray(0, 92)) !== expected) throw new Error('GPT header: wrong checksum');
  const entries = b.subarray(2 * SECTOR, 2 * SECTOR + ENTRIES * ENTRY_SIZE);
  if (crc32(entries) !== header.readUInt32LE(88)) throw new Error('GPT entries: wrong checksum');
  const partitions = Array.from({ length: ENTRIES }, (_, n) => entries.subarray(n * ENTRY_SIZE, (n + 1) * ENTRY_SIZE))
    .filter((entry) => entry.subarray(0, 16).some((byte) => byte !== 0))
    .map(
      (entry): GptPartition => ({
        type: uuidText(swapGuid(entry.subarray(0, 16))),
        uuid: swapGuid(entry.subarray(16, 32)),
        first: Number(entry.readBigUInt64LE(32)),
        last: Number(entry.readBigUInt64LE(40)),
        name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
      }),
    );
  return { sectors: Number(header.readBigUInt64LE(32)) + 1, uuid: swapGuid(header.subarray(56, 72)), partitions };
}
