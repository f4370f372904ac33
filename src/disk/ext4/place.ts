/** Gives the inodes of a file system their numbers and blocks. */
import { FIRST_INODE, ROOT_INODE } from './constants.ts';
import { buildExtentTree, needsNodes } from './extent-tree.ts';
import { layOut, type Geometry } from './geometry.ts';
import type { PlannedInode } from './inode-list.ts';
import { journalBlocks } from './journal.ts';
import type { Ext4Layout } from './layout.ts';
import { boxUp, type Parcel } from './parcels.ts';
import { Places, type Line } from './places.ts';
import { joinRuns, RunCursor, type BlockRun } from './runs.ts';

export type Placement = Pick<Ext4Layout, 'geometry' | 'used' | 'inodes' | 'parcels' | 'journal' | 'doubleIndirect'>;

/** The inodes of a parcel, in the order of their paths. */
interface Members {
  parcel: Parcel | undefined;
  inodes: PlannedInode[];
  blocks: number;
}

/** Blocks of a cluster of 64 KiB, as a qcow2 has them, and the inodes that it holds. */
const CLUSTER_BLOCKS = 16;
const CLUSTER_INODES = 256;
/** Parcels of at least so many blocks or inodes begin at a cluster. */
const LARGE_BLOCKS = 256;
const LARGE_INODES = 1024;
/** Below, they follow all others unless they are packages. */
const SMALL_BLOCKS = 64;
const SMALL_INODES = 256;
/** Contents for each box of small parcels. */
const BLOCKS_PER_BOX = 4096;
const LEAST_BOXES = 8;
const MOST_BOXES = 4096;
/** How much room there is for each block and inode before they are put close together. */
const SPREAD = 4;

/** Undefined when they do not fit. Parcels are spread over the file system if there is room, else they follow one another. */
export function place(planned: PlannedInode[], blocks: number, inodeCount: number): Placement | undefined {
  const geometry = layOut(blocks, inodeCount);
  if (!geometry) return undefined;
  const members = groupByParcel(planned);
  return (members.length > 1 ? placeIn(geometry, planned, members, true) : undefined) ?? placeIn(geometry, planned, members, false);
}

function groupByParcel(planned: PlannedInode[]): Members[] {
  const groups = new Map<Parcel | undefined, Members>();
  for (const inode of planned) {
    let group = groups.get(inode.parcel);
    if (!group) groups.set(inode.parcel, (group = { parcel: inode.parcel, inodes: [], blocks: 0 }));
    group.inodes.push(inode);
    group.blocks += inode.dataBlocks;
  }
  return [...groups.values()];
}

function placeIn(geometry: Geometry, planned: PlannedInode[], members: Members[], spread: boolean): Placement | undefined {
  const content = members.reduce((sum, { blocks }) => sum + blocks, 0);
  const boxes = Math.min(MOST_BOXES, Math.max(LEAST_BOXES, 2 ** Math.ceil(Math.log2(Math.max(1, content) / BLOCKS_PER_BOX))));
  numberInodes(geometry, members, planned.length, spread ? boxes : undefined);
  const device = new FreeBlocks(geometry);
  const journalSize = journalBlocks(geometry.blocks);
  const own = 1 + journalSize;
  const line: Line = { start: own, end: device.count, areaEnd: device.count, align: (position) => position };
  if (line.start > line.end) return undefined;
  if (spread) {
    line.areaEnd = own + Math.min(device.count - own, SPREAD * 2 ** Math.ceil(Math.log2(Math.max(1, content))));
    line.align = (position) => device.align(position);
  }
  const places = new Places(line);
  const regions = new Map<Members, RunCursor>();
  const boxed = boxUp(
    members.map((group) => ({ ...group, group, size: group.blocks })),
    { large: LARGE_BLOCKS, small: SMALL_BLOCKS, boxes },
  );
  for (const box of boxed) {
    const region = places.take(spread ? box.home : 0, box.size);
    if (!region) return undefined;
    const cursor = new RunCursor(region.flatMap((run) => device.runs(run)));
    for (const { group } of box.members) regions.set(group, cursor);
  }
  // A file of many runs has blocks for its extent tree behind everything else.
  const nodeBlock = (): number => {
    const run = places.take(spread ? 1 : 0, 1);
    if (!run) throw new NoRoom();
    return device.runs(run[0]!)[0]!.start;
  };
  try {
    const [doubleIndirect, ...journalRuns] = splitFirst(device.runs({ start: 0, length: own }));
    for (const { members: inBox } of boxed) {
      for (const { group } of inBox) {
        const region = regions.get(group)!;
        for (const ofData of [true, false])
          for (const inode of group.inodes) {
            if ((inode.data !== undefined) !== ofData) continue;
            const taken = region.take(inode.dataBlocks);
            inode.runs = taken.length > 1 ? joinRuns(taken) : taken;
            inode.tree = needsNodes(inode.runs) ? buildExtentTree(inode.runs, nodeBlock) : undefined;
          }
      }
    }
    const journal = journalSize > 0 ? { runs: journalRuns, tree: buildExtentTree(journalRuns, nodeBlock) } : undefined;
    const taken = [{ start: 0, length: own }, ...places.runs].flatMap((run) => device.runs(run));
    return {
      geometry,
      used: joinRuns([...geometry.fixed, ...taken]),
      inodes: [...planned].sort((a, b) => a.number - b.number),
      parcels: members.flatMap(({ parcel, inodes }) => (parcel === undefined ? [] : [{ parcel, inodes }])),
      journal,
      doubleIndirect,
    };
  } catch (error) {
    if (error instanceof NoRoom) return undefined;
    throw error;
  }
}

