import { closeSync, openSync, renameSync, rmSync, writevSync } from 'node:fs';
import { dirname } from 'node:path';
import { besideName } from './beside-name.ts';
import { makeDirectories } from './file-operations.ts';

/** Writes a file so that other processes see it whole or not at all. Makes the folders above it. */
export function writeFileAtomic(path: string, pieces: readonly Uint8Array[]): void {
  const temporary = besideName(path, 'tmp');
  try {
    const descriptor = openNew(temporary);
    try {
      writeAll(descriptor, pieces);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    // A write to an open file names none.
    throw (error as NodeJS.ErrnoException).path === undefined ? Object.assign(error as Error, { path }) : error;
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', 0o666);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') makeDirectories(dirname(path));
    // A killed process of this id has left one: in containers, ids return.
    else if (code === 'EEXIST') rmSync(path, { force: true });
    else throw error;
    return openSync(path, 'wx', 0o666);
  }
}

/** Pieces per system call: POSIX requires an IOV_MAX of at least 16, Linux has 1024. */
const AT_ONCE = 16;
const MOST_AT_ONCE = 1 << 30;

function writeAll(descriptor: number, pieces: readonly Uint8Array[]): void {
  for (let i = 0; i < pieces.length; i += AT_ONCE) {
    const some = pieces.slice(i, i + AT_ONCE);
    const length = some.reduce((sum, piece) => sum + piece.length, 0);
    const written = length <= MOST_AT_ONCE ? writevSync(descriptor, some) : 0;
    if (written < length) writeRest(descriptor, some, written);
  }
}

function writeRest(descriptor: number, pieces: readonly Uint8Array[], written: number): void {
  let skip = written;
  for (const piece of pieces) {
    for (let at = Math.min(skip, piece.length); at < piece.length; ) at += writevSync(descriptor, [piece.subarray(at, at + MOST_AT_ONCE)]);
    skip = Math.max(0, skip - piece.length);
  }
}
