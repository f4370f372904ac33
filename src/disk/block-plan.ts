import type { BlockSink } from './block-sink.ts';

/** A range of bytes. */
export interface Extent {
  start: number;
  length: number;
}

/** A range of bytes that another image has too if it has a range of the same key: the same bytes from `offset` on. */
export interface Origin extends Extent {
  key: string;
  /** Of the first byte, among all bytes of that key. */
  offset: number;
}

/**
 * The contents of a partition or disk, planned before a byte is written: the size of a qcow2 and all its tables are known before its first
 * cluster, so any image can be written front to back.
 */
export interface BlockPlan {
  /** In bytes. */
  readonly size: number;
  /** The ranges that will be written, ascending and separate; everything else reads as zeros. */
  readonly extents: Extent[];
  /** What need not be written where `BlockSink.reuse` says so; ascending and separate. */
  readonly origins?: readonly Origin[];
  /**
   * Writes the extents in ascending order. Yields the number of bytes just written, so that the caller can report progress, run its event
   * loop and cancel.
   */
  write(sink: BlockSink): Generator<number, void>;
}

/** Sorts extents and joins those that touch or overlap. */
export function mergeExtents(extents: Extent[]): Extent[] {
  const merged: Extent[] = [];
  for (const { start, length } of [...extents].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && start <= last.start + last.length) last.length = Math.max(last.length, start + length - last.start);
    else merged.push({ start, length });
  }
  return merged;
}

export function extentBytes(extents: Extent[]): number {
  return extents.reduce((sum, extent) => sum + extent.length, 0);
}
