import type { ByteSource } from '../tree/file-tree.ts';
import { mergeExtents, type BlockPlan, type Extent, type Origin } from './block-plan.ts';
import type { BlockSink } from './block-sink.ts';

/** A run of bytes in a plan, with contents made on demand. */
export interface Segment {
  /** In bytes from the start of the plan. */
  start: number;
  length: number;
  /** Fills `target` with the segment's bytes from `offset` on; `target` may contain anything before. */
  fill(target: Buffer, offset: number): void;
  /** It may be a part of one of the plan's origins. */
  isFileData?: boolean;
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

/** Returns a segment whose bytes are made when they are written, and not kept. */
export function madeSegment(start: number, length: number, make: () => Uint8Array): Segment {
  let made: Uint8Array | undefined;
  return {
    start,
    length,
    fill(target, offset) {
      made ??= make();
      const part = made.subarray(Math.min(offset, made.length), offset + target.length);
      target.set(part);
      target.fill(0, part.length);
      if (offset + target.length === length) made = undefined;
    },
  };
}

/** Returns a segment of a file's contents, followed by zeros up to `length`. */
export function sourceSegment(start: number, source: ByteSource, length = source.size): Segment {
  return {
    start,
    length,
    fill(target, offset) {
      const there = Math.max(0, Math.min(target.length, source.size - offset));
      if (there > 0) source.read(target.subarray(0, there), offset);
      target.fill(0, there);
    },
  };
}

/** Large enough to make a write's fixed costs negligible, small enough to stay in the processor's cache between fill and write. */
const STAGE = 1 << 20;

/** Returns a plan of segments, which must not overlap. Adjacent ones are combined into writes of up to a mebibyte. */
export function segmentPlan(size: number, segments: Segment[], origins: Origin[] = []): BlockPlan {
  const sorted = [...segments].sort((a, b) => a.start - b.start);
  const extents: Extent[] = mergeExtents(sorted);
  return { size, extents, origins, write: (sink) => writeSegments(sorted, origins, sink) };
}

function* writeSegments(sorted: Segment[], origins: readonly Origin[], sink: BlockSink): Generator<number, void> {
  const stage = Buffer.allocUnsafe(STAGE);
  let stageStart = 0;
  let staged = 0;
  let nextOrigin = 0;
  /** The end of the origin that a segment is within; 0 where there is none. */
  const originEnd = ({ start, length }: Segment): number => {
    while (nextOrigin < origins.length && origins[nextOrigin]!.start + origins[nextOrigin]!.length <= start) nextOrigin += 1;
    const origin = origins[nextOrigin];
    if (origin === undefined || origin.start > start) return 0;
    const end = origin.start + origin.length;
    return start + length <= end ? end : 0;
  };
  /** Segments before this one have been asked for. */
  let asked = 0;
  for (let n = 0; n < sorted.length; n++) {
    const segment = sorted[n]!;
    const reusedEnd = sink.reuse && n >= asked && segment.isFileData ? originEnd(segment) : 0;
    if (reusedEnd > 0) {
      // The segments that follow one another in an origin are asked for together.
      let end = segment.start + segment.length;
      for (asked = n + 1; asked < sorted.length; asked++) {
        const next = sorted[asked]!;
        if (!next.isFileData || next.start !== end || next.start + next.length > reusedEnd) break;
        end += next.length;
      }
      if (staged > 0) {
        sink.write(stageStart, stage.subarray(0, staged));
        yield staged;
        staged = 0;
      }
      if (sink.reuse!(segment.start, end - segment.start)) {
        yield end - segment.start;
        n = asked - 1;
        continue;
      }
    }
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
