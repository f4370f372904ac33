import { readFileSync, statSync } from 'node:fs';
import { specialKind } from './special-file.ts';

let bytes: Buffer | undefined;

/** Returns all of standard input. It can be read only once; later calls in this thread return the same bytes. */
export function readStandardInput(): Buffer {
  bytes ??= readFileSync(0);
  return bytes;
}

/** Reads a pipe or a terminal named by the user, /dev/stdin included; returns undefined for any other path. */
export function readPipe(path: string): Buffer | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined || specialKind(status) === undefined ? undefined : readFileSync(path);
  } catch {
    return undefined; // Reading it as a file reports the error.
  }
}
