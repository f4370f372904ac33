/** Runs of blocks or inodes. */
export interface BlockRun {
  start: number;
  length: number;
}

/** Sorts runs and joins those that touch. */
export function joinRuns(runs: Iterable<BlockRun>): BlockRun[] {
  const joined: BlockRun[] = [];
  for (const run of [...runs].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && last.start + last.length === run.start) last.length += run.length;
    else joined.push({ ...run });
  }
  return joined;
}

/** Returns the parts of ascending, separate runs within [start, start + length). */
export function runsWithin(runs: readonly BlockRun[], start: number, length: number): BlockRun[] {
  const end = start + length;
  const within: BlockRun[] = [];
  for (let n = firstEndingAfter(runs, start); n < runs.length && runs[n]!.start < end; n++) {
    const from = Math.max(runs[n]!.start, start);
    within.push({ start: from, length: Math.min(runs[n]!.start + runs[n]!.length, end) - from });
  }
  return within;
}

/** The index of the first of ascending, separate runs that ends behind `position`. */
export function firstEndingAfter(runs: readonly BlockRun[], position: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.start + runs[middle]!.length > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function runsLength(runs: readonly BlockRun[]): number {
  return runs.reduce((sum, run) => sum + run.length, 0);
}

/** Hands out a region from its beginning. */
export class RunCursor {
  private index = 0;
  private used = 0;

  constructor(private readonly runs: readonly BlockRun[]) {}

  /** Throws when fewer than `count` are left. */
  take(count: number): BlockRun[] {
    const taken: BlockRun[] = [];
    while (count > 0) {
      const run = this.runs[this.index]!;
      const length = Math.min(count, run.length - this.used);
      taken.push({ start: run.start + this.used, length });
      this.used += length;
      count -= length;
      if (this.used < run.length) continue;
      this.index += 1;
      this.used = 0;
    }
    return taken;
  }
}
