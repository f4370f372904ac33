import fs from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from './file-operations.ts';

/** Opens a file to be written at its end, made with its folder if missing; what is written is seen by others at once. */
export function openAppending(path: string): { write(text: string): void } {
  makeDirectories(dirname(path));
  const fd = fs.openSync(path, 'a');
  return { write: (text) => void fs.writeSync(fd, text) };
}
