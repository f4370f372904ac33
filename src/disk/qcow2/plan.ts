/**
 * Plans a disk as an uncompressed qcow2. The disk's plan lists the bytes that will be written, so the place of each cluster, and with it
 * every table, is known in advance: the tables come first, the data follows in the disk's order, and the file is written front to back.
 */
import { BlockMap, planMappedFile } from '../block-map.ts';
import type { BlockPlan } from '../block-plan.ts';
import { BACKING_FORMAT_EXTENSION, CLUSTER, COPIED, encodeHeader, L2_ENTRIES, REFCOUNTS_PER_BLOCK } from './header.ts';

/** The upper half of COPIED: numbers of 32 bits are written faster than BigInts. */
const COPIED_HIGH = Number(COPIED >> 32n);

/** Of a cluster, with extended L2 entries. */
const SUBCLUSTERS = 32;
const SUBCLUSTER = CLUSTER / SUBCLUSTERS;

export interface Qcow2Options {
  /** Only the subclusters of 2 KiB that hold something are marked as there ("extended L2 entries", since qemu 5.2). Defaults to false. */
  subclusters?: boolean;
  /** A qcow2 that has what this one lacks: absolute, or relative to the file's folder. Defaults to none: the rest is zeros. */
  backing?: string | undefined;
}

/** Returns the plan of the file, whose `size` is the file's. */
export function planQcow2(disk: BlockPlan, { subclusters = false, backing }: Qcow2Options = {}): BlockPlan {
  const map = new BlockMap(disk.extents, CLUSTER);
  const perTable = subclusters ? L2_ENTRIES / 2 : L2_ENTRIES;
  const l1Entries = Math.ceil(disk.size / CLUSTER / perTable);
  const tables = tablesOf(map, perTable);
  const l1Clusters = Math.max(1, Math.ceil((l1Entries * 8) / CLUSTER));
  const { total, tableClusters, blockClusters } = countRefcounts(1 + l1Clusters + tables.length + map.count);
  const refcountTable = 1 + l1Clusters;
  const refcountBlocks = refcountTable + tableClusters;
  const firstL2 = refcountBlocks + blockClusters;
  const firstData = firstL2 + tables.length;
  const head = Buffer.alloc(firstData * CLUSTER);
  encodeHeader({
    size: disk.size,
    l1Entries,
    l1Offset: CLUSTER,
    refcountTableOffset: refcountTable * CLUSTER,
    refcountTableClusters: tableClusters,
    compression: 'zlib',
    extendedL2: subclusters,
    ...(backing !== undefined && { backing, extensions: new Map([[BACKING_FORMAT_EXTENSION, Buffer.from('qcow2')]]) }),
  }).copy(head);
  tables.forEach((table, n) => head.writeBigUInt64BE(COPIED | BigInt((firstL2 + n) * CLUSTER), CLUSTER + table * 8));
  for (let n = 0; n < blockClusters; n++) head.writeBigUInt64BE(BigInt((refcountBlocks + n) * CLUSTER), refcountTable * CLUSTER + n * 8);
  for (let cluster = 0; cluster < total; cluster++) head.writeUInt16BE(1, refcountBlocks * CLUSTER + cluster * 2);
  fillL2(head.subarray(firstL2 * CLUSTER), { tables, map, firstData, perTable, bitmaps: subclusters ? bitmapsOf(disk, map) : undefined });
  return planMappedFile({ disk, map, head });
}

/** The numbers of the L2 tables that have entries, ascending. */
function tablesOf(map: BlockMap, perTable: number): number[] {
  const tables: number[] = [];
  for (const [cluster] of map) {
    const table = Math.floor(cluster / perTable);
    if (table !== tables.at(-1)) tables.push(table);
  }
  return tables;
}

/** Of each cluster in the file: a bit for each subcluster that the disk's extents touch. */
function bitmapsOf(disk: BlockPlan, map: BlockMap): Uint32Array {
  const bitmaps = new Uint32Array(map.count);
  for (const { start, length } of disk.extents) {
    for (let at = Math.floor(start / SUBCLUSTER) * SUBCLUSTER; at < start + length; at += SUBCLUSTER) {
      const { index, offset } = map.find(at);
      bitmaps[index]! |= 1 << (offset / SUBCLUSTER);
    }
  }
  return bitmaps;
}

/** Returns the number of clusters for reference counts, which include their own. `others` is the number of all other clusters. */
export function countRefcounts(others: number): { total: number; tableClusters: number; blockClusters: number } {
  let total = others;
  for (;;) {
    const blockClusters = Math.ceil(total / REFCOUNTS_PER_BLOCK);
    const tableClusters = Math.ceil((blockClusters * 8) / CLUSTER);
    const sum = others + blockClusters + tableClusters;
    if (sum === total) return { total, tableClusters, blockClusters };
    total = sum;
  }
}

interface L2 {
  tables: number[];
  map: BlockMap;
  /** The number of the first cluster of data in the file. */
  firstData: number;
  /** Entries of a table. */
  perTable: number;
  /** With extended entries. */
  bitmaps: Uint32Array | undefined;
}

function fillL2(b: Buffer, { tables, map, firstData, perTable, bitmaps }: L2): void {
  const position = new Map(tables.map((table, n) => [table, n]));
  for (const [guest, index] of map) {
    const at = position.get(Math.floor(guest / perTable))! * CLUSTER + (guest % perTable) * (CLUSTER / perTable);
    const offset = (firstData + index) * CLUSTER;
    b.writeUInt32BE(COPIED_HIGH + Math.floor(offset / 2 ** 32), at);
    b.writeUInt32BE(offset % 2 ** 32, at + 4);
    // Behind it, which subclusters are zeros in the upper half, and which are there in the lower one.
    if (bitmaps) b.writeUInt32BE(bitmaps[index]!, at + 12);
  }
}
