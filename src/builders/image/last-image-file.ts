import { closeSync, openSync } from 'node:fs';
import { BootflakeError } from '../../base/errors.ts';
import type { BlockSink } from '../../disk/block-sink.ts';
import { readFully } from '../../system/read-fully.ts';

const ZEROS = Buffer.alloc(1 << 20);

/** The file of an image that was made before. */
export class LastImageFile {
  private readonly fd: number;
  private readonly buffer = Buffer.allocUnsafe(1 << 20);
  private next = 0;

  /** `extents` are the ranges with contents, ascending. */
  constructor(
    readonly path: string,
    private readonly extents: readonly [start: number, length: number][],
  ) {
    this.fd = openSync(path, 'r');
  }

  /** Writes `length` bytes at `from` to `offset` of the sink. */
  copy({ offset, length, from }: { offset: number; length: number; from: number }, sink: BlockSink): void {
    for (let done = 0; done < length; done += this.buffer.length) {
      const piece = this.buffer.subarray(0, Math.min(this.buffer.length, length - done));
      if (readFully(this.fd, piece, from + done) < piece.length)
        throw new BootflakeError({
          code: 'io/file-changed',
          message: `${this.path} has become shorter while it was read`,
          hint: 'Run the command again; `bootflake store verify` finds damaged paths.',
        });
      sink.write(offset + done, piece);
    }
  }

  /** Writes zeros where a copy of this file has contents between `start` and `end`. To be called in ascending order. */
  clear(copy: BlockSink, start: number, end: number): void {
    const { extents } = this;
    for (; this.next < extents.length && extents[this.next]![0] < end; this.next++) {
      const [first, length] = extents[this.next]!;
      const last = Math.min(first + length, end, copy.size);
      for (let at = Math.max(first, start); at < last; at += ZEROS.length)
        copy.write(at, ZEROS.subarray(0, Math.min(ZEROS.length, last - at)));
      // The rest of it may be in the next gap.
      if (first + length > end) break;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
