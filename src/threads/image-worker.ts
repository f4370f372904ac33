/** A thread that writes one image's file, or hashes it; see builders/image/image-thread.ts. */
import { workerData } from 'node:worker_threads';
import type { BlockSink } from '../disk/block-sink.ts';
import { HashingSink } from '../disk/hashing-sink.ts';
import { LastImageFile } from '../builders/image/last-image-file.ts';
import { CopiedImageFile, copyImage, ImageFile, removeImage } from '../builders/image/image-file.ts';
import type { ImageOrder, ImageReply, ImageThreadData, OpenImage, ReuseOrder } from '../builders/image/image-thread.ts';
import { joinChannel } from '../system/blocking-channel.ts';

const { image, role, channel: end } = workerData as ImageThreadData;
const channel = joinChannel<ImageOrder, ImageReply>(end);

/** Passes everything to `sink`; returns what is to be hashed last. `reuse` is called for what is in the last image. */
function passOn(sink: BlockSink, reuse: (order: ReuseOrder) => void): Uint8Array {
  for (;;) {
    const order = channel.receive();
    if ('after' in order) return order.after;
    if ('from' in order) reuse(order);
    else if ('offset' in order) {
      sink.write(order.offset, new Uint8Array(order.buffer, 0, order.length));
      channel.send('done');
    }
  }
}

function opened(): OpenImage {
  // Planning takes as long as it takes.
  return channel.receive(Infinity) as OpenImage;
}

function hash(last: LastImageFile | undefined): Uint8Array {
  const { size, before } = opened();
  const sink = new HashingSink({ size, write: () => {} }, before);
  return sink.digest(passOn(sink, (order) => last!.copy(order, sink)));
}

function write(last: LastImageFile | undefined): void {
  const copied = image.last?.alike === true && copyImage(image.last.file, image.path);
  const { size, keepsPlaces } = opened();
  const keeps = copied && keepsPlaces === true;
  if (copied && !keeps) removeImage(image.path);
  const file = keeps ? new CopiedImageFile(image.path, size) : new ImageFile(image.path, size);
  try {
    if (file instanceof CopiedImageFile) change(file, last!);
    else passOn(file, (order) => last!.copy(order, file));
  } finally {
    file.close();
  }
}

/** Makes the new image of the copy of the last one. */
function change(copy: CopiedImageFile, last: LastImageFile): void {
  let position = 0;
  const moveTo = (offset: number, length: number): void => {
    if (offset > position) last.clear(copy, position, offset);
    position = offset + length;
  };
  const sink: BlockSink = {
    size: copy.size,
    write(offset, bytes) {
      moveTo(offset, bytes.length);
      copy.write(offset, bytes);
    },
  };
  passOn(sink, (order) => {
    if (order.from === order.offset) moveTo(order.offset, order.length);
    else last.copy(order, sink);
  });
  moveTo(copy.size, 0);
}

try {
  const last = image.last && new LastImageFile(image.last.file, image.last.extents);
  try {
    if (role === 'hash') channel.send({ digest: hash(last) });
    else {
      write(last);
      channel.send('closed');
    }
  } finally {
    last?.close();
  }
} catch (error) {
  channel.sendError(error);
}
