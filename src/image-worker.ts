/** A thread that writes one image's file and hashes it; see io/image-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from './base/errors.ts';
import { HashingSink } from './disk/hashing-sink.ts';
import { ImageFile } from './io/image-file.ts';
import { endMark, SLOT, SLOTS, WORD, type ImageThreadData, type OpenImage } from './io/image-thread.ts';

const { slots: { control, data, places }, port, image } = workerData as ImageThreadData & { image: OpenImage };

function run(): Uint8Array {
  const file = new ImageFile(image.path, image.size);
  try {
    const sink = new HashingSink(file, image.before);
    for (let count = 0; ; count++) {
      while (Atomics.load(control, WORD.written) === count) Atomics.wait(control, WORD.written, count);
      const slot = count % SLOTS;
      const length = places[slot * 2 + 1]!;
      const bytes = (size: number): Uint8Array => data.subarray(slot * SLOT, slot * SLOT + size);
      if (length < 0) return sink.digest(bytes(endMark(length)));
      sink.write(places[slot * 2]!, bytes(length));
      Atomics.store(control, WORD.done, count + 1);
      Atomics.notify(control, WORD.done);
    }
  } finally {
    file.close();
  }
}

try {
  parentPort!.postMessage(run());
} catch (error) {
  port.postMessage(serializeError(error));
  Atomics.store(control, WORD.failed, 1);
  // Whoever waits for a slot wakes, looks, and finds the failure.
  Atomics.add(control, WORD.done, SLOTS);
  Atomics.notify(control, WORD.done);
  parentPort!.postMessage(new Uint8Array());
}
