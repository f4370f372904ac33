/** A thread that unpacks packages and hashes trees, one after the other. */
import { parentPort } from 'node:worker_threads';
import { serializeError } from '../base/errors.ts';
import { hashListing } from '../builders/unpack/tree-listing.ts';
import { unpackPackage } from '../builders/unpack/unpack-job.ts';
import type { FromUnpackWorker, ToUnpackWorker } from '../builders/unpack/unpack-pool.ts';

const port = parentPort;
if (!port) throw new Error('unpack-worker.ts runs as a worker');

port.on('message', (request: ToUnpackWorker) => {
  try {
    const digest = request.type === 'unpack' ? unpackPackage(request.job) : hashListing(request.listing);
    port.postMessage({ type: 'done', digest } satisfies FromUnpackWorker);
  } catch (error) {
    port.postMessage({ type: 'error', error: serializeError(error) } satisfies FromUnpackWorker);
  }
});
