import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writevSync } from 'node:fs';
import { dirname } from 'node:path';
import { besideName } from './beside-name.ts';
import { makeDirectories } from './file-operations.ts';

/** Writes a file so that others see it whole or not at all. Makes the folders above it. */
export function writeFileAtomic(path: string, pieces: Uint8Array[]): void {
  makeDirectories(dirname(path));
  const temporary = besideName(path, 'tmp');
  try {
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      writeAll(descriptor, pieces);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeAll(descriptor: number, pieces: Uint8Array[]): void {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) at += writevSync(descriptor, [piece.subarray(at, at + (1 << 30))]);
  }
}

/** A file that is read here and there; it stays open until `close`. */
export class RandomAccessFile {
  private readonly descriptor: number;
  /** In bytes. */
  readonly size: number;

  constructor(readonly path: string) {
    this.descriptor = openSync(path, 'r');
    this.size = fstatSync(this.descriptor).size;
  }

  /** Reads up to `length` bytes at `position`; fewer at the file's end. */
  read(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)));
    let at = 0;
    while (at < buffer.length) {
      const count = readSync(this.descriptor, buffer, at, buffer.length - at, position + at);
      if (count === 0) break;
      at += count;
    }
    return at === buffer.length ? buffer : buffer.subarray(0, at);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
