import fs from 'node:fs';
import type { ByteSink } from './http.ts';

/** A download's bytes, written to a new file. Close it in any case. */
export class FileSink implements ByteSink {
  private readonly descriptor: number;
  length = 0;

  constructor(path: string, mode = 0o644) {
    this.descriptor = fs.openSync(path, 'w', mode);
  }

  write(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length; ) {
      const count = fs.writeSync(this.descriptor, chunk, done, chunk.length - done, this.length);
      done += count;
      this.length += count;
    }
  }

  reset(): void {
    fs.ftruncateSync(this.descriptor, 0);
    this.length = 0;
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }
}
