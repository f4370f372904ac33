/** GRUB on an ISO 9660 volume: started by a BIOS from a disc (El Torito) or from a disk that has the image (its first sector). */
import { placeCoreImage } from '../grub/core-image.ts';
import { BOOT_CODE_SIZE } from '../mbr/partition-table.ts';
import { writeBootInfoTable } from './el-torito.ts';
import { SECTOR } from './encoding.ts';

/** Sectors of 512 bytes in one of the volume's, as a disk counts them. */
const DISK_SECTORS = SECTOR / 512;
/** GRUB_BOOT_MACHINE_KERNEL_SECTOR of boot_hybrid.img: where it reads core.img's first sector from. */
const HYBRID_KERNEL_SECTOR = 0x1b0;

/** GRUB's files for BIOSes, from the folder i386-pc. */
export interface GrubCd {
  /** cdboot.img: a sector of the volume. */
  cdboot: Uint8Array;
  /** From `makeCoreImage`. */
  core: Uint8Array;
  /** boot_hybrid.img, if the image is also for disks. */
  hybrid?: Uint8Array;
}

/** Bytes of the boot image. */
export function bootImageSize({ cdboot, core }: GrubCd): number {
  return cdboot.length + core.length;
}

/** cdboot.img, then core.img, both with their place. */
export function placeBootImage({ cdboot, core }: GrubCd, sector: number): Buffer {
  const diskSector = sector * DISK_SECTORS + cdboot.length / 512;
  const image = Buffer.concat([cdboot, placeCoreImage(core, diskSector)]);
  writeBootInfoTable(image, sector);
  return image;
}

/** The code of a disk's first sector. */
export function placeHybridCode({ cdboot, hybrid }: GrubCd, sector: number): Buffer | undefined {
  if (!hybrid) return undefined;
  const code = Buffer.from(hybrid.subarray(0, BOOT_CODE_SIZE));
  code.writeBigUInt64LE(BigInt(sector * DISK_SECTORS + cdboot.length / 512), HYBRID_KERNEL_SECTOR);
  return code;
}
