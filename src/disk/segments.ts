import { mergeExtents, type BlockPlan, type Extent } from './block-plan.ts';
import type { BlockSink } from './block-sink.ts';

/** A run of bytes in a plan, with contents made on demand. */
export interface Segment {
  /** In bytes from the start of the plan. */
  start: number;
  length: number;
  /** Fills `target` with the segment's bytes from `offset` on; `target` may contain anything before. */
  fill(target: Buffer, offset: number): void;
}

/** Returns a segment of bytes in memory, followed by zeros up to `length`. */
export function bytesSegment(start: number, bytes: Uint8Array, length = bytes.length): Segment {
  return {
    start,
    length,
    fill(target, offset) {
      const part = bytes.subarray(Math.min(offset, bytes.length), offset + target.length);
      target.set(part);
      target.fill(0, part.length);
    },
  };
}

/** Large enough to make a write's fixed costs negligible, small enough to stay in the processor's cache between fill and write. */
const STAGE = 1 << 20;

/** Returns a plan of segments, which must not overlap. Adjacent ones are combined into writes of up to a mebibyte. */
export function segmentPlan(size: number, segments: Segment[]): BlockPlan {
  const sorted = [...segments].sort((a, b) => a.start - b.start);
  const extents: Extent[] = mergeExtents(sorted);
  return { size, extents, write: (sink) => writeSegments(sorted, sink) };
}

function* writeSegments(sorted: Segment[], sink: BlockSink): Generator<number, void> {
  const stage = Buffer.allocUnsafe(STAGE);
  let stageStart = 0;
  let staged = 0;
  for (const segment of sorted) {
    for (let offset = 0; offset < segment.length; ) {
      const at = segment.start + offset;
      if (staged > 0 && (staged === STAGE || at !== stageStart + staged)) {
        sink.write(stageStart, stage.subarray(0, staged));
        yield staged;
        staged = 0;
      }
      if (staged === 0) stageStart = at;
      const take = Math.min(STAGE - staged, segment.length - offset);
      segment.fill(stage.subarray(staged, staged + take), offset);
      staged += take;
      offset += take;
    }
  }
  if (staged > 0) {
    sink.write(stageStart, stage.subarray(0, staged));
    yield staged;
  }
}
