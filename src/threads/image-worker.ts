/** A thread that writes one image's file and hashes it; see builders/image/image-thread.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { serializeError } from '../base/errors.ts';
import { HashingSink } from '../disk/hashing-sink.ts';
import { ImageFile } from '../builders/image/image-file.ts';
import { endMark, imageControl, SLOT, SLOTS, type ImageThreadData, type OpenImage } from '../builders/image/image-thread.ts';

const {
  slots: { control, data, places },
  port,
  image,
} = workerData as ImageThreadData & { image: OpenImage };
const words = imageControl(control);

function run(): Uint8Array {
  const file = new ImageFile(image.path, image.size);
  try {
    const sink = new HashingSink(file, image.before);
    for (let count = 0; ; count++) {
      words.written.waitWhile(count);
      const slot = count % SLOTS;
      const length = places[slot * 2 + 1]!;
      const bytes = (size: number): Uint8Array => data.subarray(slot * SLOT, slot * SLOT + size);
      if (length < 0) return sink.digest(bytes(endMark(length)));
      sink.write(places[slot * 2]!, bytes(length));
      words.done.set(count + 1);
    }
  } finally {
    file.close();
  }
}

try {
  parentPort!.postMessage(run());
} catch (error) {
  port.postMessage(serializeError(error));
  words.failed.set(1);
  // Wakes the thread that waits for a slot, which then finds the failure.
  words.done.set(words.done.value + SLOTS);
  parentPort!.postMessage(new Uint8Array());
}
