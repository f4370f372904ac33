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
    if (!('pieces' in order)) continue;
    const { pieces, buffer } = order;
    for (let n = 0, at = 0; n < pieces.length; n += 3) {
      const [offset, length, from] = [pieces[n]!, pieces[n + 1]!, pieces[n + 2]!];
      if (from >= 0) reuse({ offset, length, from });
      else {
        sink.write(offset, new Uint8Array(buffer!, at, length));
        at += length;
      }
    }
    if (buffer) channel.send('done');
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

/** Returns the SHA-256 where this thread hashes too. */
function write(last: LastImageFile | undefined): Uint8Array | undefined {
  const copied = image.last?.alike === true && copyImage(image.last.file, image.path);
  const { size, keepsPlaces, before } = opened();
  const keeps = copied && keepsPlaces === true;
  if (copied && !keeps) removeImage(image.path);
  const file = keeps ? new CopiedImageFile(image.path, size) : new ImageFile(image.path, size);
  const hashing = role === 'both' ? new HashingSink({ size, write: () => {} }, before) : undefined;
  try {
    if (file instanceof CopiedImageFile) return change(file, last!, hashing);
    const after = passOn(alsoTo(hashing, file), (order) => last!.copy(order, alsoTo(hashing, file)));
    return hashing?.digest(after);
  } finally {
    file.close();
  }
}

function alsoTo(hashing: HashingSink | undefined, sink: BlockSink): BlockSink {
  if (hashing === undefined) return sink;
  return {
    size: sink.size,
    write(offset, bytes) {
      hashing.write(offset, bytes);
      sink.write(offset, bytes);
    },
  };
}

/** Makes the new image of the copy of the last one. Returns the SHA-256 where this thread hashes too. */
function change(copy: CopiedImageFile, last: LastImageFile, hashing: HashingSink | undefined): Uint8Array | undefined {
  let position = 0;
  const moveTo = (offset: number, length: number): void => {
    if (offset > position) last.clear(copy, position, offset);
    position = offset + length;
  };
  const sink = alsoTo(hashing, {
    size: copy.size,
    write(offset, bytes) {
      moveTo(offset, bytes.length);
      copy.write(offset, bytes);
    },
  });
  const after = passOn(sink, (order) => {
    if (order.from !== order.offset) return last.copy(order, sink);
    moveTo(order.offset, order.length);
    if (hashing) last.copy(order, hashing);
  });
  moveTo(copy.size, 0);
  return hashing?.digest(after);
}

try {
  const last = image.last && new LastImageFile(image.last.file, image.last.extents);
  try {
    const digest = role === 'hash' ? hash(last) : write(last);
    channel.send(digest ? { digest } : 'closed');
  } finally {
    last?.close();
  }
} catch (error) {
  channel.sendError(error);
}
