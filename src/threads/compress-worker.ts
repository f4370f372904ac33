/** A thread that packs parts of a disk, a batch at a time. */
import { parentPort } from 'node:worker_threads';
import { packerOf, type Codec, type Packed } from '../builders/image/codecs.ts';
import type { FromCompressWorker, ToCompressWorker } from '../builders/image/compress-pool.ts';

const port = parentPort;
if (!port) throw new Error('compress-worker.ts runs as a worker');
const packers = new Map<Codec, Promise<(part: Uint8Array) => Packed>>();

port.on('message', ({ parts, codec }: ToCompressWorker) => {
  const loading = packers.get(codec) ?? packerOf(codec);
  packers.set(codec, loading);
  void loading.then((pack) => port.postMessage(parts.map(pack) satisfies FromCompressWorker));
});
