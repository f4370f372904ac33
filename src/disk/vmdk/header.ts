/** The header of a sparse extent: VMware's "Virtual Disk Format 5.0". */
export const SECTOR = 512;
export const GRAIN = 64 << 10;
/** Grains that one table maps: 32 MiB. */
export const ENTRIES_PER_TABLE = 512;

/** Offsets and `size` are in bytes. */
export interface VmdkHeader {
  flags: number;
  /** Of the disk. */
  size: number;
  descriptor: { offset: number; sectors: number };
  directoryCopy: number;
  directory: number;
  /** Bytes before the first grain. */
  overhead: number;
  /** Grains are compressed by deflate and have markers, in a file that is written front to back. Defaults to false. */
  stream?: boolean;
}

/** In the place of a directory's offset: it is behind the grains, where a copy of the header says. */
export const DIRECTORY_AT_END = -SECTOR;

/** Offsets of the header's fields. */
export const VMDK_FIELD = {
  magic: 0,
  version: 4,
  flags: 8,
  capacity: 12,
  grainSize: 20,
  descriptorOffset: 28,
  descriptorSize: 36,
  entriesPerTable: 44,
  directoryCopy: 48,
  directory: 56,
  overhead: 64,
  lineBreaks: 73,
  compression: 77,
} as const;
const [VERSION, STREAM_VERSION] = [1, 3];
const DEFLATE = 1;

export function encodeVmdkHeader(header: VmdkHeader): Buffer {
  const b = Buffer.alloc(SECTOR);
  const sectors = (value: number, at: number): void => void b.writeBigInt64LE(BigInt(value / SECTOR), at);
  b.write('KDMV', VMDK_FIELD.magic, 'latin1');
  b.writeUInt32LE(header.stream ? STREAM_VERSION : VERSION, VMDK_FIELD.version);
  b.writeUInt32LE(header.flags, VMDK_FIELD.flags);
  sectors(header.size, VMDK_FIELD.capacity);
  sectors(GRAIN, VMDK_FIELD.grainSize);
  sectors(header.descriptor.offset, VMDK_FIELD.descriptorOffset);
  b.writeBigUInt64LE(BigInt(header.descriptor.sectors), VMDK_FIELD.descriptorSize);
  b.writeUInt32LE(ENTRIES_PER_TABLE, VMDK_FIELD.entriesPerTable);
  sectors(header.directoryCopy, VMDK_FIELD.directoryCopy);
  sectors(header.directory, VMDK_FIELD.directory);
  sectors(header.overhead, VMDK_FIELD.overhead);
  // Programs that change them on their way through text would be noticed.
  b.write('\n \r\n', VMDK_FIELD.lineBreaks, 'latin1');
  b.writeUInt16LE(header.stream ? DEFLATE : 0, VMDK_FIELD.compression);
  return b;
}
