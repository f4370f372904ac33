/** What ld.so.cache and package builds need to know of a shared object. */
import { ELF, ELF32, ELF64, ELF_HEADER_SIZE, ELFCLASS64, elfClass, elfNumber } from '../../base/elf.ts';
import type { ByteSource } from '../../tree/file-tree.ts';

/** The field layout of 32-bit and 64-bit ELF files. All of Debian's present architectures except s390x are little-endian. */
interface Layout {
  programOffset: number;
  programSize: number;
  programCount: number;
  wide: boolean;
}

export interface SharedObject {
  /** A value of EM, or another machine's. */
  machine: number;
  wide: boolean;
  soname: string | undefined;
}

/** Values of e_machine. */
export const EM = { I386: 3, X86_64: 62, AARCH64: 183 } as const;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const ET_DYN = 3;
const FIRST_READ = 4096;

/** Returns undefined unless it is a little-endian ELF shared object. */
export function readSharedObject(source: ByteSource): SharedObject | undefined {
  const head = Buffer.alloc(Math.min(FIRST_READ, source.size));
  if (head.length < ELF_HEADER_SIZE) return undefined;
  source.read(head, 0);
  const found = elfClass(head);
  if (found === undefined || head.readUInt16LE(ELF.e_type) !== ET_DYN) return undefined;
  const wide = found === ELFCLASS64;
  const layout: Layout = wide
    ? {
        wide,
        programOffset: elfNumber(head, ELF64.e_phoff),
        programSize: head.readUInt16LE(ELF64.e_phentsize),
        programCount: head.readUInt16LE(ELF64.e_phnum),
      }
    : {
        wide,
        programOffset: head.readUInt32LE(ELF32.e_phoff),
        programSize: head.readUInt16LE(ELF32.e_phentsize),
        programCount: head.readUInt16LE(ELF32.e_phnum),
      };
  if (layout.programOffset + layout.programSize * layout.programCount > head.length) return undefined;
  return { machine: head.readUInt16LE(ELF.e_machine), wide, soname: readSoname(source, head, layout) };
}

interface Segment {
  type: number;
  offset: number;
  address: number;
  size: number;
}

function segments(head: Buffer, { wide, programOffset, programSize, programCount }: Layout): Segment[] {
  return Array.from({ length: programCount }, (_, i) => {
    const at = programOffset + i * programSize;
    return wide
      ? {
          type: head.readUInt32LE(at + ELF.p_type),
          offset: elfNumber(head, at + ELF64.p_offset),
          address: elfNumber(head, at + ELF64.p_vaddr),
          size: elfNumber(head, at + ELF64.p_filesz),
        }
      : {
          type: head.readUInt32LE(at + ELF.p_type),
          offset: head.readUInt32LE(at + ELF32.p_offset),
          address: head.readUInt32LE(at + ELF32.p_vaddr),
          size: head.readUInt32LE(at + ELF32.p_filesz),
        };
  });
}

function readSoname(source: ByteSource, head: Buffer, layout: Layout): string | undefined {
  const all = segments(head, layout);
  const dynamic = all.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic || dynamic.offset + dynamic.size > source.size) return undefined;
  const table = Buffer.alloc(dynamic.size);
  source.read(table, dynamic.offset);
  let strings: number | undefined;
  let soname: number | undefined;
  const entry = layout.wide ? ELF64.dynamicEntry : ELF32.dynamicEntry;
  for (let at = 0; at + entry <= table.length; at += entry) {
    const tag = table.readUInt32LE(at);
    const value = layout.wide ? elfNumber(table, at + ELF64.d_val) : table.readUInt32LE(at + ELF32.d_val);
    if (tag === DT_STRTAB) strings = value;
    else if (tag === DT_SONAME) soname = value;
  }
  if (strings === undefined || soname === undefined) return undefined;
  const load = all.find(({ type, address, size }) => type === PT_LOAD && strings >= address && strings < address + size);
  const position = load && load.offset + strings - load.address + soname;
  if (position === undefined || position >= source.size) return undefined;
  const text = Buffer.alloc(Math.min(256, source.size - position));
  source.read(text, position);
  return text.toString('latin1', 0, Math.max(0, text.indexOf(0)));
}
