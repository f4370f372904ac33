/** Miniature GRUB files: just enough of a kernel.img of each kind for packing it. */
import { BIOS_MODULES } from '../../src/disk/image/bios-core.ts';

const TEXT_ADDRESS = 0x9000;

export interface ElfSection {
  type: number;
  flags: number;
  address: number;
  align: number;
  bytes: Buffer;
  /** The size of a section without bytes. */
  size?: number;
  link?: number;
  info?: number;
}

const NONE: ElfSection = { type: 0, flags: 0, address: 0, align: 0, bytes: Buffer.alloc(0) };

/** A 32-bit ELF file with these sections. */
export function elf32(sections: ElfSection[]): Buffer {
  const all = [NONE, ...sections];
  const header = Buffer.alloc(52);
  header.write('\x7fELF\x01\x01', 0, 'latin1');
  header.writeUInt16LE(40, 0x2e);
  header.writeUInt16LE(all.length, 0x30);
  let offset = 52;
  const table = all.map(({ type, flags, address, align, bytes, size }) => {
    const b = Buffer.alloc(40);
    [0, type, flags, address, offset, size ?? bytes.length, 0, 0, align, 0].forEach((value, n) => b.writeUInt32LE(value, 4 * n));
    offset += bytes.length;
    return b;
  });
  header.writeUInt32LE(offset, 0x20);
  return Buffer.concat([header, ...all.map(({ bytes }) => bytes), ...table]);
}

/** A relocatable 64-bit ELF file. */
export function elf64(sections: ElfSection[]): Buffer {
  const all = [NONE, ...sections];
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 0, 'latin1');
  header.writeUInt16LE(1, 0x10);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(all.length, 0x3c);
  let offset = 64;
  const table = all.map(({ type, flags, address, align, bytes, size, link, info }) => {
    const b = Buffer.alloc(64);
    b.writeUInt32LE(type, 4);
    [flags, address, offset, size ?? bytes.length].forEach((value, n) => b.writeBigUInt64LE(BigInt(value), 8 + 8 * n));
    b.writeUInt32LE(link ?? 0, 0x28);
    b.writeUInt32LE(info ?? 0, 0x2c);
    b.writeBigUInt64LE(BigInt(align), 0x30);
    offset += bytes.length;
    return b;
  });
  header.writeBigUInt64LE(BigInt(offset), 0x28);
  return Buffer.concat([header, ...all.map(({ bytes }) => bytes), ...table]);
}

const PROGBITS = 1;
const NOBITS = 8;

/** `names` of the modules: every requested module must be among them. */
function folder(names: string[], prefix: string, files: Record<string, Uint8Array>): Record<string, Uint8Array> {
  const modules = Object.fromEntries(names.map((name) => [`${name}.mod`, Buffer.from(`module ${name}`)]));
  const all: Record<string, Uint8Array> = { ...files, ...modules, 'moddep.lst': Buffer.from(names.map((name) => `${name}:\n`).join('')) };
  return Object.fromEntries(Object.entries(all).map(([name, bytes]) => [`${prefix}/${name}`, bytes]));
}

const MODULES = [...BIOS_MODULES, 'fat', 'font', 'iso9660'];

export function biosGrubFiles(prefix: string): Record<string, Uint8Array> {
  const kernel = elf32([
    { type: PROGBITS, flags: 6, address: TEXT_ADDRESS, align: 1, bytes: Buffer.alloc(5000, 0x90) },
    { type: PROGBITS, flags: 3, address: 0xa3a0, align: 32, bytes: Buffer.alloc(300, 7) },
    { type: NOBITS, flags: 3, address: 0xa4e0, align: 32, bytes: Buffer.alloc(0), size: 4000 },
  ]);
  return folder(MODULES, prefix, {
    'kernel.img': kernel,
    'boot.img': Buffer.alloc(512, 0xb0),
    'diskboot.img': Buffer.alloc(512, 0xdb),
    'cdboot.img': Buffer.alloc(2048, 0xcd),
    'boot_hybrid.img': Buffer.alloc(512, 0xb1),
    'lzma_decompress.img': Buffer.alloc(2848, 0x1d),
  });
}

/** Code whose entry point is at offset 16 and that contains the address of a variable and the distance to it. */
export function efiKernel(): Buffer {
  const symbols = Buffer.alloc(3 * 24);
  symbols.writeUInt32LE(1, 24); // _start, 16 bytes into section 1
  symbols.writeUInt16LE(1, 24 + 6);
  symbols.writeBigUInt64LE(16n, 24 + 8);
  symbols.writeUInt16LE(2, 48 + 6); // a variable, 8 bytes into section 2
  symbols.writeBigUInt64LE(8n, 48 + 8);
  const relocation = (offset: number, kind: number, addend: number): Buffer => {
    const b = Buffer.alloc(24);
    b.writeBigUInt64LE(BigInt(offset), 0);
    b.writeUInt32LE(kind, 8);
    b.writeUInt32LE(2, 12);
    b.writeBigInt64LE(BigInt(addend), 16);
    return b;
  };
  return elf64([
    { type: PROGBITS, flags: 6, address: 0, align: 1, bytes: Buffer.alloc(100, 0x90) },
    { type: PROGBITS, flags: 3, address: 0, align: 32, bytes: Buffer.alloc(64, 7) },
    { type: NOBITS, flags: 3, address: 0, align: 32, bytes: Buffer.alloc(0), size: 5000 },
    { type: 4, flags: 0, address: 0, align: 8, bytes: Buffer.concat([relocation(24, 1, 4), relocation(40, 2, -4)]), link: 5, info: 1 },
    { type: 2, flags: 0, address: 0, align: 8, bytes: symbols, link: 6 },
    { type: 3, flags: 0, address: 0, align: 1, bytes: Buffer.from('\0_start\0') },
  ]);
}

export function efiGrubFiles(prefix: string): Record<string, Uint8Array> {
  return folder(
    MODULES.filter((name) => name !== 'biosdisk' && name !== 'linux16'),
    prefix,
    { 'kernel.img': efiKernel() },
  );
}
