/**
 * Writes a disk as a VMA (vma_spec.txt of pve-qemu): the header, then extents of up to 59 clusters of 64 KiB. An extent begins with a list
 * of its clusters, with a bit for each of their blocks of 4 KiB that is not all zeros; only those follow. Every cluster is in some list.
 */
import { createHash } from 'node:crypto';
import { BlockCutter } from '../block-cutter.ts';
import type { BlockSink } from '../block-sink.ts';
import type { ByteStream } from '../byte-stream.ts';
import { DISK_NUMBER, encodeVmaHeader, type VmaOptions } from './header.ts';

const CLUSTER = 64 << 10;
const BLOCK = 4096;
const BLOCKS = CLUSTER / BLOCK;
const CLUSTERS_PER_EXTENT = 59;
const EXTENT_HEADER = 512;
const ZEROS = Buffer.alloc(BLOCK);

/** Offsets in an extent's header, and the bytes of an entry of its list. */
const FIELD = { magic: 0, blocks: 6, uuid: 8, md5: 24, list: 40 } as const;
const ENTRY = 8;
/** In an entry, which is the mask in 16 bits, a reserved byte, the disk's number and the cluster's number in 32 bits. */
const [MASK, DISK, NUMBER] = [0, 3, 4];

/** Takes the disk's ascending writes. */
export class VmaWriter implements BlockSink {
  readonly size: number;
  private readonly out: ByteStream;
  private readonly uuid: Uint8Array;
  private readonly cutter: BlockCutter;
  private header = Buffer.alloc(EXTENT_HEADER);
  private listed = 0;
  private blocks: Buffer[] = [];
  private next = 0;

  /** Begins the archive. Throws RangeError as `encodeVmaHeader` does. */
  constructor(size: number, out: ByteStream, options: VmaOptions) {
    this.size = size;
    this.out = out;
    this.uuid = options.uuid;
    this.cutter = new BlockCutter(size, CLUSTER, (cluster, bytes) => {
      this.emptyTo(cluster);
      this.add(bytes);
    });
    out.write(encodeVmaHeader(size, options));
  }

  write(offset: number, bytes: Uint8Array): void {
    this.cutter.write(offset, bytes);
  }

  /** Ends the archive. */
  end(): void {
    this.cutter.end();
    this.emptyTo(Math.ceil(this.size / CLUSTER));
    if (this.listed > 0) this.flush();
  }

  private emptyTo(cluster: number): void {
    while (this.next < cluster) this.add(undefined);
  }

  private add(bytes: Buffer | undefined): void {
    let mask = 0;
    for (let n = 0; bytes && n < BLOCKS; n++) {
      const block = bytes.subarray(n * BLOCK, (n + 1) * BLOCK);
      if (block.equals(ZEROS)) continue;
      mask |= 1 << n;
      this.blocks.push(block);
    }
    const at = FIELD.list + this.listed * ENTRY;
    this.header.writeUInt16BE(mask, at + MASK);
    this.header.writeUInt8(DISK_NUMBER, at + DISK);
    this.header.writeUInt32BE(this.next, at + NUMBER);
    this.next += 1;
    this.listed += 1;
    if (this.listed === CLUSTERS_PER_EXTENT) this.flush();
  }

  private flush(): void {
    const { header } = this;
    header.write('VMAE', FIELD.magic, 'latin1');
    header.writeUInt16BE(this.blocks.length, FIELD.blocks);
    header.set(this.uuid, FIELD.uuid);
    createHash('md5').update(header).digest().copy(header, FIELD.md5);
    this.out.write(header);
    for (const block of this.blocks) this.out.write(block);
    this.header = Buffer.alloc(EXTENT_HEADER);
    this.listed = 0;
    this.blocks = [];
  }
}
