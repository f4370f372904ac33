import type { BlockSink } from './block-sink.ts';

/** The destination of a file that is written front to back, and whose size is known at the end only. */
export interface ByteStream {
  /** `bytes` are the caller's again afterwards. */
  write(bytes: Uint8Array): void;
  /** Continues with `count` bytes of zeros. */
  zeros(count: number): void;
}

/** Passes a disk's ascending writes on as its bytes in order, with zeros in the gaps. */
export class RawStream implements BlockSink {
  readonly size: number;
  private readonly out: ByteStream;
  private position = 0;

  constructor(size: number, out: ByteStream) {
    this.size = size;
    this.out = out;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.fillTo(offset);
    this.out.write(bytes);
    this.position += bytes.length;
  }

  end(): void {
    this.fillTo(this.size);
  }

  private fillTo(offset: number): void {
    if (offset < this.position) throw new Error(`write at ${offset} after ${this.position}`);
    this.out.zeros(offset - this.position);
    this.position = offset;
  }
}
