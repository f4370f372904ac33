/**
 * Writes a disk as a stream-optimized VMDK, which goes into an OVA: VMware's "Virtual Disk Format 5.0", chapter 6. Front to back: the
 * header, a descriptor, compressed grains, each behind a marker with its place, each table behind its grains, the directory, the header
 * once more with the directory's place, and the end. A disk above 2 TiB of compressed bytes has no place in its tables.
 */
import type { ByteStream } from '../byte-stream.ts';
import { DESCRIPTOR_SECTORS, encodeDescriptor } from './descriptor.ts';
import { DIRECTORY_AT_END, encodeVmdkHeader, ENTRIES_PER_TABLE, GRAIN, SECTOR } from './header.ts';

const OVERHEAD = 128 * SECTOR;
/** Line breaks are valid; compressed; with markers. */
const FLAGS = 1 | (1 << 16) | (1 << 17);
/** Of markers, and before a grain's bytes. */
const MARKER = { end: 0, table: 1, directory: 2, footer: 3 } as const;
const GRAIN_MARKER = 12;

export interface VmdkStreamOptions {
  /** Decides on the content's number. */
  seed: string;
  /** Of the file, which its descriptor names. */
  fileName: string;
}

export class VmdkStreamWriter {
  private readonly size: number;
  private readonly out: ByteStream;
  private readonly directory: Buffer;
  private table: { number: number; entries: Buffer } | undefined;
  private position = 0;
  /** Bytes of the disk that are in grains. */
  populated = 0;

  /** `size` is the disk's, in bytes. Begins the file. */
  constructor(size: number, out: ByteStream, { seed, fileName }: VmdkStreamOptions) {
    this.size = size;
    this.out = out;
    const tables = Math.ceil(size / GRAIN / ENTRIES_PER_TABLE);
    this.directory = Buffer.alloc(Math.ceil((tables * 4) / SECTOR) * SECTOR);
    const head = Buffer.alloc(OVERHEAD);
    this.header(DIRECTORY_AT_END).copy(head);
    encodeDescriptor({ seed, fileName, size, kind: 'streamOptimized' }).copy(head, SECTOR);
    this.add(head);
  }

  /** Writes the grain `index`, in ascending order. `packed` is of zlib's format (RFC 1950). */
  grain(index: number, packed: Uint8Array): void {
    const number = Math.floor(index / ENTRIES_PER_TABLE);
    if (this.table?.number !== number) this.endTable();
    this.table ??= { number, entries: Buffer.alloc(ENTRIES_PER_TABLE * 4) };
    this.table.entries.writeUInt32LE(this.position / SECTOR, (index % ENTRIES_PER_TABLE) * 4);
    const marker = Buffer.alloc(GRAIN_MARKER);
    marker.writeBigUInt64LE(BigInt((index * GRAIN) / SECTOR), 0);
    marker.writeUInt32LE(packed.length, 8);
    this.add(marker);
    this.add(packed);
    this.pad();
    this.populated += GRAIN;
  }

  /** Ends the file. Returns its size in bytes. */
  end(): number {
    this.endTable();
    const directory = this.metadata('directory', this.directory);
    this.metadata('footer', this.header(directory));
    this.marker('end', 0);
    return this.position;
  }

  private endTable(): void {
    if (!this.table) return;
    const at = this.metadata('table', this.table.entries);
    this.directory.writeUInt32LE(at / SECTOR, this.table.number * 4);
    this.table = undefined;
  }

  /** Returns the place of the bytes. */
  private metadata(kind: keyof typeof MARKER, bytes: Uint8Array): number {
    this.marker(kind, bytes.length / SECTOR);
    const at = this.position;
    this.add(bytes);
    return at;
  }

  private marker(kind: keyof typeof MARKER, sectors: number): void {
    const b = Buffer.alloc(SECTOR);
    b.writeBigUInt64LE(BigInt(sectors), 0);
    b.writeUInt32LE(MARKER[kind], GRAIN_MARKER);
    this.add(b);
  }

  private header(directory: number): Buffer {
    return encodeVmdkHeader({
      flags: FLAGS,
      size: this.size,
      descriptor: { offset: SECTOR, sectors: DESCRIPTOR_SECTORS },
      directoryCopy: 0,
      directory,
      overhead: OVERHEAD,
      stream: true,
    });
  }

  private add(bytes: Uint8Array): void {
    this.out.write(bytes);
    this.position += bytes.length;
  }

  private pad(): void {
    const count = (SECTOR - (this.position % SECTOR)) % SECTOR;
    this.out.zeros(count);
    this.position += count;
  }
}
