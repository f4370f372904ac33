/**
 * GRUB's kernel.img for UEFI: a relocatable ELF file of 64 bits (System V ABI, AMD64 supplement), linked for the address that it is given.
 */
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHN_UNDEF = 0;
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
  /** In the loaded image; undefined for what is not loaded. */
  address?: number;
}

export interface LinkedKernel {
  text: Buffer;
  /** Variables, those that begin as zero too. */
  data: Buffer;
  dataAddress: number;
  entry: number;
  /** Ascending addresses of 64-bit values to which the place of the image must be added when it is loaded. */
  absolutes: number[];
}

/** A size or a place: none is above 2^53 in a file that is whole. */
const read64 = (b: Buffer, at: number): number => Number(b.readBigUInt64LE(at));

const alignUp = (value: number, step: number): number => Math.ceil(value / step) * step;

/** Code from `start` on, variables behind it; both are filled up to whole `page`s. */
export function linkKernel(file: Uint8Array, start: number, page: number): LinkedKernel {
  const elf = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1 || elf.readUInt16LE(0x10) !== 1)
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
  const table = read64(elf, 0x28); // e_shoff
  const entrySize = elf.readUInt16LE(0x3a);
  return Array.from({ length: elf.readUInt16LE(0x3c) }, (_, n) => table + n * entrySize).map((at) => {
    const number = (field: number): number => read64(elf, at + field);
    return {
      type: elf.readUInt32LE(at + 4),
      flags: number(0x8),
      offset: number(0x18),
      size: number(0x20),
      link: elf.readUInt32LE(at + 0x28),
      info: elf.readUInt32LE(at + 0x2c),
      align: Math.max(1, number(0x30)),
    };
  });
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
  const nameOf = (at: number): string => elf.toString('latin1', names + elf.readUInt32LE(at), elf.indexOf(0, names + elf.readUInt32LE(at)));
  const addressOf = (symbol: number): number => {
    const at = table.offset + symbol * 24;
    const section = elf.readUInt16LE(at + 6);
    const value = read64(elf, at + 8);
    if (section === SHN_ABS) return value;
    const base = sections[section]?.address;
    if (section === SHN_UNDEF || base === undefined) throw new Error(`kernel.img refers to '${nameOf(at)}', which it does not have`);
    return base + value;
  };
  for (let symbol = 1; symbol < table.size / 24; symbol++) {
    if (nameOf(table.offset + symbol * 24) === '_start') return { addressOf, entry: addressOf(symbol) };
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
    for (let at = table.offset; at < table.offset + table.size; at += 24) {
      const address = base + read64(elf, at);
      const kind = elf.readUInt32LE(at + 8);
      if (kind === R_X86_64_NONE) continue;
      const target = addressOf(elf.readUInt32LE(at + 12)) + Number(elf.readBigInt64LE(at + 16));
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
