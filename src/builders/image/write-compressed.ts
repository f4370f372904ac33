/** Writes a disk as a compressed qcow2: one thread reads and splits, others compress, the results are written in the disk's order. */
import type { BlockPlan } from '../../disk/block-plan.ts';
import { ClusterCutter } from '../../disk/qcow2/cluster-cutter.ts';
import { CompressedQcow2Writer } from '../../disk/qcow2/compressed-writer.ts';
import { CLUSTER } from '../../disk/qcow2/header.ts';
import type { ImageFile } from './image-file.ts';
import { writePlan, type WriteReport } from './write-plan.ts';
import { CompressPool } from './compress-pool.ts';

const BATCH = 16;
/** zstd's own default: a higher one takes twice the time for a twentieth of the size. */
const LEVEL = 3;

interface Batch {
  indexes: number[];
  clusters: Uint8Array[];
  packed: Promise<Uint8Array[]>;
}

/** Cuts the file to its size at the end. */
export async function writeCompressed(disk: BlockPlan, file: ImageFile, cores: number, report: WriteReport): Promise<void> {
  const pool = new CompressPool(cores, LEVEL);
  const writer = new CompressedQcow2Writer(disk.size, file, 'zstd');
  const under: Batch[] = [];
  let indexes: number[] = [];
  let clusters: Uint8Array[] = [];
  const send = (): void => {
    if (indexes.length > 0) under.push({ indexes, clusters, packed: pool.pack(clusters) });
    indexes = [];
    clusters = [];
  };
  const settle = async (most: number): Promise<void> => {
    while (under.length > most) {
      const batch = under.shift()!;
      (await batch.packed).forEach((packed, n) => {
        if (packed.length < CLUSTER) writer.compressed(batch.indexes[n]!, packed);
        else writer.plain(batch.indexes[n]!, batch.clusters[n]!);
      });
    }
  };
  const cutter = new ClusterCutter(disk.size, (index, bytes) => {
    indexes.push(index);
    clusters.push(bytes);
    if (indexes.length === BATCH) send();
  });
  try {
    await writePlan(disk, cutter, report, () => settle(4 * cores));
    cutter.end();
    send();
    await settle(0);
    file.truncate(writer.finish());
  } finally {
    pool.close();
    under.forEach(({ packed }) => packed.catch(() => {}));
  }
}
