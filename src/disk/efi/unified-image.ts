/**
 * A unified kernel image: a program for UEFI that has a kernel, an initrd and their command line as sections, which systemd's stub in it
 * starts (UAPI.5, "Unified Kernel Image"). A PE32+ file (Microsoft's "PE Format") of the stub's sections and those.
 */
import type { ByteSource } from '../../tree/file-tree.ts';
import type { BlockPlan } from '../block-plan.ts';
import { segmentPlan, sourceSegment, type Segment } from '../segments.ts';

/** In bytes: sections begin at whole pages in memory. */
const PAGE = 4096;
const SECTION_HEADER_SIZE = 40;
const COFF_HEADER_SIZE = 20;
const PE32_PLUS = 0x20b;
/** Initialised data that is read. */
const READ_DATA = 0x40000040;
const LONGEST_NAME = 8;
/** Its addresses and offsets have 32 bits. */
const MOST_SIZE = 0xffffffff;

/** Offsets in the COFF header. */
const COFF = { sections: 2, symbols: 8, symbolCount: 12, optionalSize: 16 } as const;
/** Offsets in the optional header. */
const OPTIONAL = { magic: 0, initialisedData: 8, fileAlignment: 36, imageSize: 56, headersSize: 60, checksum: 64 } as const;
/** Offsets in a section's header. */
const SECTION = { size: 8, address: 12, rawSize: 16, rawStart: 20, flags: 36 } as const;

/** A stub that is no PE32+ file, or has no room for more sections. */
export class BadStub extends Error {}

export interface UnifiedSection {
  /** `.linux`; of at most eight ASCII letters. */
  name: string;
  contents: ByteSource;
}

/** Returns the plan of the file. Throws BadStub, and RangeError for one above 4 GiB. */
export function planUnifiedImage(stub: Buffer, sections: readonly UnifiedSection[]): BlockPlan {
  const head = readHead(stub);
  const align = (value: number, to: number): number => Math.ceil(value / to) * to;
  const headers = Buffer.from(stub.subarray(0, head.headersSize));
  const room = head.headersSize - (head.table + head.count * SECTION_HEADER_SIZE);
  if (sections.length * SECTION_HEADER_SIZE > room) throw new BadStub(`it has no room for ${sections.length} more sections`);

  const total = sections.reduce((sum, { contents }) => sum + align(contents.size, PAGE), Math.max(head.addressEnd, head.rawEnd) + PAGE);
  if (total > MOST_SIZE) throw new RangeError(`it would have ${total} bytes, and a PE file has at most ${MOST_SIZE}`);
  let address = align(head.addressEnd, PAGE);
  let at = align(head.rawEnd, head.fileAlignment);
  let data = headers.readUInt32LE(head.optional + OPTIONAL.initialisedData);
  const segments: Segment[] = [];
  for (const [n, { name, contents }] of sections.entries()) {
    if (name.length > LONGEST_NAME) throw new RangeError(`the name of the section ${name} is too long`);
    const header = headers.subarray(head.table + (head.count + n) * SECTION_HEADER_SIZE).subarray(0, SECTION_HEADER_SIZE);
    const rawSize = align(contents.size, head.fileAlignment);
    header.fill(0);
    header.write(name, 0, 'latin1');
    header.writeUInt32LE(contents.size, SECTION.size);
    header.writeUInt32LE(address, SECTION.address);
    header.writeUInt32LE(rawSize, SECTION.rawSize);
    header.writeUInt32LE(at, SECTION.rawStart);
    header.writeUInt32LE(READ_DATA, SECTION.flags);
    segments.push(sourceSegment(at, contents, rawSize));
    at += rawSize;
    data += rawSize;
    address = align(address + contents.size, PAGE);
  }

  headers.writeUInt16LE(head.count + sections.length, head.coff + COFF.sections);
  // Symbols are behind the stub's sections, where the new ones are.
  headers.writeUInt32LE(0, head.coff + COFF.symbols);
  headers.writeUInt32LE(0, head.coff + COFF.symbolCount);
  headers.writeUInt32LE(data, head.optional + OPTIONAL.initialisedData);
  headers.writeUInt32LE(address, head.optional + OPTIONAL.imageSize);
  headers.writeUInt32LE(0, head.optional + OPTIONAL.checksum);
  const body = stub.subarray(head.headersSize, head.rawEnd);
  return segmentPlan(at, [
    { start: 0, length: headers.length, fill: (target, offset) => void headers.copy(target, 0, offset) },
    { start: head.headersSize, length: body.length, fill: (target, offset) => void body.copy(target, 0, offset) },
    ...segments,
  ]);
}

interface StubHead {
  /** Offsets of the COFF header, the optional header and the table of sections. */
  coff: number;
  optional: number;
  table: number;
  /** Of sections. */
  count: number;
  headersSize: number;
  fileAlignment: number;
  /** Where the last section ends in memory, and in the file. */
  addressEnd: number;
  rawEnd: number;
}

function readHead(b: Buffer): StubHead {
  try {
    const pe = b.readUInt32LE(0x3c);
    if (b.toString('latin1', 0, 2) !== 'MZ' || b.toString('latin1', pe, pe + 4) !== 'PE\0\0') throw new BadStub('it is no PE file');
    const coff = pe + 4;
    const optional = coff + COFF_HEADER_SIZE;
    if (b.readUInt16LE(optional + OPTIONAL.magic) !== PE32_PLUS) throw new BadStub('it is no PE32+ file');
    const count = b.readUInt16LE(coff + COFF.sections);
    const table = optional + b.readUInt16LE(coff + COFF.optionalSize);
    const [headersSize, fileAlignment] = [
      b.readUInt32LE(optional + OPTIONAL.headersSize),
      b.readUInt32LE(optional + OPTIONAL.fileAlignment),
    ];
    const isAlignment = fileAlignment >= 512 && fileAlignment <= 65536 && (fileAlignment & (fileAlignment - 1)) === 0;
    let [addressEnd, rawEnd] = [0, headersSize];
    for (let n = 0; n < count; n += 1) {
      const header = table + n * SECTION_HEADER_SIZE;
      addressEnd = Math.max(addressEnd, b.readUInt32LE(header + SECTION.address) + b.readUInt32LE(header + SECTION.size));
      rawEnd = Math.max(rawEnd, b.readUInt32LE(header + SECTION.rawStart) + b.readUInt32LE(header + SECTION.rawSize));
    }
    if (!isAlignment || rawEnd > b.length || headersSize > b.length) throw new BadStub('its header is damaged');
    return { coff, optional, table, count, headersSize, fileAlignment, addressEnd, rawEnd };
  } catch (error) {
    if (error instanceof BadStub) throw error;
    throw new BadStub('it ends in its header');
  }
}
