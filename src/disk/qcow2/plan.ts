/**
 * Plans a disk as an uncompressed qcow2. The disk's plan lists the bytes that will be written, so the place of each cluster, and with it
 * every table, is known in advance: the tables come first, the data follows in the disk's order, and the file is written front to back.
 */
import { BlockMap, planMappedFile } from '../block-map.ts';
import type { BlockPlan } from '../block-plan.ts';
import { CLUSTER, COPIED, encodeHeader, L2_ENTRIES, REFCOUNTS_PER_BLOCK } from './header.ts';

/** The upper half of COPIED: numbers of 32 bits are written faster than BigInts. */
const COPIED_HIGH = Number(COPIED >> 32n);

/** Returns the plan of the file, whose `size` is the file's. */
export function planQcow2(disk: BlockPlan): BlockPlan {
  const map = new BlockMap(disk.extents, CLUSTER);
  const clusters = [...map];
  const l1Entries = Math.ceil(disk.size / CLUSTER / L2_ENTRIES);
  const tables = [...new Set(clusters.map(([cluster]) => Math.floor(cluster / L2_ENTRIES)))];
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
  }).copy(head);
  tables.forEach((table, n) => head.writeBigUInt64BE(COPIED | BigInt((firstL2 + n) * CLUSTER), CLUSTER + table * 8));
  for (let n = 0; n < blockClusters; n++) head.writeBigUInt64BE(BigInt((refcountBlocks + n) * CLUSTER), refcountTable * CLUSTER + n * 8);
  for (let cluster = 0; cluster < total; cluster++) head.writeUInt16BE(1, refcountBlocks * CLUSTER + cluster * 2);
  fillL2(head.subarray(firstL2 * CLUSTER), tables, clusters, firstData);
  return planMappedFile({ disk, map, head });
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

function fillL2(b: Buffer, tables: number[], clusters: [guest: number, index: number][], firstData: number): void {
  const position = new Map(tables.map((table, n) => [table, n]));
  for (const [guest, index] of clusters) {
    const at = position.get(Math.floor(guest / L2_ENTRIES))! * CLUSTER + (guest % L2_ENTRIES) * 8;
    const offset = (firstData + index) * CLUSTER;
    b.writeUInt32BE(COPIED_HIGH + Math.floor(offset / 2 ** 32), at);
    b.writeUInt32BE(offset % 2 ** 32, at + 4);
  }
}
