/** A thread that unpacks archives of binary caches, one after the other; see caches/unpack/nar-pool.ts. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { serializeError } from '../base/errors.ts';
import { unpackNar, type NarJob } from '../caches/unpack/nar-job.ts';
import type { FromNarThread, NarThreadData, ToNarThread } from '../caches/unpack/nar-pool.ts';
import { SharedWord } from '../system/shared-word.ts';

const main = parentPort;
if (!main) throw new Error('nar-worker.ts runs as a worker');
const { port, arrivals } = workerData as NarThreadData;
const arrived = new SharedWord(arrivals);

/** Blocks for each piece until it is there. */
function* pieces(): Generator<Uint8Array> {
  for (;;) {
    const seen = arrived.value;
    const found = receiveMessageOnPort(port) as { message: ToNarThread } | undefined;
    if (!found) {
      arrived.waitWhile(seen);
      continue;
    }
    if (found.message.type !== 'piece') return;
    const { bytes } = found.message;
    send({ type: 'taken', bytes: bytes.length });
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
