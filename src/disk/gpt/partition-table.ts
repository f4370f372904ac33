/** GUID partition tables: UEFI specification 2.10, section 5.3. Sectors of 512 bytes, 128 entries of 128 bytes. */
import { crc32 } from '../../base/crc32.ts';
import { encodeMbr, SECTOR } from '../mbr/partition-table.ts';
import { mixedEndian, parseUuid, uuidText } from '../seeded-uuid.ts';

export const PARTITION_TYPE = {
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  /** XBOOTLDR of the Boot Loader Specification, mounted at /boot. */
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
/** Offsets in the header, by the spec's names. */
const HEADER = {
  Signature: 0,
  Revision: 8,
  HeaderSize: 12,
  HeaderCRC32: 16,
  MyLBA: 24,
  AlternateLBA: 32,
  FirstUsableLBA: 40,
  LastUsableLBA: 48,
  DiskGUID: 56,
  PartitionEntryLBA: 72,
  NumberOfPartitionEntries: 80,
  SizeOfPartitionEntry: 84,
  PartitionEntryArrayCRC32: 88,
} as const;
const HEADER_SIZE = 92;
/** Offsets in an entry. */
const ENTRY = { PartitionTypeGUID: 0, UniquePartitionGUID: 16, StartingLBA: 32, EndingLBA: 40, PartitionName: 56 } as const;
const GUID_SIZE = 16;
const REVISION_1_0 = 0x00010000;
/** OSType of the MBR's partition that covers the disk. */
const PROTECTIVE = 0xee;
const SIGNATURE = 'EFI PART';
/** MBR, header and entries precede the first usable sector; a copy of the latter two follows the last one. */
export const FIRST_USABLE = 2 + TABLE_SECTORS;
export const BACKUP_SECTORS = 1 + TABLE_SECTORS;

function encodeEntries(partitions: GptPartition[]): Buffer {
  const b = Buffer.alloc(ENTRIES * ENTRY_SIZE);
  partitions.forEach((partition, n) => {
    const at = n * ENTRY_SIZE;
    b.set(mixedEndian(parseUuid(partition.type)), at + ENTRY.PartitionTypeGUID);
    b.set(mixedEndian(partition.uuid), at + ENTRY.UniquePartitionGUID);
    b.writeBigUInt64LE(BigInt(partition.first), at + ENTRY.StartingLBA);
    b.writeBigUInt64LE(BigInt(partition.last), at + ENTRY.EndingLBA);
    b.write(partition.name, at + ENTRY.PartitionName, ENTRY_SIZE - ENTRY.PartitionName, 'utf16le');
  });
  return b;
}

function encodeHeader(table: GptTable, entries: Buffer, my: number, alternate: number, entriesAt: number): Buffer {
  const b = Buffer.alloc(SECTOR);
  b.write(SIGNATURE, HEADER.Signature, 'latin1');
  b.writeUInt32LE(REVISION_1_0, HEADER.Revision);
  b.writeUInt32LE(HEADER_SIZE, HEADER.HeaderSize);
  b.writeBigUInt64LE(BigInt(my), HEADER.MyLBA);
  b.writeBigUInt64LE(BigInt(alternate), HEADER.AlternateLBA);
  b.writeBigUInt64LE(BigInt(FIRST_USABLE), HEADER.FirstUsableLBA);
  b.writeBigUInt64LE(BigInt(table.sectors - 1 - BACKUP_SECTORS), HEADER.LastUsableLBA);
  b.set(mixedEndian(table.uuid), HEADER.DiskGUID);
  b.writeBigUInt64LE(BigInt(entriesAt), HEADER.PartitionEntryLBA);
  b.writeUInt32LE(ENTRIES, HEADER.NumberOfPartitionEntries);
  b.writeUInt32LE(ENTRY_SIZE, HEADER.SizeOfPartitionEntry);
  b.writeUInt32LE(crc32(entries), HEADER.PartitionEntryArrayCRC32);
  b.writeUInt32LE(crc32(b.subarray(0, HEADER_SIZE)), HEADER.HeaderCRC32); // over the header with this field zero
  return b;
}

/** Sectors 0 to 33: protective MBR with room for boot code, header, entries. */
export function encodePrimaryGpt(table: GptTable, bootCode: Uint8Array | undefined): Buffer {
  const entries = encodeEntries(table.partitions);
  const mbr = encodeMbr(bootCode, 0, [{ start: 1, length: table.sectors - 1, type: PROTECTIVE, active: false }]);
  return Buffer.concat([mbr, encodeHeader(table, entries, 1, table.sectors - 1, 2), entries]);
}

/** The disk's last 33 sectors: entries, header. */
export function encodeBackupGpt(table: GptTable): Buffer {
  const entries = encodeEntries(table.partitions);
  return Buffer.concat([entries, encodeHeader(table, entries, table.sectors - 1, 1, table.sectors - BACKUP_SECTORS)]);
}

function guidAt(b: Buffer, at: number): Buffer {
  return b.subarray(at, at + GUID_SIZE);
}

/** Reads the disk's first 34 sectors. Throws when a checksum is wrong. */
export function decodePrimaryGpt(b: Buffer): GptTable {
  const header = Buffer.from(b.subarray(SECTOR, 2 * SECTOR));
  if (header.toString('latin1', HEADER.Signature, HEADER.Signature + SIGNATURE.length) !== SIGNATURE)
    throw new Error('no GPT: wrong signature');
  const expected = header.readUInt32LE(HEADER.HeaderCRC32);
  header.writeUInt32LE(0, HEADER.HeaderCRC32);
  if (crc32(header.subarray(0, HEADER_SIZE)) !== expected) throw new Error('GPT header: wrong checksum');
  const entries = b.subarray(2 * SECTOR, 2 * SECTOR + ENTRIES * ENTRY_SIZE);
  if (crc32(entries) !== header.readUInt32LE(HEADER.PartitionEntryArrayCRC32)) throw new Error('GPT entries: wrong checksum');
  const partitions = Array.from({ length: ENTRIES }, (_, n) => entries.subarray(n * ENTRY_SIZE, (n + 1) * ENTRY_SIZE))
    .filter((entry) => entry.subarray(0, GUID_SIZE).some((byte) => byte !== 0))
    .map(
      (entry): GptPartition => ({
        type: uuidText(mixedEndian(guidAt(entry, ENTRY.PartitionTypeGUID))),
        uuid: mixedEndian(guidAt(entry, ENTRY.UniquePartitionGUID)),
        first: Number(entry.readBigUInt64LE(ENTRY.StartingLBA)),
        last: Number(entry.readBigUInt64LE(ENTRY.EndingLBA)),
        name: entry.toString('utf16le', ENTRY.PartitionName, ENTRY_SIZE).replace(/\0.*$/s, ''),
      }),
    );
  return {
    sectors: Number(header.readBigUInt64LE(HEADER.AlternateLBA)) + 1,
    uuid: mixedEndian(guidAt(header, HEADER.DiskGUID)),
    partitions,
  };
}
