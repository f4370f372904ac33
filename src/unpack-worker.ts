/** A thread that unpacks packages, one after the other. */
import { parentPort } from 'node:worker_threads';
import { serializeError } from './base/errors.ts';
import { unpackPackage } from './build/unpack/unpack-job.ts';
import type { FromUnpackWorker, ToUnpackWorker } from './build/unpack/unpack-pool.ts';

const port = parentPort;
if (!port) throw new Error('unpack-worker.ts runs as a worker');

port.on('message', (job: ToUnpackWorker) => {
  try {
    port.postMessage({ type: 'unpacked', unpacked: unpackPackage(job) } satisfies FromUnpackWorker);
  } catch (error) {
    port.postMessage({ type: 'error', error: serializeError(error) } satisfies FromUnpackWorker);
  }
});
