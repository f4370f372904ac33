import { readFileSync, statSync } from 'node:fs';
import { specialKind } from './special-file.ts';

let bytes: Buffer | undefined;

/** All that comes through standard input. It can be read once; what asks again in this thread gets the same bytes. */
export function readStandardInput(): Buffer {
  bytes ??= readFileSync(0);
  return bytes;
}

/** What comes through a pipe or a terminal that the user has named, /dev/stdin among them; undefined for the path of anything else. */
export function readPipe(path: string): Buffer | undefined {
  try {
    const status = statSync(path, { throwIfNoEntry: false });
    return status === undefined || specialKind(status) === undefined ? undefined : readFileSync(path);
  } catch {
    return undefined; // What reads files tells of it.
  }
}
