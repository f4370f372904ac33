/** The MBR's partition table: UEFI specification 2.10, section 5.2. */
export const SECTOR = 512;
/** What boot code may use of sector 0. */
export const BOOT_CODE_SIZE = 440;

export interface MbrPartition {
  /** Sectors. */
  start: number;
  length: number;
  /** 0x83 Linux, 0xee protective, 0xef EFI system partition. */
  type: number;
  active: boolean;
}

const MAX_SECTORS = 2 ** 32 - 1;

/** Sector 0: boot code (up to 440 bytes), disk signature, up to four partitions. */
export function encodeMbr(bootCode: Uint8Array | undefined, signature: number, partitions: MbrPartition[]): Buffer {
  const b = Buffer.alloc(SECTOR);
  if (bootCode) b.set(bootCode.subarray(0, BOOT_CODE_SIZE));
  b.writeUInt32LE(signature >>> 0, 0x1b8); // UniqueMBRDiskSignature
  partitions.forEach((partition, n) => {
    const at = 0x1be + 16 * n;
    b.writeUInt8(partition.active ? 0x80 : 0, at); // BootIndicator
    encodeChs(b, at + 1, partition.start); // StartingCHS
    b.writeUInt8(partition.type, at + 4); // OSType
    encodeChs(b, at + 5, partition.start + partition.length - 1); // EndingCHS
    b.writeUInt32LE(partition.start, at + 8); // StartingLBA
    b.writeUInt32LE(Math.min(partition.length, MAX_SECTORS), at + 12); // SizeInLBA
  });
  b.writeUInt16LE(0xaa55, 0x1fe); // Signature
  return b;
}

/** For 255 heads of 63 sectors; what lies beyond the 1024th cylinder is ff ff ff. */
function encodeChs(b: Buffer, at: number, sector: number): void {
  const cylinder = Math.floor(sector / (255 * 63));
  if (cylinder > 1023) {
    b.fill(0xff, at, at + 3);
    return;
  }
  b.writeUInt8(Math.floor(sector / 63) % 255, at);
  b.writeUInt8(((cylinder >> 8) << 6) | ((sector % 63) + 1), at + 1);
  b.writeUInt8(cylinder & 0xff, at + 2);
}

export function decodeMbr(b: Buffer): MbrPartition[] {
  if (b.readUInt16LE(0x1fe) !== 0xaa55) throw new Error('no MBR: wrong signature');
  return [0, 1, 2, 3]
    .map((n) => 0x1be + 16 * n)
    .filter((at) => b[at + 4] !== 0)
    .map((at) => ({
      active: b[at] === 0x80,
      type: b[at + 4]!,
      start: b.readUInt32LE(at + 8),
      length: b.readUInt32LE(at + 12),
    }));
}
