import { closeSync, openSync, readSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';

const PIECE = 1 << 20;

/** Reads many files one after the other through one buffer. */
export class FileReader {
  private readonly buffer = Buffer.allocUnsafeSlow(PIECE);

  /** Passes on `size` bytes in pieces, each valid during the call. Throws `io/file-changed` when the file has fewer. */
  read(path: string, size: number, piece: (bytes: Uint8Array) => void): void {
    const fd = openSync(path, 'r');
    try {
      for (let done = 0; done < size; ) {
        const count = readSync(fd, this.buffer, 0, Math.min(PIECE, size - done), null);
        if (count === 0) throw new BootflakeError({ code: 'io/file-changed', message: `${path} has ${done} bytes, it had ${size}` });
        piece(this.buffer.subarray(0, count));
        done += count;
      }
    } finally {
      closeSync(fd);
    }
  }
}
