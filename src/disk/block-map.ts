/** Files that hold blocks of a disk, where the disk's plan says which: every table is known before the first byte is written. */
import { mergeExtents, type BlockPlan, type Extent } from './block-plan.ts';
import type { BlockSink } from './block-sink.ts';

/** Consecutive blocks of the disk that are consecutive in the file. */
interface BlockRun {
  first: number;
  count: number;
  /** How many blocks precede them in the file. */
  index: number;
}

/** The blocks that a disk's extents touch, in the disk's order. */
export class BlockMap {
  /** Of blocks in the file. */
  readonly count: number;
  private readonly runs: BlockRun[] = [];

  /** `blockSize` is in bytes. */
  constructor(
    extents: Extent[],
    readonly blockSize: number,
  ) {
    let count = 0;
    for (const { start, length } of extents) {
      const first = Math.floor(start / blockSize);
      const end = Math.ceil((start + length) / blockSize);
      const last = this.runs.at(-1);
      if (last && first <= last.first + last.count) {
        const more = Math.max(0, end - last.first - last.count);
        last.count += more;
        count += more;
      } else {
        this.runs.push({ first, count: end - first, index: count });
        count += end - first;
      }
    }
    this.count = count;
  }

  /** Each block's number in the disk and in the file. */
  *[Symbol.iterator](): Generator<[block: number, index: number], void> {
    for (const { first, count, index } of this.runs) for (let n = 0; n < count; n++) yield [first + n, index + n];
  }

  /** Where a byte that is in one of the blocks lies: its block's number in the file, and its place in the block. */
  find(position: number): { index: number; offset: number } {
    const { runs, blockSize } = this;
    let low = 0;
    let high = runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (runs[middle]!.first * blockSize <= position) low = middle;
      else high = middle - 1;
    }
    const { first, index } = runs[low]!;
    const block = Math.floor(position / blockSize);
    return { index: index + block - first, offset: position - block * blockSize };
  }
}

interface MappedFile {
  disk: BlockPlan;
  map: BlockMap;
  /** The file up to its first block. */
  head: Uint8Array;
  /** Precedes each block. */
  before?: Uint8Array;
  /** Follows the last block. */
  tail?: Uint8Array;
}

const nothing = new Uint8Array(0);

/** Returns the plan of the file: its head, the blocks in the disk's order, its tail. */
export function planMappedFile({ disk, map, head, before = nothing, tail = nothing }: MappedFile): BlockPlan {
  const stride = before.length + map.blockSize;
  const placeOf = (position: number): number => {
    const { index, offset } = map.find(position);
    return head.length + index * stride + before.length + offset;
  };
  const end = head.length + map.count * stride;
  // Blocks that nothing separates in the file are written together.
  const most = before.length === 0 ? Infinity : map.blockSize;
  const extents = disk.extents.flatMap((extent) =>
    [...pieces(extent, most)].map(({ start, length }) => ({ start: placeOf(start), length })),
  );
  if (before.length > 0) for (const [, index] of map) extents.push({ start: head.length + index * stride, length: before.length });
  return {
    size: end + tail.length,
    extents: mergeExtents([
      { start: 0, length: head.length },
      ...extents,
      ...(tail.length > 0 ? [{ start: end, length: tail.length }] : []),
    ]),
    origins: (disk.origins ?? []).flatMap((origin) =>
      [...pieces(origin, most)].map(({ start, length }) => ({
        key: origin.key,
        offset: origin.offset + start - origin.start,
        start: placeOf(start),
        length,
      })),
    ),
    *write(sink) {
      sink.write(0, head);
      yield head.length;
      let begun = 0;
      const beginTo = (count: number): void => {
        for (; begun < count; begun++) sink.write(head.length + begun * stride, before);
      };
      const data: BlockSink = {
        size: disk.size,
        write(offset, bytes) {
          for (const { start, length } of pieces({ start: offset, length: bytes.length }, most)) {
            if (before.length > 0) beginTo(map.find(start).index + 1);
            sink.write(placeOf(start), bytes.subarray(start - offset, start - offset + length));
          }
        },
      };
      // Blocks with something between them are written.
      if (most === Infinity && sink.reuse) data.reuse = (offset, length) => sink.reuse!(placeOf(offset), length);
      // A write is within one extent, and so within one run.
      yield* disk.write(data);
      if (tail.length === 0) return;
      sink.write(end, tail);
      yield tail.length;
    },
  };
}

/** Splits an extent where blocks of `size` bytes begin. */
function* pieces({ start, length }: Extent, size: number): Generator<Extent, void> {
  for (let at = start; at < start + length; ) {
    const next = size === Infinity ? start + length : Math.min(start + length, (Math.floor(at / size) + 1) * size);
    yield { start: at, length: next - at };
    at = next;
  }
}
