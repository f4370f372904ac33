import { closeSync, openSync, readSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { filePath } from './byte-paths.ts';

const PIECE = 256 << 10;

/** Memory to read into, for file after file: new memory costs as much as the copy. Who keeps what is in it takes it away. */
export class ReadBuffer {
  private held: Buffer | undefined;

  constructor(private readonly size = PIECE) {}

  /** The memory. */
  get bytes(): Buffer {
    return (this.held ??= Buffer.allocUnsafeSlow(this.size));
  }

  /** Whether `piece` is a view of the memory. */
  holds(piece: Uint8Array): boolean {
    return piece.buffer === this.held?.buffer;
  }

  /** True if `piece` is a view of the memory, which is then the caller's: the next read has another. */
  take(piece: Uint8Array): boolean {
    if (!this.holds(piece)) return false;
    this.held = undefined;
    return true;
  }
}

/**
 * Yields `size` bytes of a file, read as they are asked for. A piece is valid until the next one. Throws `io/file-changed` when the file
 * has fewer.
 */
export function* filePieces(path: string, size: number, memory = new ReadBuffer()): Generator<Buffer> {
  const file = openSync(filePath(path), 'r');
  try {
    for (let done = 0; done < size; ) {
      const buffer = memory.bytes;
      const count = readSync(file, buffer, 0, Math.min(buffer.length, size - done), null);
      if (count === 0) throw new BootflakeError({ code: 'io/file-changed', message: `'${path}' has ${done} bytes, it had ${size}` });
      done += count;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}
