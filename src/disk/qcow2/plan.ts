/**
 * Plans a disk as an uncompressed qcow2. The disk's plan lists the bytes that will be written, so the place of each cluster, and with it
 * every table, is known in advance: the tables come first, the data follows in the disk's order, and the file is written front to back.
 */
import type { BlockPlan, Extent } from '../block-plan.ts';
import type { BlockSink } from '../block-sink.ts';
import { CLUSTER, COPIED, encodeHeader, L2_ENTRIES, REFCOUNTS_PER_BLOCK } from './header.ts';

/** The upper half of COPIED: numbers of 32 bits are written faster than BigInts. */
const COPIED_HIGH = Number(COPIED >> 32n);

/** Consecutive clusters of the disk at consecutive clusters of the file. */
interface ClusterRun {
  guest: number;
  host: number;
  count: number;
}

/** Returns the plan of the file, whose `size` is the file's. */
export function planQcow2(disk: BlockPlan): BlockPlan {
  const touched = touchedClusters(disk.extents);
  const dataClusters = touched.reduce((sum, run) => sum + run.count, 0);
  const l1Entries = Math.ceil(disk.size / CLUSTER / L2_ENTRIES);
  const tables = [...new Set(touched.flatMap((run) => l2TablesOf(run)))].sort((a, b) => a - b);
  const l1Clusters = Math.max(1, Math.ceil((l1Entries * 8) / CLUSTER));
  const { total, tableClusters, blockClusters } = countRefcounts(1 + l1Clusters + tables.length + dataClusters);
  const refcountTable = 1 + l1Clusters;
  const refcountBlocks = refcountTable + tableClusters;
  const firstL2 = refcountBlocks + blockClusters;
  const firstData = firstL2 + tables.length;
  let host = firstData;
  for (const run of touched) {
    run.host = host;
    host += run.count;
  }
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
  fillL2(head.subarray(firstL2 * CLUSTER), tables, touched);
  const size = total * CLUSTER;
  const extents = [{ start: 0, length: head.length }, ...disk.extents.map((extent) => mapExtent(extent, touched))];
  return { size, extents, write: (sink) => writeQcow2(head, disk, touched, sink) };
}

/** Returns the runs of the disk's clusters that the extents touch, ascending, without `host`. */
function touchedClusters(extents: Extent[]): ClusterRun[] {
  const runs: ClusterRun[] = [];
  for (const { start, length } of extents) {
    const first = Math.floor(start / CLUSTER);
    const end = Math.ceil((start + length) / CLUSTER);
    const last = runs.at(-1);
    if (last && first <= last.guest + last.count) {
      last.count = Math.max(last.count, end - last.guest);
    } else {
      runs.push({ guest: first, host: 0, count: end - first });
    }
  }
  return runs;
}

function l2TablesOf({ guest, count }: ClusterRun): number[] {
  const first = Math.floor(guest / L2_ENTRIES);
  const last = Math.floor((guest + count - 1) / L2_ENTRIES);
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
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

function fillL2(b: Buffer, tables: number[], runs: ClusterRun[]): void {
  const position = new Map(tables.map((table, n) => [table, n]));
  for (const run of runs) {
    for (let n = 0; n < run.count; n++) {
      const guest = run.guest + n;
      const at = position.get(Math.floor(guest / L2_ENTRIES))! * CLUSTER + (guest % L2_ENTRIES) * 8;
      const offset = (run.host + n) * CLUSTER;
      b.writeUInt32BE(COPIED_HIGH + Math.floor(offset / 2 ** 32), at);
      b.writeUInt32BE(offset % 2 ** 32, at + 4);
    }
  }
}

function mapExtent({ start, length }: Extent, runs: ClusterRun[]): Extent {
  const run = runs[findRun(runs, start)]!;
  return { start: run.host * CLUSTER + (start - run.guest * CLUSTER), length };
}

function findRun(runs: ClusterRun[], position: number): number {
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (runs[middle]!.guest * CLUSTER <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

function* writeQcow2(head: Buffer, disk: BlockPlan, runs: ClusterRun[], sink: BlockSink): Generator<number, void> {
  sink.write(0, head);
  yield head.length;
  // A write is within one extent, and so within one run.
  yield* disk.write({
    size: disk.size,
    write: (offset, bytes) => sink.write(mapExtent({ start: offset, length: bytes.length }, runs).start, bytes),
  });
}
