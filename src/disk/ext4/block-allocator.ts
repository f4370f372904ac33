export interface BlockRun {
  start: number;
  length: number;
}

/**
 * Allocates blocks in ascending order, around the fixed runs. Apart from those, every block before `next` is in use and every later one is
 * free, so no bitmap of the whole file system is needed.
 */
export class BlockAllocator {
  next = 0;
  private upcoming = 0;
  private readonly fixed: BlockRun[];

  /** `fixed` ascending, not touching one another. */
  constructor(fixed: BlockRun[]) {
    this.fixed = fixed;
  }

  /** Returns as few runs as the fixed structures allow, ascending. Does not check the end of the device: compare `next` afterwards. */
  allocate(count: number): BlockRun[] {
    const runs: BlockRun[] = [];
    while (count > 0) {
      const obstacle = this.fixed[this.upcoming];
      const room = obstacle ? obstacle.start - this.next : Infinity;
      if (obstacle && room <= 0) {
        this.next = obstacle.start + obstacle.length;
        this.upcoming += 1;
        continue;
      }
      const length = Math.min(count, room);
      runs.push({ start: this.next, length });
      this.next += length;
      count -= length;
    }
    return runs;
  }

  /** Returns the runs in use within [start, start + length), ascending. */
  usedWithin(start: number, length: number): BlockRun[] {
    const end = start + length;
    const used: BlockRun[] = [];
    if (this.next > start) used.push({ start, length: Math.min(this.next, end) - start });
    for (let n = firstEndingAfter(this.fixed, Math.max(start, this.next)); n < this.fixed.length; n++) {
      const run = this.fixed[n]!;
      if (run.start >= end) break;
      const from = Math.max(run.start, start, this.next);
      used.push({ start: from, length: Math.min(run.start + run.length, end) - from });
    }
    return used;
  }
}

function firstEndingAfter(runs: BlockRun[], position: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.start + runs[middle]!.length > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
