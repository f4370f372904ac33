/** GRUB's kernel.img for UEFI: a relocatable ELF file of 64 bits (System V ABI, AMD64 supplement), linked here for a given address. */
import { ELF, ELF64, ELFCLASS64, elf64SectionHeaders, elfClass, elfNumber, RELA64, SHN_UNDEF, SYMBOL64 } from '../../base/elf.ts';

const ET_REL = 1;
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHN_ABS = 0xfff1;

const R_X86_64_NONE = 0;
const R_X86_64_64 = 1;
const R_X86_64_PC32 = 2;
const R_X86_64_PLT32 = 4;

interface Section {
  type: number;
  flags: number;
  offset: number;
  size: number;
  link: number;
  info: number;
  align: number;
  /** In the loaded image; undefined for a section that is not loaded. */
  address?: number;
}

export interface LinkedKernel {
  text: Buffer;
  /** Variables, including those that begin as zero. */
  data: Buffer;
  dataAddress: number;
  entry: number;
  /** Addresses, ascending, of the 64-bit values to which the image's load address must be added. */
  absolutes: number[];
}

const alignUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Returns the code, linked for `start`, and after it the variables; both are padded to whole `page`s. */
export function linkKernel(file: Uint8Array, start: number, page: number): LinkedKernel {
  const elf = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (elfClass(elf) !== ELFCLASS64 || elf.readUInt16LE(ELF.e_type) !== ET_REL)
    throw new Error('kernel.img is not a relocatable 64-bit ELF file');
  const sections = readSections(elf);
  const textEnd = place(
    sections.filter(({ type, flags }) => type === SHT_PROGBITS && flags & SHF_ALLOC && flags & SHF_EXECINSTR),
    start,
  );
  const dataAddress = alignUp(textEnd, page);
  const variables = sections.filter(({ type, flags }) => type === SHT_PROGBITS && flags & SHF_ALLOC && !(flags & SHF_EXECINSTR));
  const zeros = sections.filter(({ type, flags }) => type === SHT_NOBITS && flags & SHF_ALLOC);
  const end = alignUp(place(zeros, place(variables, dataAddress)), page);
  const image = Buffer.alloc(end - start);
  for (const { type, address, offset, size } of sections) {
    if (address !== undefined && type === SHT_PROGBITS) elf.copy(image, address - start, offset, offset + size);
  }
  const symbols = readSymbols(elf, sections);
  const absolutes = relocate({ elf, sections, image, start, addressOf: symbols.addressOf });
  return {
    text: image.subarray(0, dataAddress - start),
    data: image.subarray(dataAddress - start),
    dataAddress,
    entry: symbols.entry,
    absolutes,
  };
}

function readSections(elf: Buffer): Section[] {
  return elf64SectionHeaders(elf).map((at) => ({
    type: elf.readUInt32LE(at + ELF.sh_type),
    flags: elfNumber(elf, at + ELF.sh_flags),
    offset: elfNumber(elf, at + ELF64.sh_offset),
    size: elfNumber(elf, at + ELF64.sh_size),
    link: elf.readUInt32LE(at + ELF64.sh_link),
    info: elf.readUInt32LE(at + ELF64.sh_info),
    align: Math.max(1, elfNumber(elf, at + ELF64.sh_addralign)),
  }));
}

function place(sections: Section[], start: number): number {
  let at = start;
  for (const section of sections) {
    section.address = alignUp(at, section.align);
    at = section.address + section.size;
  }
  return at;
}

function readSymbols(elf: Buffer, sections: Section[]): { addressOf(symbol: number): number; entry: number } {
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  if (!table) throw new Error('kernel.img has no symbols');
  const names = sections[table.link]!.offset;
  const nameOf = (at: number): string => {
    const start = names + elf.readUInt32LE(at + SYMBOL64.st_name);
    return elf.toString('latin1', start, elf.indexOf(0, start));
  };
  const addressOf = (symbol: number): number => {
    const at = table.offset + symbol * SYMBOL64.size;
    const section = elf.readUInt16LE(at + SYMBOL64.st_shndx);
    const value = elfNumber(elf, at + SYMBOL64.st_value);
    if (section === SHN_ABS) return value;
    const base = sections[section]?.address;
    if (section === SHN_UNDEF || base === undefined) throw new Error(`kernel.img refers to '${nameOf(at)}', which it does not have`);
    return base + value;
  };
  for (let symbol = 1; symbol < table.size / SYMBOL64.size; symbol++) {
    if (nameOf(table.offset + symbol * SYMBOL64.size) === '_start') return { addressOf, entry: addressOf(symbol) };
  }
  throw new Error('kernel.img has no _start');
}

interface Relocation {
  elf: Buffer;
  sections: Section[];
  image: Buffer;
  start: number;
  addressOf(symbol: number): number;
}

function relocate({ elf, sections, image, start, addressOf }: Relocation): number[] {
  const absolutes: number[] = [];
  for (const table of sections) {
    const base = table.type === SHT_RELA ? sections[table.info]?.address : undefined;
    if (base === undefined) continue;
    for (let at = table.offset; at < table.offset + table.size; at += RELA64.size) {
      const address = base + elfNumber(elf, at + RELA64.r_offset);
      const kind = elf.readUInt32LE(at + RELA64.r_type);
      if (kind === R_X86_64_NONE) continue;
      const target = addressOf(elf.readUInt32LE(at + RELA64.r_sym)) + Number(elf.readBigInt64LE(at + RELA64.r_addend));
      if (kind === R_X86_64_64) {
        image.writeBigUInt64LE(BigInt(target), address - start);
        absolutes.push(address);
      } else if (kind === R_X86_64_PC32 || kind === R_X86_64_PLT32) {
        image.writeInt32LE(target - address, address - start);
      } else {
        throw new Error(`kernel.img has a relocation of the kind ${kind}`);
      }
    }
  }
  return absolutes.sort((a, b) => a - b);
}
