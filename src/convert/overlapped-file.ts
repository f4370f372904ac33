/** A new file that is written by Node's threads while the next bytes are read; sparse where nothing is written. */
import { promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { BootflakeError } from '../base/errors.ts';
import type { BlockSink } from '../disk/block-sink.ts';

const BUFFER = 1 << 20;
/** Writes that wait. They are done one after the other, as the kernel would let them wait for each other, spinning. */
const MOST = 8;

export class OverlappedFile implements BlockSink {
  readonly size: number;
  private readonly path: string;
  private readonly file: FileHandle;
  private readonly free: Buffer[] = [];
  private readonly under = new Set<Promise<void>>();
  private last = Promise.resolve();
  private failed: { error: unknown } | undefined;

  private constructor(path: string, file: FileHandle, size: number) {
    this.path = path;
    this.file = file;
    this.size = size;
  }

  /** Makes the file; `size` is its length in bytes. Throws if it exists. */
  static async make(path: string, size: number): Promise<OverlappedFile> {
    const file = await promises.open(path, 'wx', 0o644);
    await file.truncate(size);
    return new OverlappedFile(path, file, size);
  }

  /** `bytes` are the caller's again afterwards. `settle` is awaited between writes. */
  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += BUFFER) {
      const buffer = this.free.pop() ?? Buffer.allocUnsafeSlow(BUFFER);
      const piece = bytes.subarray(done, done + BUFFER);
      buffer.set(piece);
      const writing: Promise<void> = this.last
        .then(() => this.writeWhole(buffer.subarray(0, piece.length), offset + done))
        .catch((error: unknown) => {
          this.failed ??= { error };
        })
        .finally(() => {
          this.free.push(buffer);
          this.under.delete(writing);
        });
      this.last = writing;
      this.under.add(writing);
    }
  }

  /** Resolves when another write may begin. Throws what a write has thrown; `io/disk-full` for a full disk. */
  async settle(most = MOST): Promise<void> {
    while (this.under.size > most) await Promise.race(this.under);
    if (this.failed) throw explained(this.failed.error, this.path);
  }

  /** Throws as `settle` does. */
  async end(): Promise<void> {
    await this.settle(0);
  }

  async close(): Promise<void> {
    await Promise.all(this.under);
    await this.file.close();
  }

  private async writeWhole(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
  }
}

function explained(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new BootflakeError({ code: 'io/disk-full', message: `no space left for ${path}`, hint: 'Free some space there.', cause: error });
}
