/** A thread that unpacks packages and hashes trees, one after the other. */
import { parentPort } from 'node:worker_threads';
import { serializeError } from './base/errors.ts';
import { hashListing } from './build/unpack/tree-listing.ts';
import { unpackPackage } from './build/unpack/unpack-job.ts';
import type { FromUnpackWorker, SystemFacts, ToUnpackWorker } from './build/unpack/unpack-pool.ts';

const port = parentPort;
if (!port) throw new Error('unpack-worker.ts runs as a worker');

port.on('message', (request: ToUnpackWorker) => {
  try {
    const digest = request.type === 'unpack' ? unpackPackage(request.job) : hashListing(request.listing);
    port.postMessage({ type: 'done', digest } satisfies FromUnpackWorker);
  } catch (error) {
    port.postMessage({ type: 'error', error: serializeError(error), ...systemFacts(error) } satisfies FromUnpackWorker);
  }
});

/** A full disk must still be known as such in the other thread. */
function systemFacts(error: unknown): { system?: SystemFacts } {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  return typeof syscall === 'string' && code !== undefined ? { system: { code, syscall, ...(path !== undefined && { path }) } } : {};
}
