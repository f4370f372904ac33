/** A thread that writes one image's file and hashes it; see builders/image/image-thread.ts. */
import { workerData } from 'node:worker_threads';
import { HashingSink } from '../disk/hashing-sink.ts';
import { LastImageFile } from '../builders/image/last-image-file.ts';
import { ClonedImageFile, ImageFile } from '../builders/image/image-file.ts';
import type { ImageOrder, ImageReply, ImageThreadData } from '../builders/image/image-thread.ts';
import { joinChannel } from '../system/blocking-channel.ts';

const { image, channel: end } = workerData as ImageThreadData;
const channel = joinChannel<ImageOrder, ImageReply>(end);

function run(): Uint8Array {
  const last = image.last && new LastImageFile(image.last.file, image.last.extents);
  const clone = last && ClonedImageFile.of(last.path, image.path, image.size);
  const file = clone ?? new ImageFile(image.path, image.size);
  try {
    const sink = new HashingSink(file, image.before, clone && ((start, end) => last.clear(clone, start, end)));
    for (;;) {
      const order = channel.receive();
      if ('after' in order) return sink.digest(order.after);
      if ('from' in order) {
        last!.copy(order, sink);
        continue;
      }
      sink.write(order.offset, new Uint8Array(order.buffer, 0, order.length));
      channel.send(order.buffer, [order.buffer]);
    }
  } finally {
    file.close();
    last?.close();
  }
}

try {
  channel.send({ digest: run() });
} catch (error) {
  channel.sendError(error);
}
