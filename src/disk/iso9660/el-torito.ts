/** Bootable images: El Torito 1.0 (Phoenix, IBM), with the platform of UEFI (specification 2.10, section 13.3.2). */
import { SECTOR } from './encoding.ts';

export const PLATFORM = { bios: 0, efi: 0xef } as const;
export type Platform = keyof typeof PLATFORM;
export const CATALOG_SIZE = SECTOR;

const ENTRY_SIZE = 32;
const BOOTABLE = 0x88;
const SECTION_HEADER = 0x90;
const LAST_SECTION_HEADER = 0x91;
/** Sectors of 512 bytes that a BIOS loads: GRUB's cdboot.img, which loads the rest itself. */
const BIOS_LOAD = 4;
const MOST_LOAD = 65_535;
/** Where in a BIOS's image is its own place (mkisofs -boot-info-table). */
const INFO_TABLE = 8;
const CHECKED_FROM = 64;

export interface BootEntry {
  platform: Platform;
  /** Of 2048 bytes. */
  sector: number;
  /** Bytes of the image. */
  size: number;
}

/** None of them emulates a floppy or a hard disk. The first is the default; each further one has a section of its own. */
export function encodeCatalog([first, ...more]: BootEntry[]): Buffer {
  const entries = [validationEntry(PLATFORM[first!.platform]), bootEntry(first!)];
  more.forEach((entry, n) => entries.push(sectionHeader(entry, n === more.length - 1), bootEntry(entry)));
  return Buffer.concat(entries, CATALOG_SIZE);
}

function validationEntry(platform: number): Buffer {
  const b = Buffer.alloc(ENTRY_SIZE);
  b.writeUInt8(1, 0); // header ID
  b.writeUInt8(platform, 1); // platform ID
  b.writeUInt16LE(0xaa55, 30); // key bytes
  let sum = 0;
  for (let at = 0; at < ENTRY_SIZE; at += 2) sum += b.readUInt16LE(at);
  b.writeUInt16LE(-sum & 0xffff, 28); // checksum word
  return b;
}

function sectionHeader({ platform }: BootEntry, isLast: boolean): Buffer {
  const b = Buffer.alloc(ENTRY_SIZE);
  b.writeUInt8(isLast ? LAST_SECTION_HEADER : SECTION_HEADER, 0); // header indicator
  b.writeUInt8(PLATFORM[platform], 1); // platform ID
  b.writeUInt16LE(1, 2); // number of section entries
  return b;
}

function bootEntry({ platform, sector, size }: BootEntry): Buffer {
  const b = Buffer.alloc(ENTRY_SIZE);
  const sectors = Math.ceil(size / 512);
  b.writeUInt8(BOOTABLE, 0); // boot indicator
  // For UEFI, 0 means all that follows.
  b.writeUInt16LE(platform === 'bios' ? BIOS_LOAD : sectors > MOST_LOAD ? 0 : sectors, 6); // sector count
  b.writeUInt32LE(sector, 8); // load RBA
  return b;
}

/** Tells an image for a BIOS where it is. */
export function writeBootInfoTable(image: Buffer, sector: number): void {
  image.fill(0, INFO_TABLE, CHECKED_FROM);
  let sum = 0;
  for (let at = CHECKED_FROM; at < image.length; at += 4) sum = (sum + wordAt(image, at)) >>> 0;
  image.writeUInt32LE(16, INFO_TABLE); // bi_pvd
  image.writeUInt32LE(sector, INFO_TABLE + 4); // bi_file
  image.writeUInt32LE(image.length, INFO_TABLE + 8); // bi_length
  image.writeUInt32LE(sum, INFO_TABLE + 12); // bi_csum
}

function wordAt(b: Buffer, at: number): number {
  return at + 4 <= b.length ? b.readUInt32LE(at) : Buffer.concat([b.subarray(at)], 4).readUInt32LE(0);
}
