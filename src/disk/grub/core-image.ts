/** core.img for BIOS: what `grub-mkimage -O i386-pc` writes. diskboot.img, decompressor, then kernel and modules, LZMA-packed. */
import { lzmaEncode } from '../lzma/encoder.ts';
import { bssSize, loadKernelImage } from './kernel-image.ts';
import { encodeModuleArea, type GrubFolder, type ModuleArea } from './modules.ts';

const SECTOR = 512;
/** Between the kernel's link address and the end of the memory that the BIOS leaves free; include/grub/offsets.h. */
const LINK_ADDRESS = 0x9000;
const MAX_END = 0x78000;
/** The segment to which the rest of core.img is loaded: GRUB_BOOT_I386_PC_KERNEL_SEG and the sector of diskboot.img. */
const LOAD_SEGMENT = 0x820;
/** Machine code. */
const TWO_NOPS = 0x9090;

/** Returns whole sectors, to be completed by `placeCoreImage`. */
export function makeCoreImage(folder: GrubFolder, area: ModuleArea): Buffer {
  const kernelFile = folder.read('kernel.img');
  const payload = Buffer.concat([loadKernelImage(kernelFile), encodeModuleArea(folder, area)]);
  const packed = lzmaEncode(payload);
  const decompressor = Buffer.from(folder.read('lzma_decompress.img'));
  decompressor.writeUInt32LE(packed.length, 0x08); // compressed_size
  decompressor.writeUInt32LE(payload.length, 0x0c); // uncompressed_size
  const core = Buffer.concat([decompressor, packed]);
  if (LINK_ADDRESS + core.length + bssSize(kernelFile) > MAX_END) {
    throw new Error(`GRUB's core image of ${core.length} bytes is too big for a BIOS: leave out modules`);
  }
  const sectors = Math.ceil(core.length / SECTOR);
  return Buffer.concat([Buffer.from(folder.read('diskboot.img')), core], SECTOR * (1 + sectors));
}

/** Returns the image for a disk on which it begins at sector `lba`: diskboot.img contains the position of the rest. */
export function placeCoreImage(image: Uint8Array, lba: number): Buffer {
  const b = Buffer.from(image);
  // struct grub_pc_bios_boot_blocklist, at the end of diskboot.img
  b.writeBigUInt64LE(BigInt(lba + 1), 500); // start
  b.writeUInt16LE(b.length / SECTOR - 1, 508); // len
  b.writeUInt16LE(LOAD_SEGMENT, 510); // segment
  return b;
}

/** Returns boot.img for a disk's first sector, with the position of core.img. */
export function placeBootImage(bootImage: Uint8Array, coreLba: number): Buffer {
  const b = Buffer.from(bootImage);
  b.writeBigUInt64LE(BigInt(coreLba), 0x5c); // kernel_sector
  // Replaces a jump over the check of the drive's number: some BIOSes pass a wrong one for hard disks.
  b.writeUInt16LE(TWO_NOPS, 0x66); // boot_drive_check
  return b;
}
