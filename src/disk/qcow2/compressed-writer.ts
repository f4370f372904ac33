/** A qcow2 of compressed clusters: the data follows the L1 table without alignment, the other tables follow the data. */
import type { BlockSink } from '../block-sink.ts';
import {
  CLUSTER,
  CLUSTER_BITS,
  COMPRESSED,
  COPIED,
  encodeHeader,
  L2_ENTRIES,
  REFCOUNTS_PER_BLOCK,
  type CompressionType,
} from './header.ts';
import { countRefcounts } from './plan.ts';

/** In a compressed cluster's descriptor: the bit where the number of further 512-byte sectors begins. */
const SECTORS_SHIFT = BigInt(62 - (CLUSTER_BITS - 8));

export class CompressedQcow2Writer {
  private readonly size: number;
  private readonly file: Pick<BlockSink, 'write'>;
  private readonly compression: CompressionType;
  private readonly l1Entries: number;
  private readonly l2 = new Map<number, Buffer>();
  /** The number of the disk's clusters that are at least partly in each cluster of the file. Defaults to one. */
  private readonly references: number[] = [];
  private next: number;

  constructor(size: number, file: Pick<BlockSink, 'write'>, compression: CompressionType) {
    this.size = size;
    this.file = file;
    this.compression = compression;
    this.l1Entries = Math.ceil(size / CLUSTER / L2_ENTRIES);
    this.next = (1 + this.l1Clusters) * CLUSTER;
    this.references.push(...new Array<number>(this.next / CLUSTER).fill(1));
  }

  private get l1Clusters(): number {
    return Math.max(1, Math.ceil((this.l1Entries * 8) / CLUSTER));
  }

  /** Writes the disk's cluster `index`, each at most once. `packed` is compressed by the header's method and shorter than a cluster. */
  compressed(index: number, packed: Uint8Array): void {
    const offset = this.next;
    const last = offset + packed.length - 1;
    const furtherSectors = Math.floor(last / 512) - Math.floor(offset / 512);
    this.file.write(offset, packed);
    for (let cluster = Math.floor(offset / CLUSTER); cluster <= Math.floor(last / CLUSTER); cluster++) {
      this.references[cluster] = (this.references[cluster] ?? 0) + 1;
    }
    this.next = last + 1;
    this.map(index, COMPRESSED | (BigInt(furtherSectors) << SECTORS_SHIFT) | BigInt(offset));
  }

  /** A cluster that does not get smaller. */
  plain(index: number, bytes: Uint8Array): void {
    const offset = this.align();
    this.file.write(offset, bytes);
    this.references[offset / CLUSTER] = 1;
    this.next = offset + CLUSTER;
    this.map(index, COPIED | BigInt(offset));
  }

  /** Writes the tables and the header. Returns the file's size. */
  finish(): number {
    const l1 = Buffer.alloc(this.l1Clusters * CLUSTER);
    for (const [table, entries] of this.l2) {
      const offset = this.align();
      this.file.write(offset, entries);
      this.next = offset + CLUSTER;
      l1.writeBigUInt64BE(COPIED | BigInt(offset), table * 8);
    }
    const refcountTable = this.align();
    const { total, tableClusters, blockClusters } = countRefcounts(refcountTable / CLUSTER);
    const blocks = refcountTable + tableClusters * CLUSTER;
    const table = Buffer.alloc(tableClusters * CLUSTER);
    for (let n = 0; n < blockClusters; n++) table.writeBigUInt64BE(BigInt(blocks + n * CLUSTER), n * 8);
    const counts = Buffer.alloc(blockClusters * REFCOUNTS_PER_BLOCK * 2);
    for (let cluster = 0; cluster < total; cluster++) counts.writeUInt16BE(this.references[cluster] ?? 1, cluster * 2);
    this.file.write(refcountTable, table);
    this.file.write(blocks, counts);
    this.file.write(CLUSTER, l1);
    this.file.write(
      0,
      encodeHeader({
        size: this.size,
        l1Entries: this.l1Entries,
        l1Offset: CLUSTER,
        refcountTableOffset: refcountTable,
        refcountTableClusters: tableClusters,
        compression: this.compression,
      }),
    );
    return total * CLUSTER;
  }

  private align(): number {
    return Math.ceil(this.next / CLUSTER) * CLUSTER;
  }

  private map(index: number, entry: bigint): void {
    const table = Math.floor(index / L2_ENTRIES);
    let entries = this.l2.get(table);
    if (!entries) this.l2.set(table, (entries = Buffer.alloc(CLUSTER)));
    entries.writeBigUInt64BE(entry, (index % L2_ENTRIES) * 8);
  }
}
