/** A line of blocks or inodes in which each region has a place of its own, that the other regions decide on as little as possible. */
import { firstEndingAfter, type BlockRun } from './runs.ts';

export interface Line {
  /** The first and one past the last. */
  start: number;
  end: number;
  /** Regions are looked for before this position as long as there is room. */
  areaEnd: number;
  /** Returns the first position from the given one on where a region may begin. */
  align(position: number): number;
}

export class Places {
  /** Ascending, joined. */
  private readonly taken: BlockRun[] = [];
  private left: number;

  constructor(private readonly line: Line) {
    this.left = line.end - line.start;
  }

  get runs(): readonly BlockRun[] {
    return this.taken;
  }

  /**
   * Takes a region near `home`, a fraction of the area: the first free stretch that is long enough, from there on and then from the
   * beginning; where there is none, the first free stretches. With 1 for `home` it is behind the area. Undefined when less is free.
   */
  take(home: number, count: number): BlockRun[] | undefined {
    if (count > this.left) return undefined;
    if (count === 0) return [];
    const { start, areaEnd, end } = this.line;
    const from = start + Math.floor(home * (areaEnd - start));
    const behind = home === 1 ? this.stretch(areaEnd, end, count) : undefined;
    const found = behind ?? this.stretch(from, areaEnd, count) ?? this.stretch(start, areaEnd, count) ?? this.stretch(areaEnd, end, count);
    const runs = found === undefined ? this.pieces(from, count) : [{ start: found, length: count }];
    for (const run of runs) this.mark(run);
    this.left -= count;
    return runs;
  }

  private stretch(from: number, end: number, count: number): number | undefined {
    let at = this.line.align(from);
    for (let n = firstEndingAfter(this.taken, at); at + count <= end; n++) {
      const obstacle = this.taken[n];
      if (obstacle === undefined || obstacle.start >= at + count) return at;
      at = this.line.align(obstacle.start + obstacle.length);
    }
    return undefined;
  }

  private pieces(from: number, count: number): BlockRun[] {
    const { start, end } = this.line;
    const pieces: BlockRun[] = [];
    for (const [first, last] of [
      [from, end],
      [start, from],
    ] as const) {
      let at = first;
      for (let n = firstEndingAfter(this.taken, at); at < last && count > 0; n++) {
        const obstacle = this.taken[n];
        const room = Math.min(obstacle?.start ?? end, last) - at;
        if (room > 0) {
          const length = Math.min(room, count);
          pieces.push({ start: at, length });
          count -= length;
        }
        if (obstacle === undefined) break;
        at = obstacle.start + obstacle.length;
      }
    }
    return pieces;
  }

  private mark({ start, length }: BlockRun): void {
    const { taken } = this;
    const at = firstEndingAfter(taken, start);
    const [before, after] = [taken[at - 1], taken[at]];
    const joinsBefore = before !== undefined && before.start + before.length === start;
    const joinsAfter = after !== undefined && after.start === start + length;
    if (joinsBefore) before.length += length + (joinsAfter ? after.length : 0);
    else if (joinsAfter) taken[at] = { start, length: length + after.length };
    else taken.splice(at, 0, { start, length });
    if (joinsBefore && joinsAfter) taken.splice(at, 1);
  }
}
