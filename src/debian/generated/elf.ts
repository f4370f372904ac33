/** A minimal reader of ELF files. Spec: refspecs.linuxfoundation.org/elf/gabi4+/contents.html. */
import type { ByteSource } from '../../tree/file-tree.ts';

/** The field layout of 32-bit and 64-bit ELF files. All of Debian's present architectures except s390x are little-endian. */
interface Layout {
  programOffset: number;
  programSize: number;
  programCount: number;
  wide: boolean;
}

export interface SharedObject {
  /** 62 is x86-64, 3 i386, 183 aarch64. */
  machine: number;
  wide: boolean;
  soname: string | undefined;
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const DT_STRTAB = 5;
const DT_SONAME = 14;
const ET_DYN = 3;
const FIRST_READ = 4096;

/** Returns undefined unless it is a little-endian ELF shared object. */
export function readSharedObject(source: ByteSource): SharedObject | undefined {
  const head = Buffer.alloc(Math.min(FIRST_READ, source.size));
  if (head.length < 64) return undefined;
  source.read(head, 0);
  if (head.readUInt32BE(0) !== 0x7f454c46 || head[5] !== 1 || head.readUInt16LE(16) !== ET_DYN) return undefined;
  const wide = head[4] === 2;
  const layout: Layout = wide
    ? {
        wide,
        programOffset: Number(head.readBigUInt64LE(0x20)),
        programSize: head.readUInt16LE(0x36),
        programCount: head.readUInt16LE(0x38),
      }
    : { wide, programOffset: head.readUInt32LE(0x1c), programSize: head.readUInt16LE(0x2a), programCount: head.readUInt16LE(0x2c) };
  if (layout.programOffset + layout.programSize * layout.programCount > head.length) return undefined;
  return { machine: head.readUInt16LE(18), wide, soname: readSoname(source, head, layout) };
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
          type: head.readUInt32LE(at),
          offset: Number(head.readBigUInt64LE(at + 8)),
          address: Number(head.readBigUInt64LE(at + 16)),
          size: Number(head.readBigUInt64LE(at + 32)),
        }
      : {
          type: head.readUInt32LE(at),
          offset: head.readUInt32LE(at + 4),
          address: head.readUInt32LE(at + 8),
          size: head.readUInt32LE(at + 16),
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
  const entry = layout.wide ? 16 : 8;
  for (let at = 0; at + entry <= table.length; at += entry) {
    const tag = table.readUInt32LE(at);
    const value = layout.wide ? Number(table.readBigUInt64LE(at + 8)) : table.readUInt32LE(at + 4);
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
