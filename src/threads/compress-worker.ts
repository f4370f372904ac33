/** A thread that packs parts of a disk, a batch at a time. */
import { parentPort } from 'node:worker_threads';
import { packerOf, type Packed } from '../builders/image/codecs.ts';
import type { FromCompressWorker, ToCompressWorker } from '../builders/image/compress-pool.ts';

const port = parentPort;
if (!port) throw new Error('compress-worker.ts runs as a worker');
const packers = new Map<string, Promise<(part: Uint8Array) => Packed>>();

port.on('message', ({ parts, codec, level }: ToCompressWorker) => {
  const key = `${codec} ${level}`;
  const loading = packers.get(key) ?? packerOf(codec, level);
  packers.set(key, loading);
  void loading.then((pack) => port.postMessage(parts.map(pack) satisfies FromCompressWorker));
});
