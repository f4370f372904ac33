/** The layout of ELF files, as far as it is read here. Spec: refspecs.linuxfoundation.org/elf/gabi4+/contents.html. */

/** The first four bytes, big-endian. */
const MAGIC = 0x7f454c46;
/** Indices of the bytes after the magic number, and their values. */
const [EI_CLASS, EI_DATA] = [4, 5];
const ELFDATA2LSB = 1;
export const ELFCLASS32 = 1;
export const ELFCLASS64 = 2;

/** Bytes of the header of a 64-bit file; that of a 32-bit one is shorter. */
export const ELF_HEADER_SIZE = 64;
/** Offsets that files of both classes share. */
export const ELF = { e_type: 0x10, e_machine: 0x12, p_type: 0, sh_name: 0, sh_type: 4, sh_flags: 8 } as const;

/** Field offsets of a 32-bit file: in the file's header (e_), a section's (sh_), a segment's (p_), an entry of the dynamic section (d_). */
export const ELF32 = {
  e_phoff: 0x1c,
  e_shoff: 0x20,
  e_phentsize: 0x2a,
  e_phnum: 0x2c,
  e_shentsize: 0x2e,
  e_shnum: 0x30,
  sh_addr: 0x0c,
  sh_offset: 0x10,
  sh_size: 0x14,
  sh_addralign: 0x20,
  p_offset: 0x04,
  p_vaddr: 0x08,
  p_filesz: 0x10,
  d_val: 0x04,
  dynamicEntry: 8,
} as const;

/** The same of a 64-bit file. */
export const ELF64 = {
  e_phoff: 0x20,
  e_shoff: 0x28,
  e_phentsize: 0x36,
  e_phnum: 0x38,
  e_shentsize: 0x3a,
  e_shnum: 0x3c,
  e_shstrndx: 0x3e,
  sh_offset: 0x18,
  sh_size: 0x20,
  sh_link: 0x28,
  sh_info: 0x2c,
  sh_addralign: 0x30,
  p_offset: 0x08,
  p_vaddr: 0x10,
  p_filesz: 0x20,
  d_val: 0x08,
  dynamicEntry: 16,
} as const;

/** A symbol of a 64-bit file. */
export const SYMBOL64 = { st_name: 0, st_shndx: 6, st_value: 8, size: 24 } as const;
export const SHN_UNDEF = 0;

/** A relocation of a 64-bit file with its addend; the two halves of r_info. */
export const RELA64 = { r_offset: 0, r_type: 8, r_sym: 12, r_addend: 16, size: 24 } as const;

/** Returns the class of a little-endian ELF file; undefined for anything else. */
export function elfClass(file: Buffer): number | undefined {
  return file.length > EI_DATA && file.readUInt32BE(0) === MAGIC && file[EI_DATA] === ELFDATA2LSB ? file[EI_CLASS] : undefined;
}

/** An address, offset or size of a 64-bit file: none is above 2^53 in a file that is whole. */
export function elfNumber(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
}

/** Returns the offsets of the section headers of a 64-bit file. */
export function elf64SectionHeaders(file: Buffer): number[] {
  const table = elfNumber(file, ELF64.e_shoff);
  const size = file.readUInt16LE(ELF64.e_shentsize);
  return Array.from({ length: file.readUInt16LE(ELF64.e_shnum) }, (_, n) => table + n * size);
}

/** Returns where the contents of a section of a 64-bit file are, by the offset of its header. */
export function elf64SectionRange(file: Buffer, header: number): { start: number; end: number } {
  const start = elfNumber(file, header + ELF64.sh_offset);
  return { start, end: start + elfNumber(file, header + ELF64.sh_size) };
}
