import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import type { ByteSource } from '../tree/file-tree.ts';
import { filePath } from './byte-paths.ts';

/** The last file read stays open, so that a big file read in pieces is opened once. */
let open: { path: string; fd: number } | undefined;

/** Closes what reading left open; call it when a walk over many sources is done. */
export function closeFileSources(): void {
  if (open) closeSync(open.fd);
  open = undefined;
}

/** A file's bytes. `size` is what a stat said; a read past what the file holds by now throws `io/file-changed`. */
export class FileSource implements ByteSource {
  readonly path: string;
  readonly size: number;

  constructor(path: string, size: number) {
    this.path = path;
    this.size = size;
  }

  static of(path: string): FileSource {
    return new FileSource(path, statSync(path).size);
  }

  read(target: Uint8Array, position: number): void {
    if (open?.path !== this.path) {
      closeFileSources();
      open = { path: this.path, fd: openSync(filePath(this.path), 'r') };
    }
    for (let done = 0; done < target.length; ) {
      const count = readSync(open!.fd, target, done, target.length - done, position + done);
      if (count === 0) {
        throw new BootflakeError({
          code: 'io/file-changed',
          message: `${this.path} has become shorter than its ${this.size} bytes while it was read`,
          hint: 'run the command again when nothing changes this file',
        });
      }
      done += count;
    }
  }
}
