/**
 * Where an image's bytes go: a raw file, or the clusters of a qcow2. Written once each, in any order; what is never
 * written reads as zeros. Synchronous. Offsets and lengths are bytes.
 */
export interface BlockSink {
  /** The virtual disk's size. */
  readonly size: number;
  write(offset: number, bytes: Uint8Array): void;
}

/** A window on a sink, for a partition: offset 0 of the window is `start` of the whole. */
export function sinkWindow(sink: BlockSink, start: number, size: number): BlockSink {
  return { size, write: (offset, bytes) => sink.write(start + offset, bytes) };
}
