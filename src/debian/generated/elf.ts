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

/** What a program or library is loaded with. */
export interface DynamicNames {
  soname: string | undefined;
  /** Names of the libraries that it needs. */
  needed: string[];
  /** Folders in which they are looked for first; `$ORIGIN` stands for the file's own. */
  runPath: string[];
}

/** The same of a program, and its loader's path. */
export interface ElfObject extends DynamicNames {
  interpreter: string | undefined;
}

/** Values of e_machine. */
export const EM = { I386: 3, X86_64: 62, AARCH64: 183 } as const;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const DT_RPATH = 15;
const DT_RUNPATH = 29;
const ET_EXEC = 2;
const ET_DYN = 3;
/** Bytes of an entry of the table of segments. */
const [PROGRAM_HEADER_32, PROGRAM_HEADER_64] = [32, 56];
const FIRST_READ = 4096;
/** The longest name in a dynamic section that is read. */
const LONGEST_NAME = 4096;

/** Returns undefined unless it is a little-endian ELF shared object. */
export function readSharedObject(source: ByteSource): SharedObject | undefined {
  const found = readHeader(source);
  if (found?.type !== ET_DYN) return undefined;
  const { head, layout } = found;
  return { machine: head.readUInt16LE(ELF.e_machine), wide: layout.wide, soname: readDynamicNames(source, head, layout)?.soname };
}

/** Returns undefined unless it is a program or library of a 64-bit little-endian machine. A static one needs nothing. */
export function readElfObject(source: ByteSource): ElfObject | undefined {
  const found = readHeader(source);
  if (!found?.layout.wide || (found.type !== ET_DYN && found.type !== ET_EXEC)) return undefined;
  const { head, layout } = found;
  const names = readDynamicNames(source, head, layout) ?? { soname: undefined, needed: [], runPath: [] };
  const loader = segments(head, layout).find(({ type }) => type === PT_INTERP);
  return { ...names, interpreter: loader && textAt(source, loader.offset, loader.size) };
}

function readHeader(source: ByteSource): { head: Buffer; type: number; layout: Layout } | undefined {
  const head = Buffer.alloc(Math.min(FIRST_READ, source.size));
  if (head.length < ELF_HEADER_SIZE) return undefined;
  source.read(head, 0);
  const found = elfClass(head);
  if (found === undefined) return undefined;
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
  if (layout.programSize < (wide ? PROGRAM_HEADER_64 : PROGRAM_HEADER_32)) layout.programCount = 0;
  if (layout.programOffset + layout.programSize * layout.programCount > head.length) return undefined;
  return { head, type: head.readUInt16LE(ELF.e_type), layout };
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

function readDynamicNames(source: ByteSource, head: Buffer, layout: Layout): DynamicNames | undefined {
  const all = segments(head, layout);
  const dynamic = all.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic || dynamic.offset + dynamic.size > source.size) return undefined;
  const table = Buffer.alloc(dynamic.size);
  source.read(table, dynamic.offset);
  const values = new Map<number, number[]>();
  const entry = layout.wide ? ELF64.dynamicEntry : ELF32.dynamicEntry;
  for (let at = 0; at + entry <= table.length; at += entry) {
    const tag = table.readUInt32LE(at);
    const value = layout.wide ? elfNumber(table, at + ELF64.d_val) : table.readUInt32LE(at + ELF32.d_val);
    values.set(tag, [...(values.get(tag) ?? []), value]);
  }
  const strings = values.get(DT_STRTAB)?.at(-1);
  if (strings === undefined) return undefined;
  const load = all.find(({ type, address, size }) => type === PT_LOAD && strings >= address && strings < address + size);
  if (load === undefined) return undefined;
  const named = (tag: number): string[] =>
    (values.get(tag) ?? []).flatMap((at) => textAt(source, load.offset + strings - load.address + at) ?? []);
  return {
    soname: named(DT_SONAME).at(-1),
    needed: named(DT_NEEDED),
    runPath: [...named(DT_RUNPATH), ...named(DT_RPATH)].flatMap((path) => path.split(':')).filter(Boolean),
  };
}

/** The text up to a zero byte; undefined past the end of the file, or if it is longer than any name. */
function textAt(source: ByteSource, position: number, size = LONGEST_NAME): string | undefined {
  if (position >= source.size) return undefined;
  const text = Buffer.alloc(Math.min(size, LONGEST_NAME, source.size - position));
  source.read(text, position);
  const end = text.indexOf(0);
  return end < 0 ? undefined : text.toString('latin1', 0, end);
}
