import type { BlockSink } from '../block-sink.ts';
import { CLUSTER } from './header.ts';

const ZEROS = Buffer.alloc(CLUSTER);

/** Splits ascending writes into whole clusters, filling gaps with zeros; clusters that are all zeros are left out. */
export class ClusterCutter implements BlockSink {
  readonly size: number;
  private readonly onCluster: (index: number, bytes: Buffer) => void;
  private index = -1;
  private current = Buffer.alloc(0);

  /** `onCluster` may keep what it is given. */
  constructor(size: number, onCluster: (index: number, bytes: Buffer) => void) {
    this.size = size;
    this.onCluster = onCluster;
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = offset + done;
      const index = Math.floor(at / CLUSTER);
      if (index !== this.index) this.begin(index);
      const inside = at % CLUSTER;
      const part = bytes.subarray(done, done + CLUSTER - inside);
      this.current.set(part, inside);
      done += part.length;
    }
  }

  /** Hands out the last cluster. */
  end(): void {
    if (this.index >= 0 && !this.current.equals(ZEROS)) this.onCluster(this.index, this.current);
    this.index = -1;
  }

  private begin(index: number): void {
    if (index < this.index) throw new Error(`cluster ${index} after ${this.index}`);
    this.end();
    this.index = index;
    this.current = Buffer.alloc(CLUSTER);
  }
}
