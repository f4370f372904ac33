import { BLOCK, SLOT } from './format.ts';

/** Blocks with some room left that are looked at for the next inode. */
const OPEN = 32;

/** Gives places to inodes with what is stored behind them, none of which crosses the end of a block. */
export class MetadataRoom {
  /** Place and bytes left of the blocks that are not full. */
  private readonly open: { at: number; left: number }[] = [];

  /** `end` is the first free byte, the beginning of a block. */
  constructor(public end: number) {}

  /** Returns the place of `size` bytes. */
  take(size: number): number {
    const needed = Math.ceil(size / SLOT) * SLOT;
    let block = this.open.find(({ left }) => left >= needed);
    if (!block) {
      block = { at: this.end, left: BLOCK };
      this.end += BLOCK;
      this.open.push(block);
      if (this.open.length > OPEN) this.open.splice(this.fullest(), 1);
    }
    const { at } = block;
    block.at += needed;
    block.left -= needed;
    return at;
  }

  private fullest(): number {
    let best = 0;
    this.open.forEach(({ left }, n) => {
      if (left < this.open[best]!.left) best = n;
    });
    return best;
  }
}
