/** The MBR's partition table: UEFI specification 2.10, section 5.2. */
export const SECTOR = 512;
/** Bytes of sector 0 for boot code. */
export const BOOT_CODE_SIZE = 440;

export interface MbrPartition {
  /** Sectors. */
  start: number;
  length: number;
  /** 0x83 Linux, 0xee protective, 0xef EFI system partition. */
  type: number;
  active: boolean;
}

/** Offsets in sector 0, by the spec's names. */
const FIELD = { UniqueMBRDiskSignature: 0x1b8, PartitionRecord: 0x1be, Signature: 0x1fe } as const;
/** Offsets in a partition record. */
const RECORD = { BootIndicator: 0, StartingCHS: 1, OSType: 4, EndingCHS: 5, StartingLBA: 8, SizeInLBA: 12 } as const;
const RECORD_SIZE = 16;
export const BOOT_SIGNATURE = 0xaa55;
const ACTIVE = 0x80;
/** The geometry that CHS addresses assume, and their largest cylinder. */
const [HEADS, SECTORS_PER_TRACK, LAST_CYLINDER] = [255, 63, 1023];
const MAX_SECTORS = 2 ** 32 - 1;

/** Sector 0: boot code (up to 440 bytes), disk signature, up to four partitions. */
export function encodeMbr(bootCode: Uint8Array | undefined, signature: number, partitions: MbrPartition[]): Buffer {
  const b = Buffer.alloc(SECTOR);
  if (bootCode) b.set(bootCode.subarray(0, BOOT_CODE_SIZE));
  b.writeUInt32LE(signature >>> 0, FIELD.UniqueMBRDiskSignature);
  partitions.forEach((partition, n) => {
    const at = FIELD.PartitionRecord + RECORD_SIZE * n;
    b.writeUInt8(partition.active ? ACTIVE : 0, at + RECORD.BootIndicator);
    encodeChs(b, at + RECORD.StartingCHS, partition.start);
    b.writeUInt8(partition.type, at + RECORD.OSType);
    encodeChs(b, at + RECORD.EndingCHS, partition.start + partition.length - 1);
    b.writeUInt32LE(partition.start, at + RECORD.StartingLBA);
    b.writeUInt32LE(Math.min(partition.length, MAX_SECTORS), at + RECORD.SizeInLBA);
  });
  b.writeUInt16LE(BOOT_SIGNATURE, FIELD.Signature);
  return b;
}

/** Sectors beyond the last cylinder are ff ff ff. */
function encodeChs(b: Buffer, at: number, sector: number): void {
  const cylinder = Math.floor(sector / (HEADS * SECTORS_PER_TRACK));
  if (cylinder > LAST_CYLINDER) {
    b.fill(0xff, at, at + 3);
    return;
  }
  b.writeUInt8(Math.floor(sector / SECTORS_PER_TRACK) % HEADS, at);
  b.writeUInt8(((cylinder >> 8) << 6) | ((sector % SECTORS_PER_TRACK) + 1), at + 1);
  b.writeUInt8(cylinder & 0xff, at + 2);
}

export function decodeMbr(b: Buffer): MbrPartition[] {
  if (b.readUInt16LE(FIELD.Signature) !== BOOT_SIGNATURE) throw new Error('no MBR: wrong signature');
  return [0, 1, 2, 3]
    .map((n) => FIELD.PartitionRecord + RECORD_SIZE * n)
    .filter((at) => b[at + RECORD.OSType] !== 0)
    .map((at) => ({
      active: b[at + RECORD.BootIndicator] === ACTIVE,
      type: b[at + RECORD.OSType]!,
      start: b.readUInt32LE(at + RECORD.StartingLBA),
      length: b.readUInt32LE(at + RECORD.SizeInLBA),
    }));
}
