/** A thread that packs clusters with zstd, a batch at a time. */
import { parentPort } from 'node:worker_threads';
import type { FromCompressWorker, ToCompressWorker } from '../builders/image/compress-pool.ts';
import { zstdCompressor } from '../builders/image/zstd.ts';

const port = parentPort;
if (!port) throw new Error('compress-worker.ts runs as a worker');
const loading = zstdCompressor();

port.on('message', ({ clusters, level }: ToCompressWorker) => {
  void loading.then((compress) => {
    const packed = clusters.map((cluster) => compress(cluster, level));
    port.postMessage(
      packed satisfies FromCompressWorker,
      packed.map(({ buffer }) => buffer as ArrayBuffer),
    );
  });
});
