/** A thread that unpacks packages, one after the other. */
import { parentPort } from 'node:worker_threads';
import { serializeError } from './base/errors.ts';
import { unpackPackage } from './build/unpack/unpack-job.ts';
import type { FromUnpackWorker, ToUnpackWorker } from './build/unpack/unpack-pool.ts';
import { loadDecompressors } from './debian/decompressors.ts';

const port = parentPort;
if (!port) throw new Error('unpack-worker.ts runs as a worker');
const decompressors = loadDecompressors();

port.on('message', (job: ToUnpackWorker) => {
  void decompressors.then((loaded) => unpackPackage(job, loaded)).then(
    (unpacked) => port.postMessage({ type: 'unpacked', unpacked } satisfies FromUnpackWorker),
    (error: unknown) => port.postMessage({ type: 'error', error: serializeError(error) } satisfies FromUnpackWorker),
  );
});
