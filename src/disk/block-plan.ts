import type { BlockSink } from './block-sink.ts';

/** A range of bytes. */
export interface Extent {
  start: number;
  length: number;
}

/**
 * What a partition or a whole disk will hold, decided before a byte is written: so the size of a qcow2, down to its
 * tables, is known before its first cluster, and any image can be written front to back.
 */
export interface BlockPlan {
  /** In bytes. */
  readonly size: number;
  /** What will be written, ascending, not touching one another; all else reads as zeros. */
  readonly extents: Extent[];
  /** Writes the extents in ascending order. Yields the bytes just written, so that the caller can breathe, report and cancel. */
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
