/** A thread that unpacks archives of binary caches, one after the other; see caches/unpack/nar-pool.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../base/errors.ts';
import { unpackNar, type NarJob } from '../caches/unpack/nar-job.ts';
import type { FromNarThread, NarThreadData, ToNarThread } from '../caches/unpack/nar-pool.ts';
import { MOST_WAITING } from '../caches/unpack/nar-stream.ts';
import { joinChannel } from '../system/blocking-channel.ts';

const main = parentPort;
if (!main) throw new Error('nar-worker.ts runs as a worker');
const channel = joinChannel<ToNarThread, never>((workerData as NarThreadData).channel);

/** Bytes after which the download receives word that they were taken: half of what it may be ahead, as each message costs. */
const REPORTED = MOST_WAITING / 2;

/** Blocks for each piece until it is there. */
function* pieces(): Generator<Uint8Array> {
  for (let taken = 0; ; ) {
    const message = channel.receive();
    if (message.type !== 'piece') return;
    const { bytes } = message;
    taken += bytes.length;
    if (taken >= REPORTED) {
      send({ type: 'taken', bytes: taken });
      taken = 0;
    }
    yield bytes;
  }
}

function send(message: FromNarThread): void {
  main!.postMessage(message);
}

main.on('message', async (job: NarJob) => {
  try {
    await unpackNar(job, pieces());
    send({ type: 'done' });
  } catch (error) {
    send({ type: 'error', error: serializeError(error) });
  }
});
