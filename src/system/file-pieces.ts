import { closeSync, openSync, readSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { filePath } from './byte-paths.ts';

const PIECE = 256 << 10;

/**
 * Yields `size` bytes of a file, read as they are asked for. A piece is valid until the next one. Throws `io/file-changed` when the file
 * has fewer.
 */
export function* filePieces(path: string, size: number): Generator<Buffer> {
  const file = openSync(filePath(path), 'r');
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(PIECE, size)));
  try {
    for (let done = 0; done < size; ) {
      const count = readSync(file, buffer, 0, Math.min(buffer.length, size - done), null);
      if (count === 0) throw new BootflakeError({ code: 'io/file-changed', message: `'${path}' has ${done} bytes, it had ${size}` });
      done += count;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}
