/**
 * The destination of an image's bytes: a raw file, or the clusters of a qcow2. Each byte is written at most once, in any order; unwritten
 * ones read as zeros. Synchronous. Offsets and lengths are bytes.
 */
export interface BlockSink {
  /** The virtual disk's size. */
  readonly size: number;
  write(offset: number, bytes: Uint8Array): void;
  /** Asked for a range within one of the plan's origins: takes it from another image and returns true, or wants it to be written. */
  reuse?(offset: number, length: number): boolean;
}

/** A window on a sink, for a partition: its offset 0 is the sink's offset `start`. */
export function sinkWindow(sink: BlockSink, start: number, size: number): BlockSink {
  return {
    size,
    write: (offset, bytes) => sink.write(start + offset, bytes),
    ...(sink.reuse && { reuse: (offset: number, length: number) => sink.reuse!(start + offset, length) }),
  };
}
