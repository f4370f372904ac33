/** GRUB as a program for UEFI: what `grub-mkimage -O x86_64-efi` writes. A PE32+ file (Microsoft's "PE Format") of kernel and modules. */
import { encodeModuleArea, type GrubFolder, type ModuleArea } from './modules.ts';
import { linkKernel } from './relocatable-kernel.ts';

/** Sections begin at whole pages in the file and in memory, so that a loader need not move them. */
const PAGE = 0x1000;
const PE_OFFSET = 0x80;
const COFF_HEADER_SIZE = 20;
const OPTIONAL_HEADER_SIZE = 240;
const SECTION_HEADER_SIZE = 40;
const PE32_PLUS = 0x20b;
/** Characteristics: executable, without line numbers, symbols and debugging information. */
const EXECUTABLE_STRIPPED = 0x20e;
/** Entries of the optional header's data directory. */
const DIRECTORIES = 16;
const MACHINE_X86_64 = 0x8664;
/** 2015-01-01: constant, as in grub-mkimage. */
const TIMESTAMP = 1420070400;
const EFI_APPLICATION = 10;
const BASE_RELOCATION_TABLE = 5;
const IMAGE_REL_BASED_DIR64 = 10;
const STACK_AND_HEAP = 0x10000n;

/** Characteristics of sections. */
const CODE = 0x60000020;
const DATA = 0xc0000040;
const DISCARDABLE_DATA = 0x42000040;

interface PeSection {
  name: string;
  flags: number;
  address: number;
  bytes: Buffer;
}

export function makeEfiImage(folder: GrubFolder, area: ModuleArea): Buffer {
  const kernel = linkKernel(folder.read('kernel.img'), PAGE, PAGE);
  // The kernel looks for its modules in the section of this name.
  const modules = wholePages(encodeModuleArea(folder, area, 8));
  const modulesAddress = kernel.dataAddress + kernel.data.length;
  const sections: PeSection[] = [
    { name: '.text', flags: CODE, address: PAGE, bytes: kernel.text },
    { name: '.data', flags: DATA, address: kernel.dataAddress, bytes: kernel.data },
    { name: 'mods', flags: DATA, address: modulesAddress, bytes: modules },
    { name: '.reloc', flags: DISCARDABLE_DATA, address: modulesAddress + modules.length, bytes: encodeBaseRelocations(kernel.absolutes) },
  ];
  return Buffer.concat([encodeHeaders(sections, kernel.entry), ...sections.map(({ bytes }) => bytes)]);
}

function wholePages(b: Buffer): Buffer {
  return Buffer.concat([b], Math.ceil(b.length / PAGE) * PAGE);
}

/**
 * Returns a block for each page that contains one of the addresses; entries of zeros are ignored. The last block extends to the end of the
 * section.
 */
function encodeBaseRelocations(addresses: number[]): Buffer {
  const pages = new Map<number, number[]>();
  for (const address of addresses) {
    const page = address - (address % PAGE);
    const offsets = pages.get(page) ?? [];
    pages.set(page, offsets);
    offsets.push(address % PAGE);
  }
  const blocks = [...pages].map(([page, offsets]) => {
    const b = Buffer.alloc(8 + Math.ceil(offsets.length / 4) * 8);
    b.writeUInt32LE(page, 0);
    b.writeUInt32LE(b.length, 4);
    offsets.forEach((offset, n) => b.writeUInt16LE((IMAGE_REL_BASED_DIR64 << 12) | offset, 8 + 2 * n));
    return b;
  });
  const section = wholePages(Buffer.concat(blocks));
  const last = blocks.at(-1);
  if (last) {
    const at = blocks.reduce((sum, block) => sum + block.length, 0) - last.length;
    section.writeUInt32LE(section.length - at, at + 4);
  }
  return section;
}

function encodeHeaders(sections: PeSection[], entry: number): Buffer {
  const b = Buffer.alloc(PAGE);
  b.write('MZ', 0, 'latin1');
  b.writeUInt32LE(PE_OFFSET, 0x3c); // e_lfanew
  b.write('PE\0\0', PE_OFFSET, 'latin1');
  const coff = PE_OFFSET + 4;
  b.writeUInt16LE(MACHINE_X86_64, coff); // Machine
  b.writeUInt16LE(sections.length, coff + 2); // NumberOfSections
  b.writeUInt32LE(TIMESTAMP, coff + 4); // TimeDateStamp
  b.writeUInt16LE(OPTIONAL_HEADER_SIZE, coff + 16); // SizeOfOptionalHeader
  b.writeUInt16LE(EXECUTABLE_STRIPPED, coff + 18); // Characteristics
  encodeOptionalHeader(b.subarray(coff + COFF_HEADER_SIZE, coff + COFF_HEADER_SIZE + OPTIONAL_HEADER_SIZE), sections, entry);
  sections.forEach(({ name, flags, address, bytes }, n) => {
    const at = coff + COFF_HEADER_SIZE + OPTIONAL_HEADER_SIZE + SECTION_HEADER_SIZE * n;
    b.write(name, at, 8, 'latin1'); // Name
    b.writeUInt32LE(bytes.length, at + 8); // VirtualSize
    b.writeUInt32LE(address, at + 12); // VirtualAddress
    b.writeUInt32LE(bytes.length, at + 16); // SizeOfRawData
    b.writeUInt32LE(address, at + 20); // PointerToRawData: the same as in memory
    b.writeUInt32LE(flags, at + 36); // Characteristics
  });
  return b;
}

function encodeOptionalHeader(b: Buffer, sections: PeSection[], entry: number): void {
  const [text, data, modules, relocations] = sections as [PeSection, PeSection, PeSection, PeSection];
  b.writeUInt16LE(PE32_PLUS, 0); // Magic
  b.writeUInt32LE(text.bytes.length, 4); // SizeOfCode
  b.writeUInt32LE(data.bytes.length + modules.bytes.length, 8); // SizeOfInitializedData
  b.writeUInt32LE(entry, 16); // AddressOfEntryPoint
  b.writeUInt32LE(text.address, 20); // BaseOfCode
  b.writeUInt32LE(PAGE, 32); // SectionAlignment
  b.writeUInt32LE(PAGE, 36); // FileAlignment
  b.writeUInt32LE(relocations.address + relocations.bytes.length, 56); // SizeOfImage
  b.writeUInt32LE(PAGE, 60); // SizeOfHeaders
  b.writeUInt16LE(EFI_APPLICATION, 68); // Subsystem
  for (const at of [72, 80, 88, 96]) b.writeBigUInt64LE(STACK_AND_HEAP, at); // stack and heap: reserved, committed
  b.writeUInt32LE(DIRECTORIES, 108); // NumberOfRvaAndSizes
  const directory = 112 + 8 * BASE_RELOCATION_TABLE;
  b.writeUInt32LE(relocations.address, directory); // VirtualAddress
  b.writeUInt32LE(relocations.bytes.length, directory + 4); // Size
}
