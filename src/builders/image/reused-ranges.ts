/** Which ranges of an image's new file are in the last one. */
import type { Origin } from '../../disk/block-plan.ts';
import type { RecordedOrigin } from '../../store/image-records.ts';

/** In bytes: `length` of them at `start` of the new file are at `from` of the last one. */
export interface ReusedRange {
  start: number;
  length: number;
  from: number;
}

export class ReusedRanges {
  /** Ascending, separate. */
  private readonly ranges: ReusedRange[] = [];
  bytes = 0;
  /** Of those, in both files at the same place. */
  bytesInPlace = 0;

  constructor(origins: readonly Origin[], last: readonly RecordedOrigin[]) {
    const byKey = new Map<string, RecordedOrigin[]>();
    for (const origin of last) {
      const there = byKey.get(origin[0]);
      if (there) there.push(origin);
      else byKey.set(origin[0], [origin]);
    }
    for (const origin of origins) {
      for (const [, offset, start, length] of byKey.get(origin.key) ?? []) {
        const first = Math.max(offset, origin.offset);
        const end = Math.min(offset + length, origin.offset + origin.length);
        if (first >= end) continue;
        const range = { start: origin.start + first - origin.offset, length: end - first, from: start + first - offset };
        this.ranges.push(range);
        this.bytes += range.length;
        if (range.start === range.from) this.bytesInPlace += range.length;
      }
    }
    this.ranges.sort((a, b) => a.start - b.start);
  }

  /** Returns where a range of the new file is in the last one, in pieces; undefined unless all of it is. */
  find(start: number, length: number): ReusedRange[] | undefined {
    const pieces: ReusedRange[] = [];
    for (let n = this.indexAt(start), end = start + length; start < end; n++) {
      const range = this.ranges[n];
      if (range === undefined || range.start > start || range.start + range.length <= start) return undefined;
      const inside = start - range.start;
      const take = Math.min(end - start, range.length - inside);
      pieces.push({ start, length: take, from: range.from + inside });
      start += take;
    }
    return pieces;
  }

  private indexAt(position: number): number {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.ranges[middle]!.start <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
