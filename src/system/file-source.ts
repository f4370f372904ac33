import { closeSync, openSync, statSync } from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import type { ByteSource } from '../tree/file-tree.ts';
import { filePath } from './byte-paths.ts';
import { readFully } from './read-fully.ts';

/** The last file read stays open, so that a large file read in pieces is opened once. */
let open: { path: string; fd: number } | undefined;

/** Closes the file left open by reading; call it after a walk over many sources. */
export function closeFileSources(): void {
  if (open) closeSync(open.fd);
  open = undefined;
}

/** A file's bytes. `size` comes from a stat; reading past the file's present end throws `io/file-changed`. */
export class FileSource implements ByteSource {
  constructor(
    readonly path: string,
    readonly size: number,
    /** Which file it is, by four numbers from `factsAt` on: device, inode, and the milliseconds of its birth and its last change. */
    readonly facts?: ArrayLike<number>,
    readonly factsAt = 0,
  ) {}

  get identity(): string | undefined {
    const { facts, factsAt: at } = this;
    return facts && `${facts[at]!}:${facts[at + 1]!}:${facts[at + 2]!}:${facts[at + 3]!}`;
  }

  static of(path: string): FileSource {
    return new FileSource(path, statSync(path).size);
  }

  read(target: Uint8Array, position: number): void {
    if (open?.path !== this.path) {
      closeFileSources();
      open = { path: this.path, fd: openSync(filePath(this.path), 'r') };
    }
    if (readFully(open!.fd, target, position) < target.length) {
      throw new BootflakeError({
        code: 'io/file-changed',
        message: `${this.path} has become shorter than its ${this.size} bytes while it was read`,
        hint: 'Run the command again when nothing changes this file.',
      });
    }
  }
}
