/** Loads GRUB's kernel.img, an ELF file, as grub-mkimage's load_image32 does for i386-pc. */
import { ELF, ELF32, ELFCLASS32, elfClass } from '../../base/elf.ts';

const SHT_PROGBITS = 1;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;

/** GRUB_KERNEL_I386_PC_LINK_ADDR */
const LINK_ADDRESS = 0x9000;

interface Section {
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  align: number;
}

function readSections(elf: Buffer): Section[] {
  if (elfClass(elf) !== ELFCLASS32) throw new Error('kernel.img is not a 32-bit little-endian ELF file');
  const table = elf.readUInt32LE(ELF32.e_shoff);
  const entrySize = elf.readUInt16LE(ELF32.e_shentsize);
  return Array.from({ length: elf.readUInt16LE(ELF32.e_shnum) }, (_, n) => table + n * entrySize).map((at) => ({
    type: elf.readUInt32LE(at + ELF.sh_type),
    flags: elf.readUInt32LE(at + ELF.sh_flags),
    address: elf.readUInt32LE(at + ELF32.sh_addr),
    offset: elf.readUInt32LE(at + ELF32.sh_offset),
    size: elf.readUInt32LE(at + ELF32.sh_size),
    align: Math.max(1, elf.readUInt32LE(at + ELF32.sh_addralign)),
  }));
}

/** Returns code, then data, packed as their alignments allow, without .bss. The modules follow directly. */
export function loadKernelImage(file: Uint8Array): Buffer {
  const elf = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const sections = readSections(elf).filter((section) => section.type === SHT_PROGBITS && section.flags & SHF_ALLOC);
  const text = sections.filter((section) => section.flags & SHF_EXECINSTR);
  if (text[0]?.address !== LINK_ADDRESS) throw new Error(`kernel.img is linked for ${text[0]?.address}, not for ${LINK_ADDRESS}`);
  const parts: Buffer[] = [];
  let end = 0;
  for (const section of [...text, ...sections.filter((s) => !(s.flags & SHF_EXECINSTR))]) {
    const start = Math.ceil(end / section.align) * section.align;
    parts.push(Buffer.alloc(start - end), elf.subarray(section.offset, section.offset + section.size));
    end = start + section.size;
  }
  return Buffer.concat(parts);
}

/** Returns the number of bytes that the kernel needs after its image in memory, for variables that begin as zero. */
export function bssSize(file: Uint8Array): number {
  const elf = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  return readSections(elf)
    .filter((section) => section.type === SHT_NOBITS)
    .reduce((sum, section) => sum + section.size, 0);
}
