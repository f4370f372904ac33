import { createHash } from 'node:crypto';
import type { BlockSink } from './block-sink.ts';

const ZEROS = Buffer.alloc(1 << 20);

/** Passes on writes, which must be in ascending order, and computes the SHA-256 of the whole, with gaps as zeros. */
export class HashingSink implements BlockSink {
  readonly size: number;
  private readonly hash = createHash('sha256');
  private position = 0;
  private readonly inner: BlockSink;

  /** `before` is hashed first. */
  constructor(inner: BlockSink, before: Uint8Array) {
    this.inner = inner;
    this.size = inner.size;
    this.hash.update(before);
  }

  write(offset: number, bytes: Uint8Array): void {
    this.fillTo(offset);
    this.hash.update(bytes);
    this.position += bytes.length;
    this.inner.write(offset, bytes);
  }

  /** `after` is hashed last. */
  digest(after: Uint8Array): Buffer {
    this.fillTo(this.size);
    this.hash.update(after);
    return this.hash.digest();
  }

  private fillTo(offset: number): void {
    if (offset < this.position) throw new Error(`write at ${offset} after ${this.position}`);
    while (this.position < offset) {
      const length = Math.min(ZEROS.length, offset - this.position);
      this.hash.update(ZEROS.subarray(0, length));
      this.position += length;
    }
  }
}
