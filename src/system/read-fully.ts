import { readSync } from 'node:fs';

/** Reads from `position` until `target` is full or the file ends. Returns how many bytes were read. */
export function readFully(descriptor: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const count = readSync(descriptor, target, done, target.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
