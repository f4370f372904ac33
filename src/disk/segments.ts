import { mergeExtents, type BlockPlan, type Extent } from './block-plan.ts';
import type { BlockSink } from './block-sink.ts';

/** A run of bytes in a plan, whose contents are made on demand. */
export interface Segment {
  /** In bytes from the start of the plan. */
  start: number;
  length: number;
  /** Fills `target` with the segment's bytes from `offset` on; `target` holds garbage before. */
  fill(target: Buffer, offset: number): void;
}

/** A segment with its bytes in memory; those past their end, up to `length`, are zeros. */
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

/** Big enough that a write's fixed costs vanish, small enough to stay in the processor's cache between fill and write. */
const STAGE = 1 << 20;

/** A plan made of segments, which must not overlap. Neighbours are gathered into writes of up to a mebibyte. */
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
