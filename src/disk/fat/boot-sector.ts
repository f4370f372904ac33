/** Boot sector and FSInfo: fatgen103, sections "Boot Sector and BPB" and "FAT32 FSInfo". */
import { BOOT_SIGNATURE } from '../mbr/partition-table.ts';
import { SECTOR, type FatGeometry } from './geometry.ts';

/** BPB_Media and the low byte of the FAT's first entry. */
export const MEDIA_FIXED = 0xf8;
/** The BIOS's number of the first disk. */
const FIRST_DISK = 0x80;
/** The first cluster, and sectors of FAT32. */
const FIRST_CLUSTER = 2;
const FS_INFO_SECTOR = 1;
export const BACKUP_BOOT_SECTOR = 6;
const EXTENDED_BOOT_SIGNATURE = 0x29;
const FS_INFO_SIGNATURE = { lead: 0x41615252, structure: 0x61417272, trail: 0xaa550000 } as const;

export interface FatVolume {
  geometry: FatGeometry;
  volumeId: number;
  /** 11 characters, upper case. */
  label: string;
  /** Sectors before the volume on its disk. */
  hiddenSectors: number;
  freeClusters: number;
  nextFree: number;
}

export function paddedLabel(label: string): string {
  return label.toUpperCase().slice(0, 11).padEnd(11);
}

export function encodeBootSector({ geometry: g, volumeId, label, hiddenSectors }: FatVolume): Buffer {
  const b = Buffer.alloc(SECTOR);
  b.set([0xeb, g.bits === 32 ? 0x58 : 0x3c, 0x90], 0); // BS_jmpBoot
  b.write('MSDOS5.0', 3, 'latin1'); // BS_OEMName: some readers require this one
  b.writeUInt16LE(SECTOR, 11); // BPB_BytsPerSec
  b.writeUInt8(g.sectorsPerCluster, 13); // BPB_SecPerClus
  b.writeUInt16LE(g.reservedSectors, 14); // BPB_RsvdSecCnt
  b.writeUInt8(2, 16); // BPB_NumFATs
  b.writeUInt16LE(g.rootEntries, 17); // BPB_RootEntCnt
  const small = g.bits !== 32 && g.sectors < 0x10000;
  b.writeUInt16LE(small ? g.sectors : 0, 19); // BPB_TotSec16
  b.writeUInt8(MEDIA_FIXED, 21); // BPB_Media
  b.writeUInt16LE(g.bits === 32 ? 0 : g.fatSectors, 22); // BPB_FATSz16
  b.writeUInt16LE(63, 24); // BPB_SecPerTrk
  b.writeUInt16LE(255, 26); // BPB_NumHeads
  b.writeUInt32LE(hiddenSectors, 28); // BPB_HiddSec
  b.writeUInt32LE(small ? 0 : g.sectors, 32); // BPB_TotSec32
  const tail = g.bits === 32 ? 64 : 36;
  if (g.bits === 32) {
    b.writeUInt32LE(g.fatSectors, 36); // BPB_FATSz32
    b.writeUInt32LE(FIRST_CLUSTER, 44); // BPB_RootClus
    b.writeUInt16LE(FS_INFO_SECTOR, 48); // BPB_FSInfo
    b.writeUInt16LE(BACKUP_BOOT_SECTOR, 50); // BPB_BkBootSec
  }
  b.writeUInt8(FIRST_DISK, tail); // BS_DrvNum
  b.writeUInt8(EXTENDED_BOOT_SIGNATURE, tail + 2); // BS_BootSig: the next three fields are present
  b.writeUInt32LE(volumeId >>> 0, tail + 3); // BS_VolID
  b.write(paddedLabel(label), tail + 7, 'latin1'); // BS_VolLab
  b.write(`FAT${g.bits}   `, tail + 18, 'latin1'); // BS_FilSysType
  b.writeUInt16LE(BOOT_SIGNATURE, 510); // Signature_word
  return b;
}

export function encodeFsInfo({ freeClusters, nextFree }: FatVolume): Buffer {
  const b = Buffer.alloc(SECTOR);
  b.writeUInt32LE(FS_INFO_SIGNATURE.lead, 0); // FSI_LeadSig
  b.writeUInt32LE(FS_INFO_SIGNATURE.structure, 484); // FSI_StrucSig
  b.writeUInt32LE(freeClusters, 488); // FSI_Free_Count
  b.writeUInt32LE(nextFree, 492); // FSI_Nxt_Free
  b.writeUInt32LE(FS_INFO_SIGNATURE.trail, 508); // FSI_TrailSig
  return b;
}