class NoRoom extends Error {}

function splitFirst(runs: BlockRun[]): [number, ...BlockRun[]] {
  const { start, length } = runs[0]!;
  return [start, ...(length > 1 ? [{ start: start + 1, length: length - 1 }] : []), ...runs.slice(1)];
}

/** `boxes` is undefined for numbers without gaps. */
function numberInodes(geometry: Geometry, members: Members[], count: number, boxes: number | undefined): void {
  const total = geometry.groups.length * geometry.inodesPerGroup;
  const start = FIRST_INODE + 1;
  const spread = boxes !== undefined;
  const places = new Places({
    start,
    end: total + 1,
    areaEnd: spread ? Math.min(total + 1, SPREAD * 2 ** Math.ceil(Math.log2(count + start))) : total + 1,
    align: spread ? (number) => Math.ceil((number - 1) / CLUSTER_INODES) * CLUSTER_INODES + 1 : (number) => number,
  });
  const numbered = members.map((group) => {
    const inodes = group.inodes.filter(({ number }) => number !== ROOT_INODE && number !== FIRST_INODE);
    return { parcel: group.parcel, inodes, size: inodes.length };
  });
  for (const box of boxUp(numbered, { large: LARGE_INODES, small: SMALL_INODES, boxes: boxes ?? 1 })) {
    // There are at least as many inodes as were asked for.
    const region = new RunCursor(places.take(spread ? box.home : 0, box.size)!);
    for (const { inodes } of box.members) for (const inode of inodes) inode.number = region.take(1)[0]!.start;
  }
}

/** The blocks of a device without those of the fixed structures, counted from 0. */
class FreeBlocks {
  readonly count: number;
  /** The runs between the fixed structures, and how many of these blocks precede each. */
  private readonly gaps: (BlockRun & { before: number })[] = [];

  constructor({ blocks, fixed }: Geometry) {
    let [before, at] = [0, 0];
    for (const run of [...fixed, { start: blocks, length: 0 }]) {
      if (run.start > at) {
        this.gaps.push({ start: at, length: run.start - at, before });
        before += run.start - at;
      }
      at = run.start + run.length;
    }
    this.count = before;
  }

  /** The blocks of the device that a run of these is. */
  runs({ start, length }: BlockRun): BlockRun[] {
    const runs: BlockRun[] = [];
    for (let n = this.gapAt(start); length > 0; n++) {
      const gap = this.gaps[n]!;
      const inside = start - gap.before;
      const take = Math.min(length, gap.length - inside);
      runs.push({ start: gap.start + inside, length: take });
      start += take;
      length -= take;
    }
    return runs;
  }

  /** The next position that is the beginning of a cluster on the device. */
  align(position: number): number {
    while (position < this.count) {
      const gap = this.gaps[this.gapAt(position)]!;
      const block = gap.start + position - gap.before;
      const aligned = Math.ceil(block / CLUSTER_BLOCKS) * CLUSTER_BLOCKS;
      if (aligned < gap.start + gap.length) return position + aligned - block;
      position = gap.before + gap.length;
    }
    return position;
  }

  private gapAt(position: number): number {
    let low = 0;
    let high = this.gaps.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.gaps[middle]!.before <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
