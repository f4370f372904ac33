import type { BlockSink } from './block-sink.ts';

/** Splits ascending writes into whole blocks, filling gaps with zeros; blocks that are all zeros are left out. */
export class BlockCutter implements BlockSink {
  readonly size: number;
  private readonly blockSize: number;
  private readonly onBlock: (index: number, bytes: Buffer) => void;
  private readonly zeros: Buffer;
  private index = -1;
  private current = Buffer.alloc(0);

  /** `size` and `blockSize` are in bytes. The last block is whole, too. `onBlock` may keep what it is given. */
  constructor(size: number, blockSize: number, onBlock: (index: number, bytes: Buffer) => void) {
    this.size = size;
    this.blockSize = blockSize;
    this.onBlock = onBlock;
    this.zeros = Buffer.alloc(blockSize);
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const index = Math.floor(at / this.blockSize);
      const inside = at % this.blockSize;
      const part = bytes.subarray(done, done + this.blockSize - inside);
      if (index !== this.index) this.begin(index, part.length === this.blockSize);
      this.current.set(part, inside);
      done += part.length;
    }
  }

  /** Hands out the last block. */
  end(): void {
    if (this.index >= 0 && !this.current.equals(this.zeros)) this.onBlock(this.index, this.current);
    this.index = -1;
  }

  /** `whole`: all of its bytes are written next. */
  private begin(index: number, whole: boolean): void {
    if (index < this.index) throw new Error(`block ${index} after ${this.index}`);
    this.end();
    this.index = index;
    this.current = whole ? Buffer.allocUnsafeSlow(this.blockSize) : Buffer.alloc(this.blockSize);
  }
}
